from __future__ import annotations

import errno
import os
import select
import signal
import sys
from unittest import mock

import pytest
from tests.processes import descriptors
from tests.waiting import wait_until

from clamgate.daemon.errors import StartError
from clamgate.daemon.link import Link, LinkClosedError
from clamgate.daemon.master.offspring import BROKEN, Child, Offspring


def reaped(offspring: Offspring) -> tuple[Child, int]:
    ended = wait_until(lambda: list(offspring.reap()), "the end of a child")
    ended[0][0].link.close()
    return ended[0]


def echo(link: Link) -> int:
    """Say back what is said, until the link is closed."""
    try:
        while message := link.wait(30):
            link.send(message)
    except LinkClosedError:
        return 7
    return 8


def test_a_child_is_talked_to_and_reaped(offspring: Offspring) -> None:
    child = offspring.fork(echo)
    child.link.send({"a": 1})
    assert child.link.wait(30) == {"a": 1}
    child.link.close()
    assert reaped(offspring) == (child, 7)
    assert list(offspring.reap()) == []


def test_the_end_of_a_link_is_noticed_though_there_are_siblings(offspring: Offspring) -> None:
    first = offspring.fork(echo)
    second = offspring.fork(echo)
    first.link.close()
    assert reaped(offspring) == (first, 7)
    second.link.close()
    assert reaped(offspring) == (second, 7)


def test_a_child_that_breaks_ends_and_nothing_of_ours_goes_on_in_it(offspring: Offspring) -> None:
    def broken(_link: Link) -> int:
        raise RuntimeError("planted")

    child = offspring.fork(broken)
    assert reaped(offspring) == (child, BROKEN)


def test_a_child_has_a_process_group_of_its_own(offspring: Offspring) -> None:
    child = offspring.fork(lambda link: int(not link.send({"group": os.getpgid(0)})))
    assert child.link.wait(30) == {"group": child.pid}
    assert reaped(offspring) == (child, 0)


def test_signals_of_a_child_do_not_reach_its_maker(offspring: Offspring) -> None:
    def signalled(_link: Link) -> int:
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        os.kill(os.getpid(), signal.SIGUSR1)
        return 0

    child = offspring.fork(signalled)
    assert reaped(offspring) == (child, 0)
    poll = select.poll()
    poll.register(offspring._signals, select.POLLIN)
    assert poll.poll(0) == []


def test_kill_and_wait(offspring: Offspring) -> None:
    child = offspring.fork(echo)
    child.kill()
    offspring.see_off(child, 5.0)
    assert list(offspring.reap()) == []


@pytest.mark.parametrize(
    ("call", "number", "complaint"),
    [
        ("os.fork", errno.EAGAIN, "no other process can be forked .*: Resource temporarily"),
        ("socket.socketpair", errno.EMFILE, "no link to another process: Too many open files"),
    ],
)
def test_without_room_for_a_child_all_is_as_it_was(
    offspring: Offspring, call: str, number: int, complaint: str
) -> None:
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, ())
    before = descriptors(os.getpid())
    full = OSError(number, os.strerror(number))
    with mock.patch(call, side_effect=full), pytest.raises(StartError, match=complaint):
        offspring.fork(echo)
    assert signal.pthread_sigmask(signal.SIG_BLOCK, ()) == mask
    assert descriptors(os.getpid()) == before
    child = offspring.fork(echo)
    child.link.close()
    assert reaped(offspring) == (child, 7)


def test_a_child_whose_last_words_nobody_takes_still_ends(offspring: Offspring) -> None:
    def speechless(_link: Link) -> int:
        os.dup2(os.open("/dev/full", os.O_WRONLY), 1)
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115  of a process that ends here
        sys.stdout.write("x")
        return 0

    child = offspring.fork(speechless)
    assert reaped(offspring) == (child, 0)

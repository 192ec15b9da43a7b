from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from tests.waiting import wait_until

from clamgate.core.settings import Clamd, Listen, Logging, Process, Settings, UnixEndpoint
from clamgate.daemon.link import Link
from clamgate.daemon.master.clerks import clerk_job
from clamgate.daemon.master.offspring import Offspring
from clamgate.daemon.master.premises import Premises
from clamgate.observe.lines import LogLine
from clamgate.observe.relay import Relay
from clamgate.observe.sink import Level

PLAIN = Settings(Listen(UnixEndpoint("/m.sock")), Clamd(()))


def logging_to(path: Path) -> Settings:
    return replace(PLAIN, logging=Logging(file=str(path)))


def test_it_writes_what_comes_and_ends_when_nobody_can_write_any_more(
    premises: Premises, offspring: Offspring, tmp_path: Path
) -> None:
    main = clerk_job(premises).main(logging_to(tmp_path / "log"))

    def inspected(link: Link) -> int:
        return main(link) + (10 if premises.listener.socket.fileno() == -1 else 20)

    relay = Relay(premises.writer)
    relay.write(LogLine(Level.INFO, "before it was there"))
    child = offspring.fork(inspected)
    assert child.link.wait(30) == {"ready": True}
    relay.write(LogLine(Level.INFO, "at the end"))
    relay.close(5.0)
    assert wait_until(lambda: list(offspring.reap()), "its end") == [(child, 10)]
    child.link.close()
    assert (tmp_path / "log").read_text() == "before it was there\nat the end\n"


def test_it_says_why_it_cannot(premises: Premises, offspring: Offspring, tmp_path: Path) -> None:
    main = clerk_job(premises).main(logging_to(tmp_path / "none" / "log"))
    child = offspring.fork(main)
    message = child.link.wait(30)
    assert message is not None
    assert f"{tmp_path}/none/log" in message["failed"]
    assert wait_until(lambda: list(offspring.reap()), "its end") == [(child, 1)]
    child.link.close()


def test_it_stays_while_lines_go_where_they_went(premises: Premises, tmp_path: Path) -> None:
    job = clerk_job(premises)
    there = logging_to(tmp_path / "log")
    assert job.is_same(there, replace(there, process=Process(workers=7)))
    assert not job.is_same(there, logging_to(tmp_path / "other"))

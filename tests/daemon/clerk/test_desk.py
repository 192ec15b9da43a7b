from __future__ import annotations

import json
import os
import socket
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from tests.waiting import wait_until

from clamgate.daemon.clerk.desk import Desk
from clamgate.daemon.link import Link, LinkClosedError
from clamgate.daemon.listener import open_control

Request = dict[str, Any]


class Office:
    """A desk, its socket, and the master's end of its link, which the test plays."""

    def __init__(self, path: str) -> None:
        self.path = path
        self.listener = open_control(path, None)
        self.master, clerk = Link.pair()
        self.desk = Desk(clerk, {})
        self.clerk = clerk
        self.desk.open(self.listener.socket)

    def close(self) -> None:
        self.desk.close()
        self.listener.withdraw()
        self.master.close()
        self.clerk.close()

    def say(self, line: bytes) -> Request:
        """Send a line, and return the answer."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(10)
            client.connect(self.path)
            client.sendall(line)
            answer: Request = json.loads(client.makefile("rb").readline())
            return answer

    def ask(self, command: str) -> Request:
        return self.say(json.dumps({"version": 1, "command": command, "depth": 3}).encode() + b"\n")

    def play_master(self, result: Request) -> Request:
        """Answer one request as the master does, and return it."""
        message = self.master.wait(10)
        assert message is not None
        ask: Request = message["ask"]
        self.desk.deliver({"serial": ask["serial"], "result": result})
        return ask


@pytest.fixture
def office(folder: os.PathLike[str]) -> Iterator[Office]:
    office = Office(f"{folder}/control")
    yield office
    office.close()


def test_a_request_goes_to_the_master_and_its_answer_back(office: Office) -> None:
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(office.ask, "status")
        ask = office.play_master({"ok": True, "a": 1})
        assert answer.result(10) == {"version": 1, "ok": True, "a": 1}
    assert (ask["command"], ask["arguments"]) == ("status", {"depth": 3})


def test_each_gets_the_answer_to_what_it_asked(office: Office) -> None:
    with ThreadPoolExecutor() as pool:
        answers = [pool.submit(office.ask, f"command-{n}") for n in range(8)]
        for _ in answers:
            message = office.master.wait(10)
            assert message is not None
            ask = message["ask"]
            office.desk.deliver({"serial": 0, "result": {"stale": True}})
            office.desk.deliver({"serial": ask["serial"], "result": {"of": ask["command"]}})
        assert [answer.result(10)["of"] for answer in answers] == [f"command-{n}" for n in range(8)]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (b"\n", "no JSON"),
        (b"[]\n", "an object"),
        (b'{"version": 2, "command": "status"}\n', "version 2 is spoken there, and here 1"),
        (b'{"version": 1}\n', "names a command"),
        (b'{"version": 1, "command": 7}\n', "names a command"),
        (b'{"x": "' + b"x" * 9000 + b'"}\n', "a line of more than 4096 bytes"),
    ],
)
def test_what_is_no_request_is_told_so(office: Office, line: bytes, error: str) -> None:
    answer = office.say(line)
    assert answer["ok"] is False
    assert error in answer["error"]


def test_a_client_that_breaks_off_harms_nobody(office: Office) -> None:
    for line in (b"", b'{"version"'):
        with socket.socket(socket.AF_UNIX) as client:
            client.connect(office.path)
            client.sendall(line)
    assert office.say(b"{}\n")["ok"] is False


def test_only_root_and_our_own_user_may_ask(office: Office) -> None:
    if os.geteuid() != 0:
        pytest.skip("only root can ask as somebody else")
    os.chmod(office.path, 0o666)  # noqa: PTH101, S103  what if somebody opened it up
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        if (pid := os.fork()) == 0:  # who connects is who asks; no more than that is done here
            try:
                os.setresuid(65534, 65534, 65534)
                client.connect(office.path)
            finally:
                os._exit(0)
        os.waitpid(pid, 0)
        client.sendall(b'{"version": 1, "command": "status"}\n')
        answer = json.loads(client.makefile("rb").readline())
    assert answer["error"] == "only root and the filter's own user may ask"


def test_one_that_leaves_lets_the_next_one_answer(office: Office) -> None:
    """A refusal would be passed on to the user; a broken connection has the client ask again."""
    before = set(threading.enumerate())
    with socket.socket(socket.AF_UNIX) as client:
        client.settimeout(10)
        client.connect(office.path)
        wait_until(lambda: set(threading.enumerate()) - before, "that it is being served")
        office.desk.finish()
        client.sendall(b'{"version": 1, "command": "status"}\n')
        assert client.recv(100) == b""


def test_without_a_master_it_says_so(office: Office) -> None:
    office.master.close()
    assert "the master does not answer" in office.ask("status")["error"]
    with pytest.raises(LinkClosedError):
        office.clerk.receive()


def test_no_thread_is_left_that_waits_on_a_socket_that_was_shut(office: Office) -> None:
    """It would try again at once, for as long as a stop takes."""
    before = [thread for thread in threading.enumerate() if thread.name == "control"]
    assert before
    office.listener.shut()
    for thread in before:
        thread.join(30)
        assert not thread.is_alive()

from __future__ import annotations

import socket
import struct
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from clamgate.daemon.worker.probe import Probe, ProbeError
from clamgate.harness.wire import Options, Steps, Unknown, encode, offer

ANSWER = encode(Options(6))
CONTINUE = struct.pack(">Ic", 1, b"c")


class Ends:
    """A probe, and the other end of its session, which the test plays."""

    def __init__(self, folder: str) -> None:
        path = str(Path(folder) / "s")
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind(path)
            listener.listen()
            self.probe = Probe(socket.AF_UNIX, path)
            self.peer, _ = listener.accept()
        self.peer.settimeout(10)


@pytest.fixture
def ends() -> Iterator[Ends]:
    with TemporaryDirectory(prefix="cg-") as folder:
        ends = Ends(folder)
        with ends.peer:
            yield ends
        ends.probe.close()


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(ProbeError, match="No such file"):
        Probe(socket.AF_UNIX, str(tmp_path / "s"))


def test_it_offers_all_and_no_step_to_leave_out(ends: Ends) -> None:
    ends.peer.sendall(ANSWER)
    ends.probe.negotiate(10)
    offered = offer()
    assert ends.peer.recv(100) == encode(Options(6, offered.actions, Steps(0)))


def test_an_answer_may_come_in_pieces(ends: Ends) -> None:
    for byte in ANSWER:
        ends.peer.sendall(bytes([byte]))
    ends.probe.negotiate(10)


@pytest.mark.parametrize("answer", [b"", b"\0\0\0\1c" + b"x" * 20])
def test_no_answer_or_a_wrong_one(ends: Ends, answer: bytes) -> None:
    ends.peer.sendall(answer)
    with pytest.raises(ProbeError, match="negotiat"):
        ends.probe.negotiate(0.1)


def test_one_question_at_a_time(ends: Ends) -> None:
    ends.probe.ask()
    ends.probe.ask()
    assert ends.peer.recv(100) == encode(Unknown(b"NOOP"))
    assert not ends.probe.answered()
    ends.peer.sendall(CONTINUE[:3])
    assert not ends.probe.answered()
    ends.peer.sendall(CONTINUE[3:])
    assert ends.probe.answered()
    ends.probe.ask()
    assert ends.peer.recv(100) == encode(Unknown(b"NOOP"))


def test_a_session_that_ends_is_told(ends: Ends) -> None:
    ends.peer.close()
    with pytest.raises(ProbeError, match="ended our session"):
        ends.probe.answered()

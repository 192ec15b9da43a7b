from __future__ import annotations

import json
import socket
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clamgate.daemon.control.client import ControlError, ask


def answer_with(path: Path, *lines: bytes) -> bytes:
    """Serve a request with each of these lines, and return what was asked at last."""
    with socket.socket(socket.AF_UNIX) as listener, ThreadPoolExecutor() as pool:
        listener.bind(str(path))
        listener.listen()
        listener.settimeout(30)
        asking = pool.submit(ask, str(path), "status", depth=3)
        for line in lines:
            peer, _ = listener.accept()
            with peer:
                asked = peer.recv(4096)
                peer.sendall(line)
        assert asking.result(30) == {"ok": True, "a": 1}
    return asked


def test_it_asks_and_gives_back_the_answer(folder: Path) -> None:
    asked = answer_with(folder / "c", b'{"version": 1, "ok": true, "a": 1}\n')
    assert json.loads(asked) == {"version": 1, "command": "status", "depth": 3}


def test_if_the_answer_is_lost_it_asks_again(folder: Path) -> None:
    good = b'{"version": 1, "ok": true, "a": 1}\n'
    assert answer_with(folder / "c", b"", b'{"version"', good)


def test_but_not_for_ever(folder: Path) -> None:
    with pytest.raises(ControlError, match="mid-line"):
        answer_with(folder / "c", b"", b"", b"")


@pytest.mark.parametrize(
    ("line", "text"),
    [
        (b'{"version": 1, "ok": false, "error": "too busy"}\n', "the filter says: too busy"),
        (b'{"version": 1}\n', "no, without a reason"),
        (b'{"version": 3, "ok": true}\n', "version 3"),
    ],
)
def test_an_answer_that_is_none(folder: Path, line: bytes, text: str) -> None:
    with pytest.raises(ControlError, match=text):
        answer_with(folder / "c", line)


def test_nobody_there(folder: Path) -> None:
    with pytest.raises(ControlError, match=r"no filter listens on .*: No such file"):
        ask(f"{folder}/c", "status")
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(f"{folder}/c")
    with pytest.raises(ControlError, match=r"no filter listens on .*refused"):
        ask(f"{folder}/c", "status")

from __future__ import annotations

import json
import socket

import pytest

from clamgate.daemon.control.protocol import (
    ProtocolError,
    Request,
    encode,
    encode_request,
    error,
    read_answer,
    read_request,
)


def received(*pieces: bytes) -> socket.socket:
    """Return a socket on which these bytes have come, and then the end."""
    ours, theirs = socket.socketpair()
    for piece in pieces:
        theirs.sendall(piece)
    theirs.close()
    return ours


def test_a_request_survives_the_way() -> None:
    request = Request("status", {"depth": 3})
    with received(encode_request(request)) as sock:
        assert read_request(sock) == request


def test_an_answer_survives_the_way() -> None:
    with received(encode({"ok": True, "a": "ü"})) as sock:
        assert read_answer(sock) == {"ok": True, "a": "ü"}


def test_a_message_is_a_line_of_json_with_a_version() -> None:
    line = encode(error("no"))
    assert line.endswith(b"\n")
    assert json.loads(line) == {"version": 1, "ok": False, "error": "no"}


def test_a_line_that_breaks_off() -> None:
    with received(b'{"version": 1') as sock, pytest.raises(ProtocolError, match="mid-line"):
        read_answer(sock)


@pytest.mark.parametrize("version", [None, 0, 2, "1"])
def test_another_version(version: object) -> None:
    line = json.dumps({"version": version}).encode() + b"\n"
    with received(line) as sock, pytest.raises(ProtocolError, match="is spoken there, and here 1"):
        read_answer(sock)

from __future__ import annotations

import os
from base64 import b64encode

import pytest

from clamgate.message.mime import plain
from clamgate.message.mime.octets import WINDOW, Stored


def lines(data: bytes, length: int = 76) -> bytes:
    text = b64encode(data)
    return b"".join(text[at : at + length] + b"\r\n" for at in range(0, len(text), length))


LONG = lines(bytes(range(256)) * 2000)


@pytest.mark.parametrize("length", [4, 60, 76, 996])
@pytest.mark.parametrize("size", [1, 2, 3, 56, 57, 58, 3 * WINDOW])
def test_base64_as_programs_write_it(size: int, length: int) -> None:
    body = lines(bytes(size), length)
    assert plain.is_base64(body)
    assert plain.is_base64(body + b"\r\n")
    assert plain.is_base64(body.rstrip(b"\r\n"))
    assert not plain.is_base64(body + b"=\r\n")


@pytest.mark.parametrize("junk", [b"-", b" ", b"\r", b"\n", b"\r\n", b"\0", b"=", b"A", b"\xc3"])
@pytest.mark.parametrize("at", [0, 100, WINDOW - 1, WINDOW, WINDOW + 40, len(LONG) - 30])
def test_junk_in_base64_is_seen_wherever_it_is(at: int, junk: bytes) -> None:
    body = LONG[:at] + junk + LONG[at:]
    assert not plain.is_base64(body)
    assert not plain.is_base64(LONG[:at] + junk + LONG[at + len(junk) :]) or junk == b"A"


@pytest.mark.parametrize("edge", [WINDOW - 1, WINDOW, WINDOW + 1])
def test_line_ends_are_whole_at_the_edge_of_a_window(edge: int) -> None:
    text = b"x" * (edge - 1) + b"\r\n" + b"y" * 90 + b"\r\n"
    assert plain.is_text(text, 0, len(text))
    apart = text.replace(b"\r\n", b"\rz\n", 1)
    assert not plain.is_text(apart, 0, len(apart))


@pytest.mark.parametrize(
    "body", [b"begin 644 a\r\n#86)C\r\n", b"=ybegin line=128 size=1 name=a\r\n"]
)
@pytest.mark.parametrize("encoding", [b"7bit", b"base64", b"quoted-printable"])
def test_a_file_within_is_seen_under_an_encoding(body: bytes, encoding: bytes) -> None:
    text = b"hello,\r\n" * 20 + body
    encoded = {b"base64": lines(text), b"quoted-printable": text.replace(b"=", b"=3D")}
    assert not plain.is_decoded_alike(encoded.get(encoding, text), encoding)
    assert plain.is_decoded_alike(lines(b"hello, to begin with\r\n" * 20), b"base64")


def test_a_body_in_a_file_is_read_as_one_in_memory() -> None:
    descriptor = os.memfd_create("plain")
    try:
        os.write(descriptor, b"head" + LONG)
        assert plain.is_decoded_alike(Stored(descriptor, 0, 4 + len(LONG)), b"base64", 4)
        assert not plain.is_decoded_alike(Stored(descriptor, 0, 4 + len(LONG)), b"base64", 3)
    finally:
        os.close(descriptor)

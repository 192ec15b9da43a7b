from __future__ import annotations

import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.core.settings import KIB
from clamgate.message.mime import plain, strict_header
from clamgate.message.mime.header import readings
from clamgate.message.mime.octets import Stored
from clamgate.message.mime.strict_header import Fields

PIECES = st.sampled_from(
    [
        *(b"\r\n", b"\n", b"\r", b"\0", b" ", b"\t", b":", b";", b"\x0b", b"\xe9", b"--x"),
        *(b"From: a@b\r\n", b"X:\r\n", b"X: a\r\n b\r\n", b"From a\r\n", b"x y: z\r\n"),
        *(b"Content-Type: text/plain\r\n", b"content-type:a/b; c=d\r\n", b"Content-", b"text\r\n"),
        *(b"Content-Transfer-Encoding: base64\r\n", b"Content-Id: a\r\n", b"Content-Type : a\r\n"),
    ]
)


def read(message: bytes, *, is_message: bool = True) -> tuple[Fields, bytes] | None:
    """Return the fields and what follows them, if the lines are plain as well."""
    found = strict_header.read(message, 0, len(message), is_message=is_message)
    if found is None or not plain.has_plain_lines(message, 0, found[1]):
        return None
    return found[0], message[found[1] :]


@pytest.mark.parametrize(
    ("header", "fields"),
    [
        (b"Subject: x\r\n", {}),
        (b"CONTENT-TYPE:Text/HTML\r\n", {b"type": (b"text/html", {})}),
        (b'A: b\r\nContent-Type: a/b;\r\n\tC=d ; e="f g";\r\nZ:\r\n',
         {b"type": (b"a/b", {b"c": b"d", b"e": b"f g"})}),
        (b'Content-Type: a/b; c="d\r\n e"\r\n', {b"type": (b"a/b", {b"c": b"d e"})}),
        (b"Content-Type:\r\n a/b\r\n", {b"type": (b"a/b", {})}),
        (b"Content-Types: (a)\r\nContent-: (\r\n ;\r\n", {}),
        (b"Content-ID: <a>\r\nContent-Disposition: inline\r\n", {b"disposition": (b"inline", {})}),
        (b"Content-Transfer-Encoding: 7bit\r\nContent-Type: a\r\n",
         {b"transfer-encoding": (b"7bit", {}), b"type": (b"a", {})}),
        (b"Content-Type: a/b; boundary*=c\r\n", None),
        (b"Content-Type: a/b; c=d; C=e\r\n", None),
        (b"Content-Type: a/b\r\nCONTENT-type: a/b\r\n", None),
        (b"Content-Type: a/b c\r\n", None),
        (b"Content-Type: a/b\x0b\r\n", None),
        (b"Content-Type:\r\n", None),
        (b"Content-Type: a/b\r\n \r\n", None),
        (b"Content-Type : a/b\r\n", None),
        (b"Content-Type\r\n", None),
        (b" Subject: x\r\n", None),
        (b"Subject: x\n", None),
        (b"Sub\rject: x\r\n", None),
        (b"Subject: \0\r\n", None),
        (b"Subject: x\r\n\t\r\n", None),
        (b"S\xe9: x\r\n", None),
        (b"", None),
    ],
)  # fmt: skip
def test_fields_that_nobody_doubts(header: bytes, fields: Fields | None) -> None:
    assert read(header + b"\r\nbody") == (None if fields is None else (fields, b"body"))


def test_a_message_may_be_its_header_only() -> None:
    assert read(b"A: b\r\n") == ({}, b"")
    assert read(b"A: b\r\n", is_message=False) is None
    assert read(b"A: b") is None


@pytest.mark.parametrize("blanks", [b"", b"\r\n", b" \t", b"\r\n" * 95])
def test_it_may_go_on_behind_the_empty_line(blanks: bytes) -> None:
    assert read(b"A: b\r\n\r\n" + blanks + b"content-type: a/b\r\n") is None
    assert read(b"A: b\r\n\r\n" + blanks + b"type: a/b\r\n") is not None
    assert read(b"A: b\r\n\r\n" + blanks + b" " * 200 + b"type: a/b\r\n") is None


def test_it_may_be_long_but_not_for_ever() -> None:
    field = b"A: " + b"b" * (64 * KIB - 5) + b"\r\n"
    assert read(field * 4 + b"\r\n") is None
    assert read(field * 3 + field[:-4] + b"\r\n\r\nbody") == ({}, b"body")


@given(st.lists(PIECES, max_size=8).map(b"".join))
def test_every_reading_is_this_one(message: bytes) -> None:
    found = read(message)
    if found is not None:
        for reading in readings(message):
            assert message[reading.body :] == found[1]
            names = [name.removeprefix(b"content-") for name, _ in reading.fields]
            assert set(names) >= found[0].keys()


@given(
    st.sampled_from([0, 200, 16 * KIB - 300, 16 * KIB - 100, 17 * KIB, 255 * KIB, 256 * KIB]),
    st.integers(0, 120),
    st.lists(PIECES, max_size=6).map(b"".join),
)
def test_what_is_in_a_file_is_read_as_in_memory(length: int, more: int, rest: bytes) -> None:
    message = b"A: " + b"b" * (length + more) + b"\r\n\r\n" + b"\r\n" * more + rest
    descriptor = os.memfd_create("header")
    try:
        os.write(descriptor, b"mark" + message)
        stored = Stored(descriptor, 4, len(message))
        found = strict_header.read(stored, 0, len(message), is_message=True)
        assert found == strict_header.read(message, 0, len(message), is_message=True)
    finally:
        os.close(descriptor)

"""Fields: texts, numbers, and what the cursor says of payloads that do not hold them."""

from __future__ import annotations

import pytest

from clamgate.harness.wire_fields import Cursor, number, text
from clamgate.harness.wire_frames import ProtocolError


def test_texts_end_in_nul_and_numbers_are_big_endian() -> None:
    assert text(b"mx") == b"mx\0"
    assert number(258) == b"\0\0\1\2"


def test_a_text_with_a_nul_cannot_be_sent() -> None:
    with pytest.raises(ValueError, match="cannot hold a NUL"):
        text(b"a\0b")


@pytest.mark.parametrize("value", [-1, 2**32])
def test_a_number_has_32_bits(value: int) -> None:
    with pytest.raises(OverflowError):
        number(value)


def test_fields_are_read_in_order() -> None:
    cursor = Cursor("test", b"\0\0\0\7\0\x19name\0a\0b\0")
    assert cursor.number("n") == 7
    assert cursor.port("p") == 25
    assert cursor.text("t") == b"name"
    assert cursor.more
    assert cursor.texts("rest") == (b"a", b"b")
    assert not cursor.more
    cursor.end()


def test_the_rest_may_be_anything() -> None:
    cursor = Cursor("test", b"a\0\0b")
    assert cursor.text("t") == b"a"
    assert cursor.rest() == b"\0b"
    cursor.end()


@pytest.mark.parametrize(
    ("payload", "read", "complaint"),
    [
        (b"\0\0\0", "number", "Test: count is cut off"),
        (b"\0", "port", "Test: count is cut off"),
        (b"name", "text", "Test: count is not ended by a NUL"),
        (b"a\0b", "texts", "Test: count is not ended by a NUL"),
    ],
)
def test_what_is_not_there_is_named(payload: bytes, read: str, complaint: str) -> None:
    with pytest.raises(ProtocolError, match=complaint):
        getattr(Cursor("Test", payload), read)("count")


def test_what_is_left_over_is_an_error() -> None:
    with pytest.raises(ProtocolError, match="Test: 2 bytes too many"):
        Cursor("Test", b"ab").end()

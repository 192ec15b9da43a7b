from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.core.releasing import ReleaseError
from clamgate.quarantine.token import Token, check, sign

SECRET = b"k" * 32
NOW = 1_000_000.0
TOKEN = Token("261125-abc", "0" * 32, 1_000_900)
TO = (b"<a@example.net>", b"<b@example.net>")
BODY = b"d" * 32


def test_what_was_signed_is_believed() -> None:
    value = sign(TOKEN, TO, BODY, SECRET)
    assert value.startswith("1 261125-abc 00000000000000000000000000000000 1000900 ")
    assert check(value.encode(), TO, BODY, SECRET, NOW) == TOKEN
    assert check(f" {value}\r\n".encode(), TO, BODY, SECRET, NOW) == TOKEN


def test_brackets_case_and_order_of_recipients_do_not_count() -> None:
    value = sign(TOKEN, (b"B@example.net", b"a@example.net"), BODY, SECRET).encode()
    assert check(value, TO, BODY, SECRET, NOW) == TOKEN


@pytest.mark.parametrize(
    ("to", "body", "secret", "now", "reason"),
    [
        (TO[:1], BODY, SECRET, NOW, "not signed here"),
        ((*TO, b"<c@example.net>"), BODY, SECRET, NOW, "not signed here"),
        ((b"<a@example.netb@example.net>",), BODY, SECRET, NOW, "not signed here"),
        (TO, b"e" * 32, SECRET, NOW, "not signed here"),
        (TO, BODY, b"l" * 32, NOW, "not signed here"),
        (TO, BODY, SECRET, 1_000_900.0, "the release of 261125-abc has expired"),
    ],
)
def test_for_anything_else_it_is_not(
    to: tuple[bytes, ...], body: bytes, secret: bytes, now: float, reason: str
) -> None:
    value = sign(TOKEN, TO, BODY, SECRET).encode()
    with pytest.raises(ReleaseError, match=reason):
        check(value, to, body, secret, now)


def test_no_character_of_it_can_be_changed() -> None:
    value = sign(TOKEN, TO, BODY, SECRET).encode()
    for position in range(len(value)):
        changed = bytearray(value)
        changed[position] = ord("2") if changed[position] != ord("2") else ord("3")
        with pytest.raises(ReleaseError):
            check(bytes(changed), TO, BODY, SECRET, NOW)


@given(st.binary(max_size=200))
def test_nothing_else_is_of_its_form(value: bytes) -> None:
    with pytest.raises(ReleaseError):
        check(value, TO, BODY, SECRET, NOW)

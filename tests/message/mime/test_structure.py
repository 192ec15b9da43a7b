from __future__ import annotations

import pytest
from tests.hiding import places
from tests.hiding.model import OUTER

from clamgate.message.mime.structure import AMBIGUOUS, SIGNED, doubt_of, leaves, take_apart

TEXT = b"Content-Type: text/plain\r\n\r\nHello.\r\n"
FILE = b"Content-Transfer-Encoding: base64\r\n\r\nYWJj\r\n"


def multipart(*parts: bytes, kind: bytes = b"mixed", boundary: bytes = b"x") -> bytes:
    """Return an entity with these parts."""
    head = b"Content-Type: multipart/" + kind + b"; boundary=" + boundary + b"\r\n\r\n"
    body = b"".join(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts)
    return head + body + b"--" + boundary + b"--\r\n"


def found(message: bytes) -> list[tuple[bytes, bytes | None, str]]:
    """Return the leaves of a message, what could be replaced of each, and what is in doubt."""
    return [
        (
            message[leaf.entity.start : leaf.entity.end],
            None if leaf.unit is None else message[leaf.unit.start : leaf.unit.end],
            doubt_of(message, leaf.entity),
        )
        for leaf in leaves(take_apart(message))
    ]


def test_parts_stand_where_they_do() -> None:
    message = OUTER + multipart(TEXT, FILE, b"X: y\r\n")
    assert found(message) == [(TEXT, TEXT, ""), (FILE, FILE, ""), (b"X: y\r\n", b"X: y\r\n", "")]


def test_a_message_of_one_part_is_all_of_it() -> None:
    assert found(OUTER + FILE) == [(OUTER + FILE, None, "")]


def test_parts_of_parts() -> None:
    inner = multipart(FILE, TEXT, boundary=b"yy")
    message = OUTER + multipart(inner, TEXT)
    assert found(message) == [(FILE, FILE, ""), (TEXT, TEXT, ""), (TEXT, TEXT, "")]


def test_in_a_message_in_a_message() -> None:
    head = b"Content-Type: message/rfc822\r\n\r\n"
    single, several = OUTER + FILE, OUTER + multipart(TEXT, FILE, boundary=b"yy")
    message = OUTER + multipart(head + single, head + several)
    assert found(message) == [
        (single, head + single, ""),
        (TEXT, TEXT, ""),
        (FILE, FILE, ""),
    ]


def test_what_is_signed_is_left_whole() -> None:
    signed = multipart(TEXT, FILE, kind=b"signed")
    message = OUTER + multipart(signed, FILE, boundary=b"yy")
    assert found(message) == [(signed, signed, SIGNED), (FILE, FILE, "")]
    opaque = b"Content-Type: application/pkcs7-mime\r\n" + FILE
    assert found(OUTER + opaque) == [(OUTER + opaque, None, SIGNED)]


@pytest.mark.parametrize(
    "message",
    [
        OUTER + multipart(TEXT, FILE).replace(b"--x--\r\n", b""),
        OUTER + multipart(TEXT, FILE) + multipart(FILE),
        OUTER + multipart(TEXT, FILE).replace(b"--x\r\n", b"--x \tjunk\r\n"),
        OUTER + multipart(TEXT, FILE, boundary=b'"x y"'),
        OUTER + multipart(TEXT, FILE).replace(b"=x\r\n", b"=x; boundary=y\r\n"),
        OUTER + multipart(TEXT, FILE, kind=b"odd"),
        OUTER + multipart(TEXT, FILE) + b"Content-Type: text/plain\r\n\r\nepilogue",
        OUTER + multipart(TEXT, FILE).replace(b"\r\n\r\n--x", b"\r\n\r\n" + FILE + b"\r\n--x", 1),
        OUTER + multipart(TEXT, FILE).replace(b"Hello", b"Hel\0lo"),
        OUTER + b"Content-Transfer-Encoding: base64\r\n" + multipart(TEXT, FILE),
        OUTER + b"no field\r\n" + multipart(TEXT, FILE),
    ],
)
def test_what_programs_may_cut_in_other_places_is_not_cut_at_all(message: bytes) -> None:
    assert found(message) == [(message, None, AMBIGUOUS)]


def test_a_part_that_may_be_read_in_two_ways_is_in_doubt_and_the_others_are_not() -> None:
    odd = FILE.replace(b"YWJj", b"YWJj=YWJj=")
    headless = b"\r\nwithout a header"
    message = OUTER + multipart(TEXT, odd, headless, b"Content-Type: message/partial\r\n\r\n", FILE)
    assert [doubt for _, _, doubt in found(message)] == ["", AMBIGUOUS, AMBIGUOUS, AMBIGUOUS, ""]


@pytest.mark.parametrize("place", tuple(places.singles()), ids=lambda place: place.name)
def test_of_what_hides_the_places_are_right_or_in_doubt(place: places.HidingPlace) -> None:
    """The leaves are in the message's order, and do not overlap."""
    message = place.message(b"a file")
    at = 0
    for leaf in leaves(take_apart(message)):
        entity, unit = leaf.entity, leaf.unit or take_apart(message)
        assert at <= unit.start <= entity.start <= entity.body <= entity.end <= unit.end
        at = unit.end

"""The fast way comes to the same as the extractor, for mail that all programs read alike."""

from __future__ import annotations

import pytest
from tests.hiding import naming
from tests.hiding.model import OUTER
from tests.hiding.places import HidingPlace, singles

from clamgate.message.mime.canonical import CanonicalParts
from clamgate.message.mime.extractor import Extractor
from clamgate.message.mime.limits import Limits
from clamgate.message.mime.part import Part
from clamgate.message.mime.strict import is_canonical

FILE = b"an ordinary text\r\n" * 3
CANONICAL = [
    place for place in (*singles(), *naming.named("evil.exe")) if is_canonical(place.message(FILE))
]

Told = tuple[set[Part], set[tuple[str, ...]]]


def told(finder: Extractor | CanonicalParts) -> Told:
    parts = set(finder.parts())
    return parts, {(one.path, one.sha256, *one.names, *one.kinds) for one in finder.labels}


def test_there_are_enough_of_them() -> None:
    assert len(CANONICAL) > 50


@pytest.mark.parametrize("place", CANONICAL, ids=lambda place: place.name)
def test_parts_names_and_types_are_the_extractors(place: HidingPlace) -> None:
    message = place.message(FILE)
    plainly = CanonicalParts(message)
    assert plainly.is_clear
    assert told(plainly) == told(Extractor(message))


def test_messages_in_messages_and_quoted_printable() -> None:
    inner = (
        b"Subject: inner\r\nContent-Type: text/html; name=a.html\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n\r\n<p>=C3=A4</p>\r\n"
    )
    message = (
        OUTER + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n"
        b"--x\r\nContent-Type: message/rfc822; name=b.eml\r\n\r\n" + inner + b"\r\n--x--\r\n"
    )
    plainly = CanonicalParts(message)
    (part,) = plainly.parts()
    assert (part.path, part.names, part.data) == ("1.1", ("a.html",), "<p>ä</p>\r\n".encode())
    assert [tuple(label.names) for label in plainly.labels] == [("b.eml",), ("a.html",)]
    assert told(CanonicalParts(message)) == told(Extractor(message))


def test_a_bound_is_said() -> None:
    entities = b"".join(b"--x\r\nContent-Type: image/png\r\n\r\n%d\r\n" % n for n in range(9))
    message = OUTER + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + entities + b"--x--\r\n"
    plainly = CanonicalParts(message, Limits(parts=5))
    assert len(list(plainly.parts())) == 5
    assert plainly.cut_off == "more than 5 parts"


def test_what_is_in_doubt_is_not_for_it() -> None:
    odd = OUTER + b"Content-Type: multipart/mixed; boundary=x; boundary=y\r\n\r\n--x\r\n"
    assert not CanonicalParts(odd).is_clear

from __future__ import annotations

from base64 import encodebytes

import pytest
from tests.hiding.containers import tnef_of
from tests.hiding.model import OUTER
from tests.hiding.places import HidingPlace, singles
from tests.message.mime.test_structure import FILE, TEXT, multipart

from clamgate.core.parts import FoundPart
from clamgate.core.verdict import Hit
from clamgate.message.mime import structure
from clamgate.message.mime.extractor import Extractor
from clamgate.message.mime.notice import notice
from clamgate.message.mime.strict import is_canonical
from clamgate.message.mime.strip import CannotStripError, strip

BAD = b"bad: " + bytes(range(256)) * 8
RULE = "OnInfected Strip"
NOTHING_LEFT = "nothing else would be left of it"
NO_PART = "what was found is in no part of its own"


def encoded(file: bytes, *fields: bytes) -> bytes:
    """Return a file as an attachment; no line end behind its last line."""
    text = encodebytes(file).replace(b"\n", b"\r\n")
    head = b"".join(field + b"\r\n" for field in fields)
    return head + b"Content-Transfer-Encoding: base64\r\n\r\n" + text


def hits_in(message: bytes) -> tuple[Hit, ...]:
    """Return every part that begins with ``bad:``, as a scanner that looks for it would."""
    return tuple(
        Hit(
            FoundPart(one.path, one.names, one.declared, one.detected, one.size, one.sha256),
            ("Bad",),
        )
        for one in Extractor(message).parts()
        if b"bad: " in one.data
    )


def stripped(message: bytes) -> bytes:
    done = strip(message, hits_in(message), RULE)
    assert message.startswith(done.header)
    return done.header + b"".join(done.body)


def why_not(message: bytes) -> str:
    with pytest.raises(CannotStripError) as caught:
        stripped(message)
    return str(caught.value)


def test_a_text_stands_in_for_the_part_and_every_other_byte_is_as_it_was() -> None:
    bad = encoded(BAD, b"Content-Type: application/x; name=a.exe")
    message = OUTER + multipart(TEXT, bad, FILE)
    told = notice(hits_in(message), RULE)
    assert stripped(message) == OUTER + multipart(TEXT, told, FILE)
    assert b"a.exe" in told
    assert is_canonical(stripped(message))


def test_the_preamble_and_the_epilogue_stay() -> None:
    bad = encoded(BAD)
    before, behind = b"For old programs.\r\n", b"A footer of a list.\r\n"
    message = (OUTER + multipart(TEXT, bad)).replace(b"\r\n--x", b"\r\n" + before + b"--x", 1)
    message += behind
    assert stripped(message) == message.replace(bad, notice(hits_in(message), RULE))


def test_the_same_file_twice_goes_twice() -> None:
    one, other = encoded(BAD, b"Content-Type: image/b; name=one"), encoded(BAD, b"X: y")
    message = OUTER + multipart(one, TEXT, other)
    told = notice(hits_in(message), RULE)
    assert stripped(message) == OUTER + multipart(told, TEXT, told)


def test_two_files_are_told_of_each_in_its_place() -> None:
    one, other = encoded(BAD), encoded(BAD + b"2")
    message = OUTER + multipart(one, other, TEXT)
    first, second = hits_in(message)
    assert stripped(message) == OUTER + multipart(
        notice([first], RULE), notice([second], RULE), TEXT
    )


def test_inside_of_parts_and_messages() -> None:
    bad = encoded(BAD)
    head = b"Content-Type: message/rfc822\r\n\r\n"
    inner = multipart(TEXT, multipart(bad, FILE, boundary=b"zz"), boundary=b"yy")
    message = OUTER + multipart(TEXT, head + OUTER + inner)
    assert stripped(message) == message.replace(bad, notice(hits_in(message), RULE))


def test_a_message_that_is_nothing_but_the_file_goes_with_its_header() -> None:
    forwarded = b"Content-Type: message/rfc822\r\n\r\n" + OUTER + encoded(BAD)
    message = OUTER + multipart(TEXT, forwarded)
    assert stripped(message) == OUTER + multipart(TEXT, notice(hits_in(message), RULE))


def test_what_holds_other_files_goes_as_a_whole() -> None:
    """TNEF: a file in it is a hit, and what can be taken out is the part that is TNEF."""
    tnef = tnef_of(BAD, b"a.exe")
    message = OUTER + multipart(TEXT, encoded(tnef, b"Content-Type: application/ms-tnef"))
    hits = hits_in(message)
    assert len(hits) == 2
    assert stripped(message) == OUTER + multipart(TEXT, notice(hits, RULE))


def test_nothing_else_would_be_left() -> None:
    assert why_not(OUTER + encoded(BAD)) == NOTHING_LEFT
    assert why_not(OUTER + b"Content-Type: message/rfc822\r\n\r\n" + OUTER + encoded(BAD)) == (
        NOTHING_LEFT
    )
    blank = b"Content-Type: text/plain\r\n\r\n \r\n"
    assert why_not(OUTER + multipart(blank, encoded(BAD), encoded(BAD + b"2"))) == NOTHING_LEFT


def test_what_is_in_no_part_of_its_own() -> None:
    message = OUTER + multipart(TEXT, FILE)
    with pytest.raises(CannotStripError, match=NO_PART):
        strip(message, (), RULE)
    elsewhere = hits_in(OUTER + encoded(BAD))
    with pytest.raises(CannotStripError, match=NO_PART):
        strip(message, elsewhere, RULE)
    with pytest.raises(CannotStripError, match=NO_PART):
        strip(OUTER + multipart(TEXT, encoded(BAD + b"2")), (*elsewhere,), RULE)


def test_what_is_signed() -> None:
    signed = multipart(TEXT, encoded(BAD), kind=b"signed", boundary=b"yy")
    assert why_not(OUTER + signed) == structure.SIGNED
    assert why_not(OUTER + multipart(signed, TEXT)) == structure.SIGNED
    beside = OUTER + multipart(multipart(TEXT, FILE, kind=b"signed", boundary=b"yy"), encoded(BAD))
    assert stripped(beside) == beside.replace(encoded(BAD), notice(hits_in(beside), RULE))


@pytest.mark.parametrize(
    "message",
    [
        OUTER + multipart(TEXT, encoded(BAD)).replace(b"--x--\r\n", b""),
        OUTER + multipart(TEXT, encoded(BAD)).replace(b"=x\r\n", b"=x; boundary=y\r\n"),
        OUTER + multipart(TEXT, encoded(BAD).replace(b"\r\n\r\n", b"\r\n\r\nYQ==\r\n", 1)),
        OUTER + multipart(TEXT, encoded(BAD)) + b"\r\n" + encoded(BAD, b"Content-Type: text/plain"),
        OUTER + multipart(TEXT, b"\r\nbad: no header of its own"),
        OUTER
        + multipart(TEXT, b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nbad: "),
        OUTER + multipart(TEXT, encoded(BAD)).replace(b"Hello", b"Hel\0lo"),
    ],
    ids=[
        "never closed",
        "two boundaries",
        "odd base64",
        "a part behind the last",
        "a part without a header",
        "two types",
        "a NUL",
    ],
)
def test_what_programs_may_see_elsewhere_is_left_alone(message: bytes) -> None:
    assert why_not(message) == structure.AMBIGUOUS


def test_an_odd_part_beside_it_does_no_harm_and_stays_odd() -> None:
    odd = b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nHello\r\n"
    message = OUTER + multipart(TEXT, odd, encoded(BAD))
    assert stripped(message) == message.replace(encoded(BAD), notice(hits_in(message), RULE))


@pytest.mark.parametrize("end", [b"a\nb", b"a\rb"])
def test_line_ends_that_an_mta_would_change_keep_it_from_being_touched(end: bytes) -> None:
    message = OUTER + multipart(TEXT, FILE.replace(b"YWJj", end), encoded(BAD))
    assert why_not(message) == "it has line ends that would be changed with the rest"


def test_it_ends_however_many_parts_there_are_and_however_long_it_takes() -> None:
    many = OUTER + multipart(*[b"X: y\r\n\r\n%d" % n for n in range(500)], encoded(BAD))
    hits = hits_in(OUTER + encoded(BAD))
    with pytest.raises(CannotStripError, match="more than 500 parts"):
        strip(many, hits, RULE)
    ticks = iter(range(0, 1000, 15))
    with pytest.raises(CannotStripError, match="longer than 20 s"):
        strip(many, hits, RULE, lambda: float(next(ticks)))


@pytest.mark.parametrize("place", tuple(singles()), ids=lambda place: place.name)
def test_wherever_it_hides_it_is_gone_or_nothing_is_touched(place: HidingPlace) -> None:
    message = place.message(b"bad: in plain text\r\n")
    try:
        result = stripped(message)
    except CannotStripError:
        return
    assert not hits_in(result)
    assert b"See the attachment." in result

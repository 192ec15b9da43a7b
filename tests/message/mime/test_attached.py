"""What is attached under every reading: names, types, and what programs disagree on."""

from __future__ import annotations

from collections.abc import Iterator
from io import BytesIO
from zipfile import ZipFile

import pytest
from tests.hiding import naming
from tests.hiding.looked_at import BOTH, contents, holds
from tests.hiding.model import OUTER
from tests.hiding.payloads import harmless
from tests.hiding.places import HidingPlace, singles

from clamgate.message.mime.attached import Attached, Wanted
from clamgate.message.mime.extractor import Extractor
from clamgate.message.mime.strict import is_canonical

FILE = b"an ordinary text\r\n" * 3


def mail(*entities: bytes) -> bytes:
    body = b"".join(b"--x\r\n" + entity + b"\r\n" for entity in entities) + b"--x--\r\n"
    return OUTER + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + body


def entity(*fields: bytes, body: bytes = b"hello") -> bytes:
    return b"".join(field + b"\r\n" for field in fields) + b"\r\n" + body


def twins() -> Iterator[tuple[HidingPlace, HidingPlace]]:
    return zip(naming.named(naming.NAME), naming.named(naming.TWIN), strict=True)


@pytest.mark.parametrize(("place", "twin"), tuple(twins()), ids=lambda place: place.name)
def test_a_name_is_seen_through_every_ambiguity(place: HidingPlace, twin: HidingPlace) -> None:
    assert holds(place.message(FILE), "*.exe")
    assert not holds(twin.message(FILE), "*.exe")


def test_all_names_and_types_of_one_file_count() -> None:
    message = mail(
        entity(b"Content-Type: text/plain; name=a.txt", b"Content-Type: image/png; name=b.png"),
        entity(b"Content-Type: video/mp4; name=c.exe"),
    )
    files = {name: file.kinds for file in contents(message).files for name in file.names}
    assert files.keys() == {"a.txt", "b.png", "c.exe"}
    assert set(files["a.txt"]) == {"text/plain", "image/png", "video/mp4"}


@pytest.mark.parametrize(
    ("attached", "pattern"),
    [
        (entity(b"Content-Disposition: attachment; filename=empty.exe", body=b""), "*.exe"),
        (
            entity(
                b"Content-Type: message/rfc822; name=mail.eml",
                body=b"Subject: x\r\n\r\nhello",
            ),
            "*.eml",
        ),
        (entity(b"Content-Type: message/rfc822", body=b"Subject: x\r\n\r\nhi"), "message/rfc822"),
        (entity(b"Content-Type: image/png", body=b"MZ" + bytes(9)), "application/x-msdownload"),
        (entity(b"Content-Type: text/calendar"), "text/calendar"),
    ],
)
def test_what_else_is_attached(attached: bytes, pattern: str) -> None:
    assert holds(mail(entity(), attached), pattern)
    assert not holds(mail(entity()), pattern)


def test_files_in_an_archive() -> None:
    archive = BytesIO()
    with ZipFile(archive, "w") as made:
        made.writestr("evil.exe", b"MZ")
    message = mail(entity(b"Content-Type: application/zip; name=a.zip", body=archive.getvalue()))
    (file,) = (one for one in contents(message).files if one.within)
    assert (file.names, file.within, file.part.names) == (("evil.exe",), ("a.zip",), ("a.zip",))
    assert file.kinds == ("application/vnd.microsoft.portable-executable",)


def test_a_bound_that_cut_off_the_search_is_said() -> None:
    found = contents(mail(*[entity(body=b"%d" % number) for number in range(501)]))
    assert found.unlisted == ("more than 500 parts",)


def test_only_what_is_asked_for_is_looked_for() -> None:
    message = mail(entity(b"Content-Type: application/zip; name=a.zip", body=b"PK\x03\x04"))
    assert contents(message, Wanted(ambiguity=True)).files == ()
    assert contents(message, Wanted(ambiguity=True)).unlisted == ()
    odd = message.replace(b"boundary=x", b"boundary=x; boundary=y")
    assert contents(odd, Wanted(files=True)).disputed == ()


def test_programs_agree_on_ordinary_mail() -> None:
    for place in singles():
        message = place.message(harmless(600))
        if is_canonical(message):
            assert contents(message).disputed == (), place.name


# By the name of the family, how many of its odd forms make programs disagree on what is attached.
# The others are odd, but the forgiving and the strict program come to the same file.
DISPUTED = {
    "Content-Transfer-Encoding that is odd": 19,
    "base64 that is not clean": 10,
    "quoted-printable that is not clean": 3,
    "uuencode, yEnc and BinHex": 10,
    "no encoding": 1,
    "field names that are odd": 5,
    "lines that no header has": 7,
    "a header that ends elsewhere": 6,
    "Content-Type that lies or is odd": 2,
    "boundary that is given oddly": 30,
    "parts where none should be": 8,
    "multipart that is not one": 9,
    "messages in messages": 2,
    "TNEF and S/MIME": 0,
}


def test_what_is_disputed_in_hiding_places() -> None:
    found = dict.fromkeys(DISPUTED, 0)
    for place in singles():
        file = FILE if place.text_only else b"MZ" + harmless(540)
        found[place.families[0]] += bool(contents(place.message(file)).disputed)
    assert found == DISPUTED


@pytest.mark.parametrize(
    "body",
    [
        b"aGVs\r\nbG8=\r\n",
        b"aGVs bG8=\r\n",
        b"aGVsbG8=\r\n\r\n\r\n",
    ],
)
def test_an_encoding_that_all_who_matter_decode_alike_is_not_disputed(body: bytes) -> None:
    fields = (b"Content-Type: application/pdf; name=a.pdf", b"Content-Transfer-Encoding: base64")
    assert contents(mail(entity(*fields, body=body))).disputed == ()


def test_the_last_of_many_names_counts_and_too_many_are_said() -> None:
    def many(count: int) -> bytes:
        decoys = b"".join(b"; filename=%d.txt" % number for number in range(count))
        field = b"Content-Disposition: attachment" + decoys + b"; filename=evil.exe"
        return mail(entity(field))

    assert holds(many(100), "*.exe")
    assert contents(many(600)).unlisted == ("more than 500 names of one part",)


def test_a_message_that_is_but_an_attached_one_is_of_its_type() -> None:
    message = (
        OUTER + b"Content-Type: message/partial; id=x; number=1\r\n\r\nSubject: x\r\n\r\nhi\r\n"
    )
    assert holds(message, "message/partial")


def test_a_search_that_was_broken_off_is_said() -> None:
    attached = Attached(b"", BOTH)
    attached.break_off("clamd is gone")
    assert attached.contents(Extractor(b"")).unlisted == ("clamd is gone",)
    nothing = Attached(b"", Wanted())
    nothing.break_off("clamd is gone")
    assert nothing.contents(Extractor(b"")).unlisted == ()

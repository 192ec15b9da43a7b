from __future__ import annotations

from hashlib import sha256

import pytest
from tests.hiding import encodings, headings, multiparts

from clamgate.message.mime.extractor import Extractor
from clamgate.message.mime.limits import Limits
from clamgate.message.mime.part import Part

FILE = bytes(range(256)) * 3


def parts(message: bytes, limits: Limits | None = None) -> list[Part]:
    return list(Extractor(message, limits).parts())


def anomalies(message: bytes) -> list[str]:
    extractor = Extractor(message)
    list(extractor.parts())
    return list(extractor.anomalies)


def attached(*fields: bytes) -> bytes:
    base64 = encodings.plain(FILE)
    entity = b"".join(field + b"\r\n" for field in (*fields, *base64.fields[1:]))
    return multiparts.plain(entity + b"\r\n" + base64.body)


def test_a_part_says_what_it_is() -> None:
    message = attached(
        b'Content-Type: application/pdf; name="a.pdf"',
        b'Content-Disposition: attachment; filename="b.pdf"',
    )
    text, file = parts(message)
    assert text == Part(
        "1", (), "text/plain", "", b"See the attachment.", sha256(text.data).hexdigest()
    )
    assert file == Part(
        "2", ("b.pdf", "a.pdf"), "application/pdf", "base64", FILE, sha256(FILE).hexdigest()
    )
    assert file.size == len(FILE)


def test_a_message_without_parts_is_one() -> None:
    (part,) = parts(b"Subject: x\r\n\r\nhello\r\n")
    assert (part.path, part.declared, part.data) == ("1", "text/plain", b"hello\r\n")


def test_the_same_bytes_are_given_once() -> None:
    entity = headings.plain(encodings.plain(FILE))
    body = multiparts.parts(entity, b"x").replace(b"--x--", b"--x\r\n" + entity + b"\r\n--x--")
    message = b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + body
    assert [part.path for part in parts(message)] == ["1", "2"]


def test_parts_of_parts_have_longer_paths() -> None:
    inner = multiparts.parts(headings.plain(encodings.plain(FILE)), b"inner")
    message = multiparts.plain(b"Content-Type: multipart/mixed; boundary=inner\r\n\r\n" + inner)
    assert "2.2" in [part.path for part in parts(message)]


def test_a_name_is_decoded_and_stands_there_once() -> None:
    message = attached(
        b'Content-Type: application/pdf; name="=?utf-8?B?w6QucGRm?="',
        b"Content-Disposition: attachment; filename*=utf-8''%C3%A4.pdf",
    )
    names = parts(message)[1].names
    assert "ä.pdf" in names
    assert len(names) == len(set(names))
    assert not any("=?" in name for name in names)


def test_an_ordinary_message_has_no_anomaly() -> None:
    assert anomalies(attached(b"Content-Type: application/pdf")) == []


@pytest.mark.parametrize(
    ("message", "anomaly"),
    [
        (
            b"Content-Type: text/plain\r\nContent-Type: text/html\r\n\r\nx",
            "more than one Content-Type",
        ),
        (
            b"Content-Transfer-Encoding: 7bit\r\nContent-Transfer-Encoding: base64\r\n\r\nYWJj",
            "more than one Content-Transfer-Encoding",
        ),
        (
            b"Subject: x\r\n \r\nContent-Type: text/html\r\n\r\nx",
            "a header that ends at different places",
        ),
        (
            b"Content-Type: multipart/mixed; boundary=a; boundary=b\r\n\r\n%s"
            % b"--a\r\n\r\n1\r\n--b\r\n\r\n2\r\n--a--\r\n--b--\r\n",
            "a boundary that can be read in several ways",
        ),
        (
            b"Content-Type: multipart/mixed\r\n\r\n--a\r\nContent-Type: text/plain\r\n\r\nx\r\n",
            "parts without a boundary that fits",
        ),
        (
            b"Content-Type: multipart/mixed; boundary=a\r\n\r\n%s"
            % b"--a\r\n\r\n1\r\n--a--\r\nContent-Type: text/html\r\n\r\nx",
            "a part where none should be",
        ),
        (b"Content-Type: message/partial; id=x; number=1\r\n\r\nx", "message/partial"),
        (b"Content-Type: message/external-body\r\n\r\nx", "message/external-body"),
    ],
)
def test_what_programs_disagree_on_is_named(message: bytes, anomaly: str) -> None:
    assert anomaly in anomalies(message)


@pytest.mark.parametrize(
    ("limits", "reason"),
    [
        (Limits(parts=1), "more than 1 parts"),
        (Limits(entities=2), "more than 2 readings"),
        (Limits(depth=0), "parts more than 0 deep"),
        (Limits(decoded=0), "its parts are over 0 times its size"),
    ],
)
def test_what_a_bound_cuts_off_is_said(limits: Limits, reason: str) -> None:
    extractor = Extractor(attached(b"Content-Type: application/pdf"), limits)
    found = list(extractor.parts())
    assert extractor.cut_off == reason
    assert len(found) < 2


def test_time_is_bounded() -> None:
    seconds = iter(range(1000))
    extractor = Extractor(
        attached(b"Content-Type: application/pdf"),
        Limits(seconds=3),
        clock=lambda: float(next(seconds)),
    )
    list(extractor.parts())
    assert extractor.cut_off == "its parts take longer than 3 s"


def test_nested_files_do_not_exhaust_the_stack() -> None:
    text = b"=ybegin line=1 size=1 name=a\r\n" * 2000
    extractor = Extractor(b"Subject: x\r\n\r\n" + text)
    list(extractor.parts())
    assert extractor.cut_off is not None


def test_many_boundaries_are_cut_off() -> None:
    many = b"".join(b"; boundary=b%d" % number for number in range(100))
    extractor = Extractor(b"Content-Type: multipart/mixed" + many + b"\r\n\r\n--b1\r\n\r\nx")
    list(extractor.parts())
    assert extractor.cut_off == "more than 20 boundaries in one Content-Type"

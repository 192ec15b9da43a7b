"""Ways to give a file its name that not every program reads alike; all of them say NAME."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace

from tests.hiding.encodings import plain as plainly_encoded
from tests.hiding.headings import plain as plainly_headed
from tests.hiding.model import Encoded, Encoding, Form, Heading
from tests.hiding.places import HidingPlace, singles

NAME, TWIN = "evil.exe", "evil.txt"

_FAMILY = "names that are odd"
_DISPOSITION = b"Content-Disposition: attachment; "


def _field(text: bytes, *before: bytes) -> Heading:
    """Put a Content-Disposition before the entity's fields."""
    return lambda entity: plainly_headed(
        replace(entity, fields=(*before, _DISPOSITION + text, *entity.fields))
    )


def _of_type(text: bytes) -> Heading:
    """Put a parameter behind the Content-Type."""

    def build(entity: Encoded) -> bytes:
        fields = tuple(
            one + text if one.startswith(b"Content-Type") else one for one in entity.fields
        )
        return plainly_headed(replace(entity, fields=fields))

    return build


def _word(charset: str, letter: str, text: bytes) -> bytes:
    return f"=?{charset}?{letter}?".encode() + text + b"?="


def namings(name: str) -> tuple[Form[Heading], ...]:
    """Return all of them for a name of ASCII with one dot, and four letters before it."""
    raw = name.encode()
    stem, dot, end = raw.partition(b".")
    wide = b64encode(name.encode("utf-16"))
    q = b"".join(b"=%02X" % byte for byte in raw)
    percent = b"".join(b"%%%02X" % byte for byte in raw)
    forms = {
        "plain": _field(b"filename=" + raw),
        "quotes": _field(b'filename="' + raw + b'"'),
        "single quotes": _field(b"filename='" + raw + b"'"),
        "half a quote": _field(b'filename="' + raw),
        "capitals": _field(b'FILENAME="' + raw.upper() + b'"'),
        "name only": _of_type(b"; name=" + raw),
        "name, and another filename": _of_type(
            b"; name=" + raw + b"\r\n" + _DISPOSITION + b"filename=a.txt"
        ),
        "two, first": _field(b"filename=" + raw + b"; filename=a.txt"),
        "two, last": _field(b"filename=a.txt; filename=" + raw),
        "two fields, first": _field(b"filename=a.txt", _DISPOSITION + b"filename=" + raw),
        "two fields, last": _field(b"filename=" + raw, _DISPOSITION + b"filename=a.txt"),
        "no type of disposition": _field(b"", b"Content-Disposition: filename=" + raw),
        "a blank before the =": _field(b"filename =" + raw),
        "a blank behind the =": _field(b"filename= " + raw),
        "a blank in it": _field(b"filename=a file " + raw),
        "a fold before it": _field(b"\r\n\tfilename=" + raw),
        "a fold in it": _field(b'filename="' + stem + b"\r\n " + dot + end + b'"'),
        "a comment": _field(b"filename=(a comment)" + raw),
        "a comment behind": _field(b"filename=" + raw + b" (a comment)"),
        "escapes": _field(b'filename="' + b"".join(b"\\%c" % byte for byte in raw) + b'"'),
        "an escaped dot": _field(b'filename="' + stem + b"\\" + dot + end + b'"'),
        "folders": _field(b'filename="..\\a/' + raw + b'"'),
        "a colon behind": _field(b'filename="' + raw + b'::$DATA"'),
        "a dot behind": _field(b'filename="' + raw + b'."'),
        "blanks behind": _field(b'filename="' + raw + b'   "'),
        "dots and blanks behind": _field(b'filename="' + raw + b'. . ."'),
        "a NUL behind": _field(b'filename="' + raw + b'\0.txt"'),
        "a NUL in it": _field(b'filename="' + stem + b"\0" + dot + end + b'"'),
        "a tab in it": _field(b'filename="' + stem + b"\t" + dot + end + b'"'),
        "a control in it": _field(b'filename="' + stem + dot + b"\x01" + end + b'"'),
        "a mark of direction": _field(
            b'filename="txt' + "\u202e".encode() + stem + dot + end + b'"'
        ),
        "no width in it": _field(b'filename="' + stem + dot + "\u200b".encode() + end + b'"'),
        "a wide dot": _field(b'filename="' + stem + "\uff0e".encode() + end + b'"'),
        "another extension before": _field(b'filename="a.pdf' + b" " * 150 + dot + end + b'"'),
        "an encoded-word": _field(b'filename="' + _word("utf-8", "Q", q) + b'"'),
        "an encoded-word without quotes": _field(b"filename=" + _word("utf-8", "q", q)),
        "an encoded-word in base64": _field(
            b'filename="' + _word("utf-8", "B", b64encode(raw)) + b'"'
        ),
        "two encoded-words": _field(
            b'filename="'
            + _word("utf-8", "Q", stem)
            + b"\r\n "
            + _word("utf-8", "Q", dot + end)
            + b'"'
        ),
        "half in an encoded-word": _field(
            b'filename="' + stem + _word("utf-8", "Q", dot + end) + b'"'
        ),
        "an encoded-word in UTF-16": _field(b'filename="' + _word("utf-16", "B", wide) + b'"'),
        "an encoded-word in UTF-7": _field(
            b'filename="' + _word("utf-7", "Q", stem + b"+AC4-" + end) + b'"'
        ),
        "an encoded-word in no charset": _field(b'filename="' + _word("x-none", "Q", q) + b'"'),
        "an encoded-word that is not closed": _field(b'filename="=?utf-8?Q?' + raw + b'"'),
        "RFC 2231": _field(b"filename*=utf-8''" + percent),
        "RFC 2231 in quotes": _field(b"filename*=\"utf-8''" + percent + b'"'),
        "RFC 2231 in no charset": _field(b"filename*=''" + percent),
        "RFC 2231 without its apostrophes": _field(b"filename*=" + percent),
        "RFC 2231 in UTF-16": _field(
            b"filename*=utf-16''" + b"".join(b"%%%02X" % byte for byte in name.encode("utf-16"))
        ),
        "pieces": _field(b"filename*0=" + stem + b"; filename*1=" + dot + end),
        "pieces, the other way round": _field(b"filename*1=" + dot + end + b"; filename*0=" + stem),
        "pieces from 1": _field(b"filename*1=" + stem + b"; filename*2=" + dot + end),
        "pieces with percent": _field(b"filename*0*=utf-8''" + stem + b"; filename*1*=%2E" + end),
        "pieces and a whole": _field(
            b"filename=a.txt; filename*0=" + stem + b"; filename*1=" + dot + end
        ),
        "percent, as browsers have it": _field(b'filename="' + percent + b'"'),
    }
    return tuple(Form(_FAMILY, what, build) for what, build in forms.items())


def named(name: str) -> Iterator[HidingPlace]:
    """Yield a file of this name under each odd way to name it, and in each odd place.

    Encodings that bring a name of their own are left out.
    """
    plain, *_ = namings(name)
    for form in namings(name):
        yield HidingPlace((form.family,), f"{form.family}: {form.name}", heading=form.build)
    for place in singles():
        if place.families == ("uuencode, yEnc and BinHex",):
            continue
        if place.heading is plainly_headed:
            yield replace(place, heading=plain.build)
        else:
            yield replace(place, encoding=_with(_DISPOSITION + b"filename=" + name.encode()))


def _with(field: bytes) -> Encoding:
    def build(file: bytes) -> Encoded:
        entity = plainly_encoded(file)
        return replace(entity, fields=(field, *entity.fields))

    return build

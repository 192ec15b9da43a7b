"""From what an entity says of its encoding to every way in which its body may be decoded."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from clamgate.message.mime.decoders import base64, binhex, quoted_printable, uuencode, yenc

_ENCODED = frozenset({b"base64", b"quoted-printable"})


@dataclass(frozen=True, slots=True)
class Decoded:
    """One way to read a body.

    Attributes:
        reading: It in words, empty for the body as it stands.
        data: What comes of it.
        name: The file name that the encoding itself carries, empty if none.
    """

    reading: str
    data: bytes
    name: bytes = b""


def decodings(body: bytes, encodings: Iterable[bytes]) -> Iterator[Decoded]:
    """Yield every way to decode a body; as it stands too, unless all agree that it is encoded.

    Args:
        body: As it stands in the message.
        encodings: What may be taken for its encoding, in small letters; none if it names none.
    """
    named = {encoding.removeprefix(b"x-") for encoding in encodings}
    if not named or named - _ENCODED or not _is_so_encoded(body, named):
        yield Decoded("", body)
    if b"base64" in named:
        for reading, data in base64.decode(body):
            yield Decoded(reading, data)
    elif base64.looks_encoded(body):
        for reading, data in base64.decode(body):
            yield Decoded(f"{reading}, though it is not said to be", data)
    if any(name.startswith(b"quoted") for name in named):
        for reading, data in quoted_printable.decode(body):
            yield Decoded(reading, data)
    yield from _of_named_files(body, named)


def _is_so_encoded(body: bytes, named: set[bytes]) -> bool:
    """Whether a body is in its encoding beyond doubt: no program shows it as it stands then."""
    return (b"base64" not in named or base64.is_strict(body)) and (
        b"quoted-printable" not in named or quoted_printable.is_strict(body)
    )


def holds_files(text: bytes) -> bool:
    """Whether a file stands in a text in an encoding that needs no field of the header."""
    return uuencode.stands_in(text) or yenc.stands_in(text) or binhex.stands_in(text)


def files_in(text: bytes) -> Iterator[Decoded]:
    """Yield the files that stand in a text in an encoding that brings its own name."""
    for encoding in (uuencode, yenc, binhex):
        if encoding.stands_in(text):
            for name, reading, data in encoding.decode_files(text):
                yield Decoded(reading, data, name)


def _of_named_files(body: bytes, named: set[bytes]) -> Iterator[Decoded]:
    """Yield what is in an encoding of files by the header's word, without the marks of one."""
    if named & {b"uuencode", b"uue"} and not uuencode.stands_in(body):
        yield Decoded("uuencode, without its begin", uuencode.decode_lines(body))
    if b"yenc" in named and not yenc.stands_in(body):
        yield Decoded("yEnc, without its begin", yenc.decode(body))
    if named & {b"binhex", b"binhex40", b"mac-binhex40"} and not binhex.stands_in(body):
        for name, reading, data in binhex.decode(body):
            yield Decoded(reading, data, name)

"""From what an entity says of its encoding to every way in which its body may be decoded."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace

from clamgate.message.mime.decoders import base64, binhex, quoted_printable, uuencode, yenc
from clamgate.message.mime.octets import Octets, cut
from clamgate.message.mime.workspace import Keep, Workspace

_ENCODED = frozenset({b"base64", b"quoted-printable"})
# Something that stands in every mark of such a file; it is found in one pass.
_ANY_MARK = re.compile(rb"be(?:gin| converted with BinHex)")
_IN_MEMORY = Workspace().keep


@dataclass(frozen=True, slots=True)
class Decoded:
    """One way to read a body.

    Attributes:
        reading: It in words, empty for the body as it stands.
        data: What comes of it.
        name: The file name that the encoding itself carries, empty if none.
    """

    reading: str
    data: Octets
    name: bytes = b""


def decodings(
    body: Octets, encodings: Iterable[bytes], keep: Keep = _IN_MEMORY
) -> Iterator[Decoded]:
    """Yield every way to decode a body; as it stands too, unless all agree that it is encoded.

    What was yielded is gone when the next is asked for.

    Args:
        body: As it stands in the message.
        encodings: What may be taken for its encoding, in small letters; none if it names none.
        keep: Has what comes of it.
    """
    named = {encoding.removeprefix(b"x-") for encoding in encodings}
    if not named or named - _ENCODED or not _is_so_encoded(body, named):
        yield Decoded("", body)
    if b"base64" in named:
        yield from _kept(base64.stream(body), keep)
    elif base64.looks_encoded(body):
        for one in _kept(base64.stream(body), keep):
            yield replace(one, reading=f"{one.reading}, though it is not said to be")
    if any(name.startswith(b"quoted") for name in named):
        yield from _kept(quoted_printable.stream(body), keep)
    yield from _named(_of_named_files(body, named), keep)


def _is_so_encoded(body: Octets, named: set[bytes]) -> bool:
    """Whether a body is in its encoding beyond doubt: no program shows it as it stands then."""
    return (b"base64" not in named or base64.is_strict(body)) and (
        b"quoted-printable" not in named or quoted_printable.is_strict(body)
    )


def holds_files(text: Octets, start: int = 0, end: int | None = None) -> bool:
    """Whether a file stands in a text in an encoding that needs no field of the header.

    Args:
        text: Where to look.
        start: Where to begin.
        end: Where to stop; None for its end.
    """
    end = len(text) if end is None else end
    if isinstance(text, bytes):
        if not _ANY_MARK.search(text, start, end):
            return False
        text = text[start:end]
    else:
        text = cut(text, start, end)
    return uuencode.stands_in(text) or yenc.stands_in(text) or binhex.stands_in(text)


def files_in(text: Octets, keep: Keep = _IN_MEMORY) -> Iterator[Decoded]:
    """Yield the files that stand in a text in an encoding that brings its own name.

    What was yielded is gone when the next is asked for.
    """
    for encoding in (uuencode, yenc, binhex):
        if encoding.stands_in(text):
            yield from _named(encoding.decode_files(text), keep)


def _kept(found: Iterable[tuple[str, Iterator[bytes]]], keep: Keep) -> Iterator[Decoded]:
    for reading, chunks in found:
        with keep(chunks) as data:
            yield Decoded(reading, data)


def _named(found: Iterable[tuple[bytes, str, Iterator[bytes]]], keep: Keep) -> Iterator[Decoded]:
    for name, reading, chunks in found:
        with keep(chunks) as data:
            yield Decoded(reading, data, name)


def _of_named_files(
    body: Octets, named: set[bytes]
) -> Iterator[tuple[bytes, str, Iterator[bytes]]]:
    """Yield what is in an encoding of files by the header's word, without the marks of one."""
    if named & {b"uuencode", b"uue"} and not uuencode.stands_in(body):
        yield b"", "uuencode, without its begin", uuencode.decode_lines(body)
    if b"yenc" in named and not yenc.stands_in(body):
        yield b"", "yEnc, without its begin", yenc.decode(body)
    if named & {b"binhex", b"binhex40", b"mac-binhex40"} and not binhex.stands_in(body):
        yield from binhex.decode(body)

"""Where the parts of a message stand, as far as all programs see them in the same places."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from clamgate.message.mime import boundaries, plain, strict, strict_header

AMBIGUOUS = "its structure can be read in several ways"
SIGNED = "it is in what is signed"

_SIGNED_DATA = re.compile(rb"application/(?:x-)?pkcs7-mime")
_LINE_END = len(b"\r\n")
_MAX_DEPTH = 20


@dataclass(frozen=True, slots=True)
class Entity:
    """A message or a part of one, header and body.

    Attributes:
        start: Where its header begins.
        body: Where its body begins.
        end: Past its last byte; a line end before a delimiter is the delimiter's.
        encoding: What its header says of its body, in small letters.
        parts: What it contains, if that is parts or a message, and no program can doubt where.
        is_multipart: Whether these are parts of a multipart, any of which could be another.
        doubt: Why it must be left as it is; empty if it need not.
    """

    start: int
    body: int
    end: int
    encoding: bytes = b""
    parts: tuple[Entity, ...] = ()
    is_multipart: bool = False
    doubt: str = ""


@dataclass(frozen=True, slots=True)
class Leaf:
    """An entity that is not taken apart further.

    Attributes:
        entity: It.
        unit: The part of a multipart that it is, or all that is in that part: another can stand in
            for it. None if there is no such part: it is all of the message.
    """

    entity: Entity
    unit: Entity | None


def take_apart(message: bytes) -> Entity:
    """Return a message's structure.

    Args:
        message: Header, empty line, body, with CRLF line ends.
    """
    if b"\0" in message:
        return Entity(0, 0, len(message), doubt=AMBIGUOUS)
    return _entity(message, 0, len(message), len(message), 0)


def leaves(entity: Entity, unit: Entity | None = None) -> Iterator[Leaf]:
    """Yield what an entity holds that is not taken apart further, in its order."""
    if not entity.parts:
        yield Leaf(entity, unit)
    for part in entity.parts:
        yield from leaves(part, part if entity.is_multipart else unit)


def doubt_of(message: bytes, leaf: Entity) -> str:
    """Say why a leaf must be left as it is; empty if all programs decode it alike."""
    body = message[leaf.body : leaf.end]
    is_clear = (
        plain.is_base64(body)  # what is wrapped in it goes with it
        if leaf.encoding == b"base64"
        else plain.is_decoded_alike(body, leaf.encoding)
    )
    return leaf.doubt or ("" if is_clear else AMBIGUOUS)


def _entity(message: bytes, start: int, end: int, stop: int, depth: int) -> Entity:
    """Return the entity from `start` to `end`; its header may go on to `stop`.

    The empty line behind a header may be the line end of the delimiter that follows.
    """
    header = strict_header.read(message, start, stop, is_message=False)
    if header is None or not plain.has_plain_lines(message, start, header[1]):
        return Entity(start, start, end, doubt=AMBIGUOUS)
    fields, body = header
    body = min(body, end)
    if depth > _MAX_DEPTH:
        return Entity(start, body, end, doubt=AMBIGUOUS)
    given = Entity(start, body, end)
    encoding, extra = fields.get(b"transfer-encoding", (b"7bit", {}))
    kind, parameters = fields.get(b"type", (b"text/plain", {}))
    is_plain = encoding in plain.UNENCODED and not extra
    if kind == b"multipart/signed" or _SIGNED_DATA.fullmatch(kind):
        return replace(given, doubt=SIGNED)
    if kind in strict.MULTIPARTS and is_plain:
        parts = _parts(message, body, end, parameters.get(b"boundary"), depth)
        doubt = "" if parts else AMBIGUOUS
        return replace(given, parts=parts, is_multipart=bool(parts), doubt=doubt)
    if kind == strict.MESSAGE and is_plain:
        return replace(given, parts=(_entity(message, body, end, stop, depth + 1),))
    is_leaf = strict.is_leaf(kind) and b"boundary" not in parameters and not extra
    hides_parts = b"type" not in fields and boundaries.guesses(message[body:end])
    doubt = "" if is_leaf and not hides_parts else AMBIGUOUS
    return replace(given, encoding=encoding, doubt=doubt)


def _parts(
    message: bytes, start: int, end: int, boundary: bytes | None, depth: int
) -> tuple[Entity, ...]:
    """Return the parts of a multipart body; none if a program might see them in other places."""
    if boundary is None or not strict.BOUNDARY.fullmatch(boundary):
        return ()
    pieces = list(strict.cut(message, start, end, boundary))
    if len(pieces) < 3 or not pieces[-1][2]:  # noqa: PLR2004  before, between, and behind
        return ()
    (_, first, _), *between, (last, _, _) = pieces
    if not (strict.is_idle(message[start:first]) and strict.is_idle(message[last:end])):
        return ()
    return tuple(
        _entity(message, at, max(stop - _LINE_END, at), stop, depth + 1) for at, stop, _ in between
    )

"""Two mail programs at opposite ends, each with one reading: the forgiving and the strict one.

The extractor gives all that any program may show. What one of these two does not show, a user of
some programs sees and a user of others does not: that is what readings disagree on.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from hashlib import blake2b

from clamgate.message.mime import boundaries, header, values
from clamgate.message.mime.containers import cms, tnef
from clamgate.message.mime.decoders import base64, quoted_printable
from clamgate.message.mime.limits import CutOffError, Meter

_TEXT = b"text/plain"
_MESSAGE = b"message/rfc822"
_MIME_FIELD = re.compile(
    rb"^(content-(?:type|transfer-encoding)):((?:[^\r\n]++|\r?\n[ \t])*)",
    re.IGNORECASE | re.MULTILINE,
)
_FOLD = re.compile(rb"\r?\n[ \t]+")
_TOKEN = rb"[!#$%&'*+.0-9A-Z^_`a-z{|}~-]++"
_TYPE = re.compile(rb"\s*+(" + _TOKEN + rb"/" + _TOKEN + rb")\s*+(?:;|\Z)")
_BOUNDARY = re.compile(
    rb";\s*+boundary=(?:\"([^\"\\\r\n]*)\"|(" + _TOKEN + rb"))(?=\s*+(?:;|\Z))", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class _Entity:
    """What a program makes of an entity's header, and where it sees the body."""

    kind: bytes
    encoding: bytes
    boundary: bytes | None
    body: bytes


_Reader = Callable[[bytes, bytes], _Entity]


def forgiving(entity: bytes, default: bytes) -> _Entity:
    """Read an entity's header as one who takes the first of everything, however it is written."""
    head = header.readings(entity)[0]
    types = head.values(b"content-type")[:1]
    kinds = [kind for value in types for kind in values.media_types(value)]
    encodings = head.values(b"content-transfer-encoding")[:1]
    named = [word for value in encodings for word in values.encodings(value)]
    return _Entity(
        kind=next(filter(None, kinds), default),
        encoding=next(filter(None, named), b"").removeprefix(b"x-"),
        boundary=next(filter(boundaries.usable, values.parameter(types, b"boundary")), None),
        body=entity[head.body :],
    )


def strict(entity: bytes, default: bytes) -> _Entity:
    """Read it as one who takes the last of everything, and only what the RFCs would have it be."""
    end = header.end_by_the_rfc(entity)
    fields = {
        name.lower(): _FOLD.sub(b" ", value) for name, value in _MIME_FIELD.findall(entity[:end])
    }
    value = fields.get(b"content-type")
    kind = _TYPE.match(value) if value is not None else None
    # A type that cannot be understood is plain text (RFC 2045, 5.2).
    named = default if value is None else kind[1].lower() if kind else _TEXT
    given = list(_BOUNDARY.finditer(value or b""))
    return _Entity(
        kind=named,
        encoding=fields.get(b"content-transfer-encoding", b"").strip().lower(),
        boundary=(given[-1][1] or given[-1][2]) if given else None,
        body=entity[end:],
    )


def shown_by_both(message: bytes, meter: Callable[[], Meter]) -> frozenset[bytes]:
    """Return the gists (see `gist`) of what both programs show; each may use up a meter."""
    one, other = (_shown(message, reader, meter()) for reader in (forgiving, strict))
    return frozenset(one & other)


def gist(data: bytes) -> bytes:
    """Return by what the same file is known again, whatever blanks and line ends it got."""
    return blake2b(data.replace(b"\r\n", b"\n").strip(), digest_size=16).digest()


def _shown(message: bytes, reader: _Reader, meter: Meter) -> set[bytes]:
    found: set[bytes] = set()
    try:
        for leaf in _leaves(message, reader, meter, _TEXT, 0):
            found.add(gist(leaf))
    except CutOffError:
        pass  # what it did not come to is not shown by it
    return found


def _leaves(
    text: bytes, reader: _Reader, meter: Meter, default: bytes, depth: int
) -> Iterator[bytes]:
    meter.entity(depth)
    meter.decoded(len(text))
    entity = reader(text, default)
    if entity.kind.startswith(b"multipart/") and entity.boundary is not None:
        within = _MESSAGE if entity.kind == b"multipart/digest" else _TEXT
        for piece in boundaries.by_the_rfc(entity.body, entity.boundary):
            part = entity.body[piece.start : piece.end]
            yield from _leaves(part, reader, meter, within, depth + 1)
    elif entity.kind in (_MESSAGE, b"message/global"):
        yield from _leaves(entity.body, reader, meter, _TEXT, depth + 1)
    else:
        data = _decoded(entity, is_strict=reader is strict)
        yield data
        # That some programs open these wrappings and others do not is no matter of how they read.
        if data.startswith(tnef.SIGNATURE):
            for _, attached in tnef.attachments(data):
                yield attached[:]
                if header.looks_like_mail(attached):
                    yield from _leaves(attached[:], reader, meter, _TEXT, depth + 1)
        elif cms.is_signed_data(data):
            for signed in cms.contents(data):
                yield from _leaves(b"".join(signed), reader, meter, _TEXT, depth + 1)


def _decoded(entity: _Entity, *, is_strict: bool) -> bytes:
    """Decode a body: the forgiving program passes over faults, the strict one stops at them."""
    if entity.encoding == b"base64":
        found = dict(base64.decode(entity.body))
        wanted = "base64 up to the first fault" if is_strict else "base64"
    elif entity.encoding == b"quoted-printable":
        found = dict(quoted_printable.decode(entity.body))
        wanted = "quoted-printable, capitals only" if is_strict else "quoted-printable"
    else:
        return entity.body
    return found[wanted] if wanted in found else next(iter(found.values()), b"")

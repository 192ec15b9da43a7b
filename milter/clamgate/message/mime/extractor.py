"""The walk through a message that finds its parts under every reading."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from dataclasses import dataclass
from hashlib import blake2b, sha256
from itertools import chain

from clamgate.message.mime import boundaries, header, values
from clamgate.message.mime.boundaries import Piece
from clamgate.message.mime.containers import cms, tnef
from clamgate.message.mime.decoding import Decoded, decodings, files_in
from clamgate.message.mime.header import Header
from clamgate.message.mime.labels import Label, file_names, text_of
from clamgate.message.mime.limits import CutOffError, Limits, Meter
from clamgate.message.mime.octets import Octets, cut, first_of, matches, pieces, same
from clamgate.message.mime.part import Part
from clamgate.message.mime.workspace import Workspace

_TEXT = b"text/plain"
_MESSAGE = b"message/rfc822"
_REAL_TYPE = re.compile(
    rb"(?:text|image|audio|video|application|font|model|chemical|message)/[!-.0-~]+"
)
_MIME_FIELD = re.compile(
    rb"(?<![^\n])content-(?:type|transfer-encoding|disposition)[ \t]*:", re.IGNORECASE
)
_MAX_BOUNDARIES = 20


@dataclass(frozen=True, slots=True)
class _Place:
    """Where an entity stands.

    Attributes:
        path: Numbers with dots between them, empty for the message itself.
        depth: Containers that it is in.
        default: The media type of an entity that names none.
        beyond: What follows it in its container: a program that sees no end of it reads on there.
        aside: Whether no program takes it for a part: what stands before the first and behind the
            last one. That it is odd is nothing to speak of.
    """

    path: str = ""
    depth: int = 0
    default: bytes = _TEXT
    beyond: Octets = b""
    aside: bool = False

    def child(
        self,
        number: int,
        default: bytes = _TEXT,
        beyond: Octets = b"",
        *,
        aside: bool = False,
    ) -> _Place:
        path = f"{self.path}.{number}" if self.path else str(number)
        return _Place(path, self.depth + 1, default, beyond, self.aside or aside)


@dataclass(frozen=True, slots=True)
class _Claims:
    """What an entity's header says of its body, under one reading of the header."""

    has_type: bool
    types: tuple[bytes, ...]
    encodings: tuple[bytes, ...]
    boundaries: tuple[bytes, ...]
    names: tuple[str, ...]

    @property
    def is_multipart(self) -> bool:
        return bool(self.boundaries) or any(kind.startswith(b"multipart") for kind in self.types)

    @property
    def is_message(self) -> bool:
        return any(kind.startswith(b"message") for kind in self.types)

    @property
    def is_leaf(self) -> bool:
        return any(not kind.startswith((b"multipart", b"message")) for kind in self.types)

    @property
    def is_vague(self) -> bool:
        return not self.has_type or not any(_REAL_TYPE.fullmatch(kind) for kind in self.types)


class Extractor:
    """Finds the parts of one message. It never raises over what stands in the message.

    Args:
        message: Its bytes.
        limits: How far to go.
        clock: Monotonic seconds.
        workspace: Where what is decoded is kept; in memory if there is none.

    Attributes:
        anomalies: What programs disagree on, in short words, each once; complete once all parts
            were taken.
        labels: What is attached is called; complete at the end, too.
        cut_off: The bound that was reached, None if all was found; complete at the end, too.
    """

    def __init__(
        self,
        message: Octets,
        limits: Limits | None = None,
        clock: Callable[[], float] = time.monotonic,
        workspace: Workspace | None = None,
    ) -> None:
        self.anomalies: dict[str, None] = {}
        self.cut_off: str | None = None
        self._message = message
        self._workspace = workspace or Workspace()
        self._meter = Meter(limits or Limits(), len(message), clock)
        self._walked: set[bytes] = set()
        self._given: set[str] = set()
        self._labels: dict[tuple[str, str], Label] = {}

    @property
    def labels(self) -> tuple[Label, ...]:
        """All names and types that any program goes by, also of what holds nothing."""
        return tuple(self._labels.values())

    def parts(self) -> Iterator[Part]:
        """Yield each leaf part once, whatever number of readings leads to the same bytes."""
        try:
            yield from self._entity(self._message, _Place())
        except CutOffError as reached:
            self.cut_off = str(reached)

    def _keep(self, chunks: Iterable[bytes]) -> AbstractContextManager[Octets]:
        return self._workspace.keep(self._meter.ticking(chunks))

    def _entity(self, entity: Octets, place: _Place) -> Iterator[Part]:
        if not self._is_new(entity, place):
            return
        self._meter.entity(place.depth)
        heads = header.readings(entity)
        if len({_gist(head, entity) for head in heads}) > 1:
            self._note("a header that ends at different places", place)
        for head in heads:
            body = cut(entity, head.body, len(entity))
            yield from self._body(body, self._claims(head, place), place)

    def _is_new(self, entity: Octets, place: _Place) -> bool:
        key = blake2b(digest_size=16, key=place.default)
        for piece in pieces(entity):
            key.update(piece)
        key.update(len(place.beyond).to_bytes(8, "big"))
        known = key.digest() in self._walked
        self._walked.add(key.digest())
        return not known

    def _claims(self, head: Header, place: _Place) -> _Claims:
        types = head.values(b"content-type")
        codings = head.values(b"content-transfer-encoding")
        dispositions = head.values(b"content-disposition")
        for name, found in (("Content-Type", types), ("Content-Transfer-Encoding", codings)):
            if len(set(found)) > 1:
                self._note(f"more than one {name}", place)
        claims = _Claims(
            has_type=bool(types),
            types=_all(types, values.media_types) or (place.default,),
            encodings=_all(codings, values.encodings),
            boundaries=tuple(filter(boundaries.usable, values.parameter(types, b"boundary"))),
            names=file_names(types, dispositions),
        )
        if len(claims.types) > 1:
            self._note("a Content-Type that can be read in several ways", place)
        if len(claims.encodings) > 1:
            self._note("a Content-Transfer-Encoding that can be read in several ways", place)
        for kind in claims.types:
            if kind in (b"message/partial", b"message/external-body"):
                self._note(kind.decode("ascii"), place)
        return claims

    def _body(self, body: Octets, claims: _Claims, place: _Place) -> Iterator[Part]:
        if claims.is_multipart or claims.is_message:
            if claims.is_message or (claims.names and place.path):
                self._label(place, "", claims.names, claims)
            # The RFC allows no encoding here, so some programs do not look for one.
            yield from self._content(Decoded("", body), claims, place)
        for decoded in decodings(body, claims.encodings, self._keep):
            if claims.is_leaf or not same(decoded.data, body):
                self._meter.decoded(len(decoded.data))
                yield from self._content(decoded, claims, place)

    def _content(self, decoded: Decoded, claims: _Claims, place: _Place) -> Iterator[Part]:
        data = decoded.data
        with ExitStack() as kept:
            cuts = self._cuts(data, claims, place, kept)
            for text, found in cuts:
                yield from self._pieces(text, found, claims, place)
        if claims.is_message or header.looks_like_mail(data):
            # An entity that begins so is not the one we are in: that had its header taken off.
            yield from self._entity(data, place.child(1, aside=not claims.is_message))
        yield from self._unwrapped(data, claims, place)
        if claims.is_leaf or not (cuts or claims.is_message):
            yield from self._leaf(decoded, claims, place)

    def _cuts(
        self, data: Octets, claims: _Claims, place: _Place, kept: ExitStack
    ) -> list[tuple[Octets, list[Piece]]]:
        """Return every way to cut a body into parts: what is cut, and where."""
        if not (claims.is_multipart or claims.is_vague):
            return []
        if len(claims.boundaries) > _MAX_BOUNDARIES:
            raise CutOffError(f"more than {_MAX_BOUNDARIES} boundaries in one Content-Type")
        cuts = [(data, boundaries.split(data, boundary)) for boundary in claims.boundaries]
        cuts = [(text, found) for text, found in cuts if found]
        if len({tuple(found) for _, found in cuts}) > 1:
            self._note("a boundary that can be read in several ways", place)
        if not cuts:
            for boundary in boundaries.guesses(data):
                self._note("parts without a boundary that fits", place)
                cuts.append((data, boundaries.split(data, boundary)))
        for boundary in claims.boundaries:
            if place.beyond and not boundaries.is_closed(data, boundary):
                self._meter.decoded(len(place.beyond))
                if boundaries.is_closed(place.beyond, boundary):
                    self._note("parts that cross each other", place)
                    both = chain(pieces(data), pieces(place.beyond))
                    longer = kept.enter_context(self._keep(both))
                    cuts.append((longer, boundaries.split(longer, boundary)))
        return cuts

    def _pieces(
        self, data: Octets, found: list[Piece], claims: _Claims, place: _Place
    ) -> Iterator[Part]:
        default = _MESSAGE if b"multipart/digest" in claims.types else _TEXT
        for number, piece in enumerate(found, start=1):
            self._meter.decoded(piece.end - piece.start)
            text = cut(data, piece.start, piece.end)
            if piece.is_part:
                child = place.child(number, default, cut(data, piece.end, len(data)))
            else:
                child = place.child(number, aside=True)
                if any(True for _ in matches(_MIME_FIELD, text)):
                    self._note("a part where none should be", place)
            yield from self._entity(text, child)

    def _unwrapped(self, data: Octets, claims: _Claims, place: _Place) -> Iterator[Part]:
        for number, file in enumerate(files_in(data, self._keep), start=1):
            yield from self._inner(file, claims, place.child(number))
        if data[: len(tnef.SIGNATURE)] == tnef.SIGNATURE:
            for number, (name, inner) in enumerate(tnef.attachments(data), start=1):
                yield from self._inner(Decoded("TNEF", inner, name), claims, place.child(number))
        elif cms.is_signed_data(data):
            for chunks in cms.contents(data):
                with self._keep(chunks) as signed:
                    self._meter.decoded(len(signed))
                    yield from self._entity(signed, place.child(1))

    def _inner(self, inner: Decoded, claims: _Claims, place: _Place) -> Iterator[Part]:
        """Go on with what a container other than multipart holds."""
        self._meter.entity(place.depth)
        self._meter.decoded(len(inner.data))
        yield from self._content(inner, claims, place)

    def _leaf(self, decoded: Decoded, claims: _Claims, place: _Place) -> Iterator[Part]:
        names = claims.names
        if decoded.name:
            names = (text_of(decoded.name), *names)
        declared = claims.types[0].decode("ascii", "replace")
        digest = _sha256(decoded.data)
        self._label(place, digest, names, claims)
        is_blank = first_of(decoded.data) == len(decoded.data)
        if not is_blank and digest not in self._given:
            self._given.add(digest)
            self._meter.part()
            path = place.path or "1"
            yield Part(path, names, declared, decoded.reading, decoded.data, digest)

    def _label(self, place: _Place, digest: str, names: tuple[str, ...], claims: _Claims) -> None:
        path = place.path or "1"
        label = self._labels.setdefault(
            ("" if digest else path, digest), Label(path, digest, {}, {})
        )
        label.names.update(dict.fromkeys(names))
        label.kinds.update(dict.fromkeys(kind.decode("ascii", "replace") for kind in claims.types))

    def _note(self, anomaly: str, place: _Place) -> None:
        if not place.aside:
            self.anomalies.setdefault(anomaly)


def _all(found: Iterable[bytes], parse: Callable[[bytes], list[bytes]]) -> tuple[bytes, ...]:
    return tuple(dict.fromkeys(word for value in found for word in parse(value) if word))


def _gist(head: Header, entity: Octets) -> tuple[object, int]:
    """Return what of a header's reading makes a difference to what is attached."""
    fields = tuple(field for field in head.fields if field[0].startswith(b"content-"))
    return fields, head.body + first_of(cut(entity, head.body, len(entity)))


def _sha256(data: Octets) -> str:
    digest = sha256()
    for piece in pieces(data):
        digest.update(piece)
    return digest.hexdigest()

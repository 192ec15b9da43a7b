"""The parts of a message that all programs read alike: one reading, in one pass.

It gives what the extractor would, for a small part of the time: names and types are wanted of all
mail, and nearly all of it is of this kind.
"""

from __future__ import annotations

from binascii import a2b_base64
from collections.abc import Iterator
from hashlib import sha256

from clamgate.message.mime import header, values
from clamgate.message.mime.decoders import quoted_printable
from clamgate.message.mime.labels import Label, file_names
from clamgate.message.mime.limits import CutOffError, Limits, Meter
from clamgate.message.mime.part import Part
from clamgate.message.mime.structure import Entity, leaves, take_apart

_TEXT = b"text/plain"


class CanonicalParts:
    """Finds the parts of a message for which `is_canonical` holds; an `Extractor` in its shape.

    Args:
        message: Its bytes.
        limits: How far to go.

    Attributes:
        anomalies: None.
        cut_off: As the extractor's.
    """

    def __init__(self, message: bytes, limits: Limits | None = None) -> None:
        self.anomalies: dict[str, None] = {}
        self.cut_off: str | None = None
        self._message = message
        self._structure = take_apart(message)
        self._meter = Meter(limits or Limits(), len(message))
        self._labels: dict[tuple[str, str], Label] = {}

    @property
    def labels(self) -> tuple[Label, ...]:
        """As the extractor's."""
        return tuple(self._labels.values())

    @property
    def is_clear(self) -> bool:
        """Whether the message can be read so."""
        return not any(leaf.entity.doubt for leaf in leaves(self._structure))

    def parts(self) -> Iterator[Part]:
        """Yield each leaf part once."""
        try:
            yield from self._walk(self._structure, "")
        except CutOffError as reached:
            self.cut_off = str(reached)

    def _walk(self, entity: Entity, path: str) -> Iterator[Part]:
        self._meter.entity(path.count(".") + 1)
        head = header.readings(self._message[entity.start : entity.body])[0]
        types = head.values(b"content-type")
        names = file_names(types, head.values(b"content-disposition"))
        kinds = [kind for value in types for kind in values.media_types(value)] or [_TEXT]
        declared = kinds[0].decode("ascii", "replace")
        if entity.parts:
            if not entity.is_multipart or (names and path):
                self._label(path or "1", "", names, declared)
            for number, part in enumerate(entity.parts, start=1):
                yield from self._walk(part, f"{path}.{number}" if path else str(number))
            return
        data, reading = self._decoded(entity)
        self._meter.decoded(len(data))
        digest = sha256(data).hexdigest()
        is_new = ("", digest) not in self._labels
        self._label(path or "1", digest, names, declared)
        if is_new and data.strip():
            self._meter.part()
            yield Part(path or "1", names, declared, reading, data, digest)

    def _decoded(self, entity: Entity) -> tuple[bytes, str]:
        body = self._message[entity.body : entity.end]
        if entity.encoding == b"base64":
            return a2b_base64(body), "base64"
        if entity.encoding == b"quoted-printable":
            reading, data = next(quoted_printable.decode(body))
            return data, reading
        return body, ""

    def _label(self, path: str, digest: str, names: tuple[str, ...], declared: str) -> None:
        key = ("" if digest else path, digest)
        label = self._labels.setdefault(key, Label(path, digest, {}, {}))
        label.names.update(dict.fromkeys(names))
        label.kinds.setdefault(declared)

"""TNEF (MS-OXTNEF), Outlook's winmail.dat: the attachments in it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum
from struct import Struct

from clamgate.message.mime.octets import Octets, cut

SIGNATURE = b"\x78\x9f\x3e\x22"

_PREFIX = Struct("<BII")
_HEADER = len(SIGNATURE) + 2
_CHECKSUM = 2
_MAX_NAME = 1000


class _Attribute(IntEnum):
    """Ids of MS-OXTNEF, 2.1.3.2, with their types. RENDER_DATA begins each attachment."""

    RENDER_DATA = 0x00069002
    TITLE = 0x00018010
    DATA = 0x0006800F
    PROPERTIES = 0x00069005


@dataclass(slots=True)
class _Attachment:
    name: bytes = b""
    data: tuple[Octets, ...] = ()


def is_encoded(body: bytes) -> bool:
    """Whether a body is TNEF in base64."""
    return body.lstrip().startswith(b"eJ8+I")


def attachments(data: Octets) -> Iterator[tuple[bytes, Octets]]:
    """Yield the name and the bytes of each attachment; of properties (nested messages), raw bytes.

    What is cut short is given as far as it goes.
    """
    current = _Attachment()
    for kind, value in _attributes(data):
        match kind:
            case _Attribute.RENDER_DATA:
                yield from _of(current)
                current = _Attachment()
            case _Attribute.TITLE:
                current.name = value[:_MAX_NAME].rstrip(b"\0")
            case _Attribute.DATA | _Attribute.PROPERTIES:
                current.data += (value,)
    yield from _of(current)


def _of(attachment: _Attachment) -> Iterator[tuple[bytes, Octets]]:
    for data in attachment.data:
        yield attachment.name, data


def _attributes(data: Octets) -> Iterator[tuple[int, Octets]]:
    at = _HEADER
    while at + _PREFIX.size <= len(data):
        _level, kind, length = _PREFIX.unpack(data[at : at + _PREFIX.size])
        start = at + _PREFIX.size
        yield kind, cut(data, start, min(start + length, len(data)))
        at = start + length + _CHECKSUM

"""What is found in a message: leaf parts, and what was odd about it."""

from __future__ import annotations

from dataclasses import dataclass

from clamgate.core.parts import FoundPart
from clamgate.message.mime.octets import Octets

# How many bytes at its beginning show what something is.
_BEGINNING = 512
# The first bytes of what attackers and office programs send; what is none of these is named by
# what the message itself says of it.
_MAGIC = (
    (b"PK\x03\x04", "application/zip"),
    (b"PK\x05\x06", "application/zip"),
    (b"Rar!\x1a\x07", "application/vnd.rar"),
    (b"7z\xbc\xaf\x27\x1c", "application/x-7z-compressed"),
    (b"\x1f\x8b", "application/gzip"),
    (b"BZh", "application/x-bzip2"),
    (b"\xfd7zXZ\x00", "application/x-xz"),
    (b"MSCF", "application/vnd.ms-cab-compressed"),
    (b"MZ", "application/vnd.microsoft.portable-executable"),
    (b"\x7fELF", "application/x-elf"),
    (b"%PDF-", "application/pdf"),
    (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/x-ole-storage"),
    (b"{\\rtf", "application/rtf"),
    (b"\x78\x9f\x3e\x22", "application/vnd.ms-tnef"),
    (b"\x89PNG\r\n\x1a\n", "image/png"),
    (b"\xff\xd8\xff", "image/jpeg"),
    (b"GIF8", "image/gif"),
)


@dataclass(frozen=True, slots=True)
class Part:
    """A leaf part under one reading.

    Attributes:
        path: Where it stands: ``2.1`` is the first part of the second; ``1`` is all of a message
            that has no parts.
        names: The file names that programs would show, as they stand there; none if it has none.
        declared: The media type it is given, in small letters, empty if there is none.
        reading: How it was come by, in a few words (``base64 past its padding``).
        content: The decoded bytes, there until the next part is asked for.
        sha256: Of them, in hexadecimal.
    """

    path: str
    names: tuple[str, ...]
    declared: str
    reading: str
    content: Octets
    sha256: str

    @property
    def data(self) -> bytes:
        """All of its bytes, in memory."""
        return self.content[:]

    @property
    def size(self) -> int:
        """Bytes of it, decoded."""
        return len(self.content)

    @property
    def detected(self) -> str:
        """The media type that its first bytes show, empty if they show none."""
        return type_of(self.content[:_BEGINNING])

    @property
    def found(self) -> FoundPart:
        """What is to be said of it, without its bytes."""
        return FoundPart(
            self.path,
            self.names,
            self.declared,
            self.detected,
            self.size,
            self.sha256,
            self.reading,
        )


def type_of(data: bytes) -> str:
    """Return the media type that first bytes show (512 are enough), empty if they show none."""
    if data[257:262] == b"ustar":
        return "application/x-tar"
    return next((kind for magic, kind in _MAGIC if data.startswith(magic)), "")

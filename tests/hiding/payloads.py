"""What is hidden: three files that clamd finds, each with a twin that it does not."""

from __future__ import annotations

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from random import Random
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from clamgate.harness.private_clamd import EICAR

CLAM_EXE = Path("/usr/share/clamav-testfiles/clam.exe")
"""544 bytes that ClamAV's own database, and our private one, know by their hash."""


@dataclass(frozen=True, slots=True)
class Payload:
    """A file, and one as long that is nothing bad."""

    name: str
    file: bytes
    twin: bytes

    @property
    def is_text(self) -> bool:
        """Whether it is printable ASCII."""
        return self.file.isascii() and b"\0" not in self.file


def payloads() -> tuple[Payload, ...]:
    """Return all of them.

    Raises:
        OSError: Debian's package clamav-testfiles is not installed.
    """
    ordinary = EICAR.replace(b"EICAR-STANDARD", b"ORDINARY-AS-IT")
    exe = CLAM_EXE.read_bytes()
    return (
        Payload("EICAR", EICAR, ordinary),
        Payload("EICAR in a zip", _zipped(EICAR), _zipped(ordinary)),
        Payload("clam.exe", exe, exe[:-1] + bytes((exe[-1] ^ 1,))),
    )


def harmless(size: int) -> bytes:
    """Return a file of random bytes, the same ones each time."""
    return Random(size).randbytes(size)  # noqa: S311  nothing secret


def _zipped(file: bytes) -> bytes:
    archive = BytesIO()
    with ZipFile(archive, "w", ZIP_DEFLATED) as zipped:
        zipped.writestr(ZipInfo("file.com"), file)
    return archive.getvalue()

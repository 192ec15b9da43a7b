"""Archives as the tests need them, made with the standard library."""

from __future__ import annotations

import tarfile
from io import BytesIO
from zipfile import ZIP_STORED, ZipFile, ZipInfo

from clamgate.message.archives.limits import Limits
from clamgate.message.archives.listing import ArchiveListing, Inner

PE = b"MZ" + bytes(60)


def zipped(*files: tuple[str, bytes], method: int = ZIP_STORED) -> bytes:
    made = BytesIO()
    with ZipFile(made, "w", method) as archive:
        for name, data in files:
            archive.writestr(ZipInfo(name), data, method)
    return made.getvalue()


def tarred(*files: tuple[str, bytes], kind: int = tarfile.GNU_FORMAT, mode: str = "w") -> bytes:
    made = BytesIO()
    with tarfile.open(fileobj=made, mode=mode, format=kind) as archive:  # type: ignore[call-overload]
        for name, data in files:
            member = tarfile.TarInfo(name)
            member.size = len(data)
            archive.addfile(member, BytesIO(data))
    return made.getvalue()


def listed(
    data: bytes, name: str = "it", limits: Limits | None = None
) -> tuple[list[Inner], list[str]]:
    """Return what is in an archive, and why that may not be all."""
    listing = ArchiveListing(limits)
    files = listing.files_in(data, [name])
    return files, list(listing.unlisted)


def names(data: bytes, name: str = "it") -> list[str]:
    """Return the names of all files in an archive that can be listed in full."""
    files, unlisted = listed(data, name)
    assert unlisted == []
    return [one for file in files for one in file.names]

"""Files without a name: in memory (memfd) or in a directory, gone when the last holder closes."""

from __future__ import annotations

import fcntl
import os
import tempfile
from contextlib import suppress
from pathlib import Path

_SEALS = fcntl.F_SEAL_SEAL | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_WRITE


def nameless_file(directory: str) -> int:
    """Open an empty file on the directory's disk that no other program can find.

    O_TMPFILE never gives it a name; where the file system cannot do that, it has one for an
    instant, unpredictable and mode 0600.

    Raises:
        OSError: No file can be made there.
    """
    with suppress(
        OSError
    ):  # not every file system has O_TMPFILE; mkstemp then finds the true error
        return os.open(directory, os.O_TMPFILE | os.O_RDWR | os.O_EXCL | os.O_CLOEXEC, 0o600)
    descriptor, path = tempfile.mkstemp(prefix="clamgate-", dir=directory)
    try:
        Path(path).unlink()
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def sealed_memory(name: str, content: bytes) -> int:
    """Return a file in memory that nobody can change any more, whoever it is passed to.

    Args:
        name: Shows in /proc and in clamd's log.
        content: What it holds, for ever. Its offset is 0.

    Raises:
        OSError: Out of memory or descriptors.
    """
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        written = os.pwrite(descriptor, content, 0)  # which leaves the offset alone
        while written < len(content):
            written += os.pwrite(descriptor, memoryview(content)[written:], written)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, _SEALS)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def write_all(descriptor: int, content: bytes) -> None:
    """Write every byte, however many calls the kernel makes of it."""
    written = os.write(descriptor, content)
    while written < len(content):
        written += os.write(descriptor, memoryview(content)[written:])

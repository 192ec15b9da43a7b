"""The pid file: written so that neither a link nor a half-written number can do harm."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path

from clamgate.daemon.errors import StartError


class PidFile:
    """Holds this process's id while it runs.

    It is made under a name of its own and renamed into place: a link at `path` is replaced, never
    followed, and readers see the old number or the new one.

    Raises:
        StartError: The file cannot be written.
    """

    def __init__(self, path: str) -> None:
        self._path = Path(path)
        temporary = Path(f"{path}.{os.getpid()}")
        try:
            temporary.unlink(missing_ok=True)
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o644)
            with os.fdopen(descriptor, "w") as file:
                file.write(f"{os.getpid()}\n")
            temporary.rename(path)
        except OSError as error:
            raise StartError(f"PidFile {path}: cannot write it: {error.strerror}") from error

    def remove(self) -> None:
        """Remove it if it still names this process, and if we still may."""
        with contextlib.suppress(OSError, ValueError):
            if int(self._path.read_text()) == os.getpid():
                self._path.unlink()

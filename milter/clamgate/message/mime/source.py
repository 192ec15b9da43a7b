"""A part of a message, or its bytes, as a scanner takes it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from types import TracebackType
from typing import Self

from clamgate.message.files import sealed_memory
from clamgate.message.mime.octets import Octets, Stored, pieces
from clamgate.message.mime.workspace import Workspace


class PartSource:
    """The bytes of a part: a `clamgate.core.scanning.ScanSource`. Close it after use.

    Args:
        content: The bytes, to be there until it is closed.
        workspace: Where they are copied to if they are not in a file of their own.
    """

    def __init__(self, content: Octets, workspace: Workspace | None = None) -> None:
        self._content = content
        self._workspace = workspace or Workspace()
        self._descriptor: int | None = None
        self._open = ExitStack()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def size(self) -> int:
        """All of it, in bytes."""
        return len(self._content)

    @property
    def length(self) -> int:
        """The same: nothing of a part is left out."""
        return len(self._content)

    def descriptor(self) -> int:
        """Return a file that holds the bytes, at offset 0; it is not the caller's to close.

        Raises:
            OSError: Out of memory, disk or descriptors.
        """
        if self._descriptor is not None:
            os.lseek(self._descriptor, 0, os.SEEK_SET)
            return self._descriptor
        file = _file_of(self._content)
        if file is None and isinstance(self._content, Stored):
            copy = self._open.enter_context(self._workspace.keep(pieces(self._content)))
            file = _file_of(copy)
        if file is None:
            file = sealed_memory("clamgate-part", self._content[:])
            self._open.callback(os.close, file)
        self._descriptor = file
        return file

    def in_memory(self) -> bytes | None:
        """Return the bytes, unless they are in a file."""
        return None if isinstance(self._content, Stored) else self._content[:]

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in pieces of at most 64 KiB."""
        return pieces(self._content)

    def close(self) -> None:
        """Let go of the file. Calling it twice does nothing."""
        self._descriptor = None
        self._open.close()


def _file_of(octets: Octets) -> int | None:
    return octets.whole_file() if isinstance(octets, Stored) else None

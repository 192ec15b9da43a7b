"""A part of a message, or its bytes, as a scanner takes it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from types import TracebackType
from typing import Self

from clamgate.message.files import sealed_memory

_PIECE = 64 * 1024


class PartSource:
    """The bytes of a part: a `clamgate.core.scanning.ScanSource`. Close it after use.

    Args:
        data: The bytes.
    """

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._descriptor: int | None = None

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
        return len(self._data)

    @property
    def length(self) -> int:
        """The same: nothing of a part is left out."""
        return len(self._data)

    def descriptor(self) -> int:
        """Return a file in memory that holds the bytes, at offset 0; it is ours to close.

        Raises:
            OSError: Out of memory or descriptors.
        """
        if self._descriptor is None:
            self._descriptor = sealed_memory("clamgate-part", self._data)
        return self._descriptor

    def chunks(self) -> Iterator[bytes]:
        """Yield the bytes in pieces of at most 64 KiB."""
        for at in range(0, len(self._data), _PIECE):
            yield self._data[at : at + _PIECE]

    def close(self) -> None:
        """Let go of the file. Calling it twice does nothing."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

"""How many bytes of messages this process keeps in files, counted where it is exact: in the kernel.

So the mail's path need not keep the count.
"""

from __future__ import annotations

import os
import stat
from collections.abc import Iterator

_BLOCK = 512
"""Bytes of st_blocks's unit (inode(7))."""


class SpooledFiles:
    """Counts the nameless files of this process that are on a disk.

    It keeps /proc/self/fd open, so it works in a chroot that has no /proc.
    """

    def __init__(self) -> None:
        self._folder = os.open("/proc/self/fd", os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)

    def size(self) -> int:
        """Return the bytes that they take."""
        return sum(self._sizes())

    def _sizes(self) -> Iterator[int]:
        for name in os.listdir(self._folder):  # noqa: PTH208  by descriptor, which pathlib cannot
            try:
                status = os.fstat(int(name))
                if status.st_nlink or not stat.S_ISREG(status.st_mode):
                    continue
                target = os.readlink(name, dir_fd=self._folder)
            except OSError:  # gone since it was listed
                continue
            if not target.startswith("/memfd:"):
                yield status.st_blocks * _BLOCK

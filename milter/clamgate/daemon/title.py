"""What a process is called by ps and top."""

from __future__ import annotations

import contextlib
from pathlib import Path

# Fields of /proc/PID/stat, counted after the name in brackets (proc(5): arg_start is the 48th).
_ARG_START = 45
_ARG_END = 46
_SHORT = 15


def set_title(title: str) -> None:
    """Have ps show `title`, as far as there is room where the command line stood.

    It needs /proc. Where that cannot be had, the old title stays: it is but a courtesy.
    """
    with contextlib.suppress(OSError, ValueError):
        Path("/proc/self/comm").write_bytes(title.encode()[:_SHORT])
        fields = Path("/proc/self/stat").read_text().rpartition(")")[2].split()
        start, end = int(fields[_ARG_START]), int(fields[_ARG_END])
        room = end - start
        # The last byte stays NUL, or the kernel takes the text to go on behind it.
        with open("/proc/self/mem", "r+b", buffering=0) as memory:  # noqa: PTH123  no buffer here
            memory.seek(start)
            memory.write(title.encode()[: room - 1].ljust(room, b"\0"))

"""What the figures were measured on."""

from __future__ import annotations

import os
import platform
import subprocess
from importlib.metadata import version
from pathlib import Path

_GIB = 1024**3


def describe() -> str:
    """Describe the machine and the programs, one line each."""
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") / _GIB
    load = ", ".join(f"{one:.1f}" for one in os.getloadavg())
    return "\n".join(
        (
            f"{_processor()}, {len(os.sched_getaffinity(0))} processors, {memory:.0f} GiB",
            f"load of the machine before the start (1, 5, 15 minutes): {load}",
            f"Linux {platform.release()}, {_distribution()}",
            f"Python {platform.python_version()}, pymilter {version('pymilter')}",
            f"clamd and clamav-milter: {_said('/usr/sbin/clamd', '--version')}",
        )
    )


def _processor() -> str:
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.machine()


def _distribution() -> str:
    return platform.freedesktop_os_release().get("PRETTY_NAME", "unknown")


def _said(*command: str) -> str:
    return subprocess.run(  # noqa: S603  no shell, and our own arguments
        command, capture_output=True, text=True, check=False
    ).stdout.strip()

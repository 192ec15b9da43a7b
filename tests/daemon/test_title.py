from __future__ import annotations

import subprocess
import sys

SHOW = """
import sys
from pathlib import Path
from clamgate.daemon.title import set_title
set_title(sys.argv[1])
print(Path("/proc/self/cmdline").read_bytes().rstrip(b"\\0").decode())
print(Path("/proc/self/comm").read_text().strip())
"""


def show(title: str) -> tuple[str, str, int]:
    """Return what a process that took this title is called, short and long, and its room."""
    command = [sys.executable, "-c", SHOW, title]
    done = subprocess.run(command, capture_output=True, text=True, check=True, timeout=30)
    shown, short = done.stdout.splitlines()
    return shown, short, sum(len(word) + 1 for word in command)


def test_ps_shows_it() -> None:
    assert show("clamgate: worker 1")[:2] == ("clamgate: worker 1", "clamgate: worke")


def test_a_short_one_leaves_nothing_of_the_old_one() -> None:
    assert show("x")[:2] == ("x", "x")


def test_a_long_one_is_cut_to_the_room_there_is() -> None:
    title = "x" * 10_000
    shown, _, room = show(title)
    assert shown == title[: room - 1]

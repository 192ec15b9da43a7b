"""Going into the background, by a program that does nothing else."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest
from tests.waiting import wait_until

PROGRAM = """
import os, sys
from clamgate.daemon.detach import detach
from clamgate.daemon.errors import StartError

try:
    tell = detach()
except StartError as error:
    sys.exit(f"not started: {error}")
what = sys.argv[1]
if what == "serve":
    tell("")
    links = [os.readlink(f"/proc/self/fd/{n}") for n in (0, 1, 2)]
    with open(sys.argv[2] + ".half", "w") as file:
        print(os.getsid(0) == os.getpid(), os.getcwd(), *links, file=file)
    os.rename(file.name, sys.argv[2])
elif what == "refuse":
    tell("the socket is taken\\nby another")
else:
    os._exit(7)
"""


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", PROGRAM, *words],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=30,
        check=False,
    )


def test_the_parent_leaves_when_the_child_serves(tmp_path: Path) -> None:
    told = tmp_path / "told"
    done = run("serve", str(told))  # which ends when nobody has our pipes: the child let go of them
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    wait_until(told.exists, "what the child says of itself")
    assert told.read_text() == "True / /dev/null /dev/null /dev/null\n"


@pytest.mark.parametrize(
    ("what", "reason"),
    [
        ("refuse", "the socket is taken\nby another"),
        ("die", "the daemon ended before it could serve: see its log"),
    ],
)
def test_the_parent_says_why_the_child_does_not(what: str, reason: str) -> None:
    done = run(what)
    assert (done.returncode, done.stderr) == (1, f"not started: {reason}\n")

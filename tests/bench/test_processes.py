from __future__ import annotations

import os
import subprocess
import sys

from bench import processes


def test_what_has_ended_takes_no_memory() -> None:
    child = subprocess.Popen([sys.executable, "-c", ""])
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)
    try:
        assert processes.memory([child.pid]) == processes.Memory(0, 0, 0)
    finally:
        child.wait()


def test_what_runs_takes_some() -> None:
    found = processes.memory([os.getpid()])
    assert 0 < found.resident <= found.peak

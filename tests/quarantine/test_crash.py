"""`kill -9` at any moment: index and files agree again, and no accepted message is missing."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path


def test_killed_at_each_step(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.quarantine.crashing", str(tmp_path)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=280, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    seen = json.loads(done.stdout)
    storing, deleting = seen["storing"], seen["deleting"]
    sys.stdout.write(
        f"killed {storing['kills']} times while storing, {deleting['kills']} while deleting\n"
    )
    assert storing["wrong"] == deleting["wrong"] == []
    assert storing["finished"] == deleting["finished"] == 1
    # The kills came at every stage: before the file was whole, and between file and row.
    assert storing["swept"] > 5
    assert storing["indexed"] > 5
    assert storing["kills"] > 50
    assert deleting["kills"] > 10
    assert deleting["dropped"] > 0

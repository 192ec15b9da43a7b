"""A run that is spread over processes: what becomes of ctrl-c, and of what is said at the end."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.waiting import wait_until

ROOT = Path(__file__).parents[1]
RUN_SECONDS = 200.0

INTERRUPTED = """\
import os
from pathlib import Path
import pytest
from tests.waiting import wait_until

HERE = Path(__file__).parent

@pytest.fixture
def daemon():
    yield
    (HERE / "ending").write_text(str(os.getpid()))
    wait_until((HERE / "go on").exists, "leave to go on")
    (HERE / "ended").touch()

def test_one(daemon):
    (HERE / "begun").touch()
    wait_until(lambda: False, "the end", 120.0)
"""

SAYING = """\
import pytest
from tests.sections import add_section

def test_one(pytestconfig):
    add_section(pytestconfig, "a title", "one line\\nanother")

def test_two():
    pytest.skip("no such thing here")
"""


def started(folder: Path, module: str, processes: int, **environment: str) -> subprocess.Popen[str]:
    """Run the tests of a module in a folder, with what tests/conftest.py does."""
    (folder / "test_it.py").write_text(module)
    plain = {name: text for name, text in os.environ.items() if not name.startswith("PYTEST_")}
    return subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "-c", os.devnull, "--rootdir", folder),
            *("-p", "no:cacheprovider", "-p", "tests.conftest", "-n", str(processes), "-ra"),
            folder / "test_it.py",
        ],
        cwd=ROOT,
        env={**plain, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        start_new_session=True,
    )


def test_after_ctrl_c_a_worker_cleans_up_in_peace(tmp_path: Path) -> None:
    with started(tmp_path, INTERRUPTED, 1) as process:
        wait_until((tmp_path / "begun").exists, "the test", RUN_SECONDS)
        process.send_signal(signal.SIGINT)
        ending = tmp_path / "ending"
        worker = int(wait_until(lambda: ending.exists() and ending.read_text(), "its end"))
        os.kill(worker, signal.SIGINT)
        (tmp_path / "go on").touch()
        output, _ = process.communicate(timeout=RUN_SECONDS)
    assert process.returncode == pytest.ExitCode.INTERRUPTED, output
    assert (tmp_path / "ended").exists(), output


@pytest.mark.parametrize("processes", [0, 2])
def test_what_tests_say_is_printed_and_so_is_what_was_skipped(
    tmp_path: Path, processes: int
) -> None:
    with started(tmp_path, SAYING, processes, CLAMGATE_NO_SKIPS="") as process:
        output, _ = process.communicate(timeout=RUN_SECONDS)
    assert process.returncode == 0, output
    assert re.search(r"== a title ===+\n+one line\nanother\n", output)
    assert re.search(r"^SKIPPED \[1\] .*no such thing here$", output, re.MULTILINE)


@pytest.mark.parametrize("processes", [0, 2])
def test_where_nothing_may_be_skipped_it_fails(tmp_path: Path, processes: int) -> None:
    with started(tmp_path, SAYING, processes, CLAMGATE_NO_SKIPS="1") as process:
        output, _ = process.communicate(timeout=RUN_SECONDS)
    assert process.returncode == pytest.ExitCode.TESTS_FAILED, output
    assert "CLAMGATE_NO_SKIPS is set" in output

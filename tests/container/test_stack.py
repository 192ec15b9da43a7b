"""The supervisor with real processes: shells that play the services."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

from tests.waiting import wait_until

# What runs as the container's first process: it takes scripts, in place of clamd and the others.
PROGRAM = """
import sys
from pathlib import Path
from clamgate.container.lines import Printer, as_text
from clamgate.container.stack import Stack
from clamgate.container.state import write_state
from clamgate.container.supervision import Service

folder = Path(sys.argv[1])

class Script:
    socket = ""
    def __init__(self, number, text):
        self.prefix = name = "freshclam" if text.startswith("#freshclam") else f"s{number}"
        self.text = text
        once = text.startswith("#once")
        self.service = Service(name, 60.0, stop_wave=-number, once=once, pauses=(0.02, 0.1),
                               stop_by=1.0 if "#impatiently" in text else 60.0)
    def command(self):
        return ("sh", "-c", self.text)
    def renew(self):
        with (folder / "renewed").open("a") as file:
            file.write("x")
        return False
    def is_ready(self):
        return (folder / self.prefix).exists()
    def hear(self, line):
        (folder / "heard").write_text(line)
    def judge(self, status):
        return status, 0.0

units = [Script(number, text) for number, text in enumerate(sys.argv[2:])]
sys.exit(Stack(units, Printer(as_text), lambda state: write_state(folder, state), "").run())
"""
FOR_EVER = "exec sleep 1000"


class Running:
    def __init__(self, folder: Path, *scripts: str) -> None:
        self.output = folder / "output"
        with self.output.open("wb") as output:
            self.process = subprocess.Popen(
                [sys.executable, "-c", PROGRAM, str(folder), *scripts], stdout=output
            )

    @property
    def text(self) -> str:
        return self.output.read_text()

    def wait_for(self, text: str) -> None:
        wait_until(lambda: text in self.text, f"{text!r} in the output")


def run(folder: Path, *scripts: str) -> tuple[int, list[str]]:
    running = Running(folder, *scripts)
    status = running.process.wait(30)
    return status, running.text.splitlines()


def test_each_starts_once_the_one_before_is_ready_and_the_last_stops_first(tmp_path: Path) -> None:
    announce = "trap 'echo bye; exit 0' TERM; echo up; touch {0}/s{1}; while :; do sleep 0.02; done"
    running = Running(tmp_path, *(announce.format(tmp_path, number) for number in range(2)))
    running.wait_for("container: s1 is ready")
    running.process.terminate()
    assert running.process.wait(30) == 0
    lines = [line for line in running.text.splitlines() if not line.startswith("container: s")]
    assert lines == ["s0: up", "s1: up", "container: SIGTERM: stopping", "s1: bye", "s0: bye"]


def test_one_that_cannot_be_kept_up_gives_the_whole_its_status(tmp_path: Path) -> None:
    status, lines = run(tmp_path, f"echo x >> {tmp_path}/runs; touch {tmp_path}/s0; exit 7")
    assert status == 7
    assert (tmp_path / "runs").read_text() == "x\n" * 6
    assert lines[-1] == (
        "container: s0 ended with status 7, 6 times in a row: giving up, and ending the container"
    )


def test_a_step_that_fails_is_tried_again_and_its_last_words_are_not_lost(tmp_path: Path) -> None:
    step = f"#once\ncd {tmp_path}; mkdir a || mkdir b || exit 0; printf 'no luck'; exit 3"
    running = Running(tmp_path, step, FOR_EVER)
    wait_until(lambda: running.text.count("s0: no luck") == 2, "two failures")
    running.wait_for("mkdir: cannot create directory")
    wait_until(lambda: '"s1": {\n   "phase": "starting"' in _state(tmp_path), "the next")
    assert (tmp_path / "heard").exists()
    running.process.terminate()
    assert running.process.wait(30) == 0


def _state(folder: Path) -> str:
    path = folder / "state.json"
    return path.read_text() if path.exists() else ""


def stubborn(folder: Path) -> str:
    return f"trap '' TERM; touch {folder}/s0; while :; do sleep 0.1; done"


def test_one_that_does_not_stop_is_killed_in_time(tmp_path: Path) -> None:
    running = Running(tmp_path, f"#impatiently\n{stubborn(tmp_path)}")
    running.wait_for("s0 is ready")
    running.process.terminate()
    assert running.process.wait(30) == 0
    running.wait_for("s0 is still at work 1 s after the stop began: killing it")


def test_a_program_that_is_not_there_ends_the_whole_with_the_reason(tmp_path: Path) -> None:
    code = PROGRAM.replace('("sh", "-c", self.text)', '("/no/such/program",)')
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path), "x"],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 1
    assert "s0 cannot be started: [Errno 2] No such file or directory" in done.stdout


def test_a_signal_waits_until_it_would_not_kill(tmp_path: Path) -> None:
    """freshclam has no handler for it until it has looked for updates once."""
    script = (
        f"#freshclam\necho up; until [ -e {tmp_path}/looked ]; do sleep 0.02; done\n"
        "trap 'echo asked' USR1; while :; do sleep 0.02; done"
    )
    running = Running(tmp_path, script)
    running.wait_for("freshclam: up")
    for _ in range(2):
        running.process.send_signal(signal.SIGUSR1)
    running.process.send_signal(signal.SIGHUP)  # read along with them; it has no use for that
    wait_until(lambda: _renewed(tmp_path) == 1, "the signals read")
    (tmp_path / "looked").touch()
    running.wait_for("freshclam: asked")
    (tmp_path / "freshclam").touch()
    running.wait_for("freshclam is ready")
    running.process.terminate()
    assert running.process.wait(30) == 0
    assert "SIGUSR1" not in running.text


def _renewed(folder: Path) -> int:
    path = folder / "renewed"
    return len(path.read_text()) if path.exists() else 0


def test_two_signals_end_it_at_once(tmp_path: Path) -> None:
    running = Running(tmp_path, stubborn(tmp_path))
    running.wait_for("s0 is ready")
    running.process.send_signal(signal.SIGINT)
    running.wait_for("SIGINT: stopping")
    running.process.send_signal(signal.SIGINT)
    assert running.process.wait(30) == 128 + signal.SIGINT

"""A program run in place of the services: exit status, signals, terminal."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from tests.waiting import wait_until

PROGRAM = """
import sys
from clamgate.container.command import run_command
sys.exit(run_command(sys.argv[1:]))
"""


def command(*words: str) -> list[str]:
    return [sys.executable, "-c", PROGRAM, *words]


@pytest.mark.parametrize(
    ("script", "status"), [("exit 0", 0), ("exit 42", 42), ("kill -9 $$", 137)]
)
def test_its_exit_status_is_ours(script: str, status: int) -> None:
    assert subprocess.run(command("sh", "-c", script), check=False).returncode == status


def test_it_has_our_streams(tmp_path: Path) -> None:
    done = subprocess.run(
        command("sh", "-c", "cat; echo err >&2"), input=b"in", capture_output=True, check=False
    )
    assert (done.stdout, done.stderr) == (b"in", b"err\n")


def test_signals_are_passed_on(tmp_path: Path) -> None:
    script = f"trap 'echo got it; exit 3' TERM; touch {tmp_path}/up; while :; do sleep 0.02; done"
    with subprocess.Popen(command("sh", "-c", script), stdout=subprocess.PIPE) as process:
        wait_until((tmp_path / "up").exists, "the program")
        process.terminate()
        output, _ = process.communicate(timeout=30)
    assert (process.returncode, output) == (3, b"got it\n")


def test_at_a_terminal_ctrl_c_is_for_the_program() -> None:
    pid, terminal = pty.fork()
    if pid == 0:
        script = "trap 'echo interrupted; exit 5' INT; echo up; read line; echo got $line; read x"
        os.execv(sys.executable, command("sh", "-c", script))  # noqa: S606  no shell of ours
    try:
        _expect(terminal, b"up")
        os.write(terminal, b"hello\n")
        _expect(terminal, b"got hello")
        os.write(terminal, b"\x03")
        _expect(terminal, b"interrupted")
        assert os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 5
    finally:
        os.close(terminal)


def _expect(terminal: int, text: bytes) -> None:
    seen = b""
    while text not in seen:
        seen += os.read(terminal, 1000)


def test_a_program_that_is_not_there_is_an_error() -> None:
    done = subprocess.run(command("/no/such"), capture_output=True, check=False)
    assert b"FileNotFoundError" in done.stderr


def test_the_signals_of_the_caller_are_as_before() -> None:
    code = PROGRAM.replace(
        "sys.exit(", "before = __import__('signal').pthread_sigmask(0, ()); sys.exit("
    ).replace("argv[1:]))", "argv[1:]) or before != __import__('signal').pthread_sigmask(0, ()))")
    assert subprocess.run([sys.executable, "-c", code, "true"], check=False).returncode == 0
    assert signal.getsignal(signal.SIGTTOU) == signal.SIG_DFL

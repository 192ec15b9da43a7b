"""`clamgate top` against a running filter, in a terminal."""

from __future__ import annotations

import fcntl
import os
import pty
import signal
import struct
import subprocess
import termios
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.fake_clamd import FakeClamd, says
from tests.running_filter import BIN, RunningFilter
from tests.tmux import Tmux, needs_tmux
from tests.waiting import wait_until

from clamgate.harness.client import judge
from clamgate.harness.mail import Message

UTF8 = {"LC_ALL": "C.UTF-8", "TERM": "screen-256color"}
PLAIN = {"LC_ALL": "C", "TERM": "vt100"}


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cg-") as name:
        yield Path(name)


@pytest.fixture
def clamd(folder: Path) -> Iterator[FakeClamd]:
    with FakeClamd(folder / "clamd.sock") as clamd:
        yield clamd


@pytest.fixture
def running(folder: Path, clamd: FakeClamd) -> Iterator[RunningFilter]:
    conf = f"ClamdSocket {clamd.endpoint}\nWorkers 2\nOnInfected Reject\n"
    with RunningFilter(folder, conf) as running:
        yield running


def command(running: RunningFilter, *words: str) -> list[str | Path]:
    return [BIN / "clamgate", "top", "-c", running.conf_path, "--interval", "0.2", *words]


def send(running: RunningFilter, subject: bytes = b"hello") -> None:
    judge(running.endpoint, Message.from_eml(b"Subject: %b\r\n\r\nbody\r\n" % subject))


@needs_tmux
@pytest.mark.parametrize(("width", "height"), [(80, 24), (200, 50)])
def test_it_shows_what_happens(
    running: RunningFilter, clamd: FakeClamd, folder: Path, width: int, height: int
) -> None:
    send(running)
    with Tmux(folder, command(running), width, height, UTF8) as terminal:
        foot = "q quit  p pause  f show: all  / search"
        # The foot comes last: before it is there, tmux may have had but the half of it.
        shown = terminal.wait_for("4HarNess0z1", "the highest is 1", "█", foot)
        lines = shown.splitlines()
        assert len(lines) == height
        assert lines[0][10:].startswith("clamgate ")
        assert lines[-1].startswith(foot)
        assert shown.count("serving") == 3  # the filter, and both workers
        clamd.script = [says(b"stream: Eicar FOUND\0")]
        send(running)
        terminal.wait_for("infected 1  reject 1")
        wait_until(lambda: terminal.text.count("4HarNess0z1") == 2, "both mails")
        terminal.press("f", "f")
        terminal.wait_for("show: infected")
        wait_until(lambda: terminal.text.count("4HarNess0z1") == 1, "the infected one")
        terminal.press("Escape", "/", "n", "o", "n", "e", "Enter")
        terminal.wait_for('show: all, with "none"')
        wait_until(lambda: "4HarNess0z1" not in terminal.text, "that there is none")
        terminal.press("Escape", "p")
        terminal.wait_for("PAUSED")
        terminal.press("q")
        terminal.wait_for("status 0")
        assert terminal.text.splitlines()[:2] == ["before", "status 0"]
        assert terminal.modes == "0 1"


@needs_tmux
def test_a_terminal_that_changes_its_size(running: RunningFilter, folder: Path) -> None:
    with Tmux(folder, command(running), 80, 24, UTF8) as terminal:
        terminal.wait_for("q quit")
        for width, height in ((132, 43), (60, 15), (200, 50)):
            terminal.resize(width, height)

            def fits(height: int = height) -> bool:
                lines = terminal.lines
                return len(lines) == height and lines[-1].startswith("q quit")

            wait_until(fits, f"{width}x{height}")
        terminal.resize(30, 8)
        terminal.wait_for("at least 40x12, please")


@needs_tmux
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_the_terminal_is_given_back(
    running: RunningFilter, folder: Path, number: signal.Signals
) -> None:
    with Tmux(folder, command(running), 80, 24, UTF8) as terminal:
        terminal.wait_for("q quit")
        assert terminal.modes == "1 0"
        os.kill(terminal.program, number)
        terminal.wait_for("status 0")
        assert terminal.modes == "0 1"
        terminal.press("x")  # it echoes again
        terminal.wait_for("x")


@needs_tmux
def test_a_terminal_without_colours_or_utf_8(running: RunningFilter, folder: Path) -> None:
    send(running, "Grüße".encode())
    with Tmux(folder, command(running), 132, 24, PLAIN) as terminal:
        assert terminal.wait_for("4HarNess0z1", "Gr??e", "#", "q quit").isascii()


@needs_tmux
def test_the_filter_goes_away_and_comes_back(running: RunningFilter, folder: Path) -> None:
    send(running)
    with Tmux(folder, command(running), 100, 24, UTF8) as terminal:
        terminal.wait_for("4HarNess0z1")
        running.stop()
        terminal.wait_for("trying again")
        assert "no filter listens on" in terminal.text
        assert "4HarNess0z1" in terminal.text
        running.start()

        def is_new() -> bool:
            shown = terminal.text
            return "trying again" not in shown and "4HarNess0z1" not in shown

        wait_until(is_new, "the filter")
        send(running)
        terminal.wait_for("4HarNess0z1")


@needs_tmux
def test_it_can_be_stopped_and_go_on(running: RunningFilter, folder: Path) -> None:
    stopped = folder / "stopped"
    words = f"{' '.join(map(str, command(running)))}; touch {stopped}; fg"
    with Tmux(folder, ["sh", "-mc", words], 80, 24, UTF8) as terminal:
        terminal.wait_for("q quit")
        terminal.press("C-z")
        wait_until(stopped.exists, "that it is stopped")
        terminal.wait_for("q quit")
        terminal.press("q")
        terminal.wait_for("status 0")
        assert terminal.modes == "0 1"


def test_a_terminal_that_is_closed_ends_it_in_peace(running: RunningFilter) -> None:
    terminal, child_end = pty.openpty()
    fcntl.ioctl(child_end, termios.TIOCSWINSZ, struct.pack("4H", 24, 80, 0, 0))
    with subprocess.Popen(
        command(running),
        stdin=child_end,
        stdout=child_end,
        stderr=subprocess.PIPE,
        env={**os.environ, **UTF8},
        start_new_session=True,
    ) as process:
        os.close(child_end)
        try:
            shown = b""
            while b" quit" not in shown:
                shown += os.read(terminal, 4096)
            os.close(terminal)
            _, said = process.communicate(timeout=60)
        finally:
            process.kill()
    assert (process.returncode, said) == (0, b"")


def test_where_nothing_can_be_drawn_it_says_so(running: RunningFilter) -> None:
    done = subprocess.run(command(running), capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("ERROR: this is no terminal that can be drawn on")


@needs_tmux
def test_a_dumb_terminal_is_told_so(running: RunningFilter, folder: Path) -> None:
    with Tmux(folder, command(running), 80, 24, {"TERM": "dumb"}) as terminal:
        terminal.wait_for("status 1")
        assert "this is no terminal that can be drawn on" in terminal.text


def test_once_is_for_programs_and_printers(running: RunningFilter) -> None:
    send(running, b"\x1b[2J evil")
    words = command(running, "--once")

    def printed() -> str:
        done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=True)
        return done.stdout

    shown = wait_until(lambda: text if "4HarNess0z1" in (text := printed()) else "", "the mail")
    assert all(line.isprintable() for line in shown.splitlines())
    assert "1 messages" in shown
    assert shown.splitlines()[-1].strip()
    running.stop()
    done = subprocess.run(words, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stdout) == (1, "")
    assert "no filter listens on" in done.stderr

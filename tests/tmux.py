"""A terminal for tests: tmux, with a server of the test's own."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import pytest
from tests.waiting import wait_until

needs_tmux = pytest.mark.skipif(
    shutil.which("tmux") is None, reason="tmux is not installed (tools/packages test)"
)


SHOW_SECONDS = 60.0


class Tmux:
    """One terminal, in which a program runs; it stays when that has ended.

    Args:
        folder: Where the server's socket goes; a short path.
        command: The program and its arguments.
        width, height: Cells.
        environment: Variables besides ours.
    """

    def __init__(
        self,
        folder: Path,
        command: Sequence[str | Path],
        width: int,
        height: int,
        environment: Mapping[str, str],
    ) -> None:
        self._socket = folder / "tmux"
        words = " ".join(shlex.quote(str(word)) for word in command)
        variables = " ".join(f"{name}={shlex.quote(text)}" for name, text in environment.items())
        # What ran before it is seen again when it has ended; and its exit status.
        self._command = f"echo before; {variables} {words}; echo status $?; exec cat"
        self._size = ("-x", str(width), "-y", str(height))

    def __enter__(self) -> Self:
        self._tmux("-f", "/dev/null", "new-session", "-d", *self._size, self._command)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._tmux("kill-server")

    @property
    def lines(self) -> list[str]:
        """What the terminal shows, without what is blank at the end of lines."""
        return self._tmux("capture-pane", "-p").splitlines()

    @property
    def text(self) -> str:
        """The same in one piece."""
        return "\n".join(self.lines)

    @property
    def program(self) -> int:
        """The process id of the program."""
        shell = self._tmux("list-panes", "-F", "#{pane_pid}").strip()
        children = Path(f"/proc/{shell}/task/{shell}/children")
        return int(wait_until(lambda: children.read_text().split(), "the program's start")[0])

    @property
    def modes(self) -> str:
        """Whether the other screen is shown, and the cursor: 0 or 1 for each."""
        return self._tmux("display", "-p", "#{alternate_on} #{cursor_flag}").strip()

    def wait_for(self, *texts: str) -> str:
        """Return what is shown once all of `texts` are among it at one time."""

        def look() -> str:
            shown = self.text
            return shown if all(text in shown for text in texts) else ""

        return wait_until(look, " and ".join(map(repr, texts)), SHOW_SECONDS)

    def press(self, *keys: str) -> None:
        """Press keys, by tmux's names for them."""
        self._tmux("send-keys", *keys)

    def resize(self, width: int, height: int) -> None:
        """Make it another size."""
        self._tmux("resize-window", "-x", str(width), "-y", str(height))

    def _tmux(self, *words: str) -> str:
        done = subprocess.run(
            ["tmux", "-S", self._socket, *words],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

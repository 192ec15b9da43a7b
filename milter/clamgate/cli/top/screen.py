"""The terminal: taken over while the view is on it, and given back however that ends."""

from __future__ import annotations

import os
import sys
import termios
import tty
from collections.abc import Iterable, Mapping
from contextlib import suppress
from types import TracebackType
from typing import Self

from rich.console import Console, ConsoleDimensions
from rich.live import Live
from rich.text import Text

from clamgate.cli.top.canvas import Line
from clamgate.cli.top.view import Size

NO_TERMINAL = (
    "this is no terminal that can be drawn on: `clamgate top --once` prints what there is to see"
)


class Screen:
    """The whole terminal. Keys arrive one by one; ctrl-c and ctrl-z still are signals."""

    def __init__(self) -> None:
        self._console = Console(highlight=False)
        self._keyboard = sys.stdin.fileno()
        self._before = termios.tcgetattr(self._keyboard)
        self._live: Live | None = None

    def __enter__(self) -> Self:
        self.take()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.give_back()

    @property
    def size(self) -> Size:
        """How large it is now. The variables COLUMNS and LINES may tell how it was once."""
        columns, lines = os.get_terminal_size(self._console.file.fileno())
        self._console.size = ConsoleDimensions(columns, lines)
        return Size(columns, lines)

    def fileno(self) -> int:
        """Return the descriptor that keys come from."""
        return self._keyboard

    def take(self) -> None:
        """Take the terminal over."""
        tty.setcbreak(self._keyboard, termios.TCSADRAIN)
        self._live = Live(
            console=self._console, screen=True, auto_refresh=False, vertical_overflow="crop"
        )
        self._live.start()

    def give_back(self) -> None:
        """Leave the terminal as it was, unless it is gone, or another's by now."""
        live, self._live = self._live, None
        if live is not None:
            with suppress(OSError):
                live.stop()
        with suppress(termios.error):
            termios.tcsetattr(self._keyboard, termios.TCSADRAIN, self._before)

    def keys(self) -> bytes:
        """Return what was typed; nothing if the terminal is gone."""
        try:
            return os.read(self._keyboard, 1024)
        except OSError:
            return b""

    def show(self, lines: Iterable[Line], *, ascii_only: bool) -> None:
        """Show lines, which are as many and as wide as the terminal has room for."""
        if self._live is not None:
            self._live.update(text_of(lines, ascii_only=ascii_only), refresh=True)


def can_be_drawn_on(environment: Mapping[str, str]) -> bool:
    """Say whether keys and lines come from and go to a terminal that is not a mere printer."""
    tty_both = sys.stdin.isatty() and sys.stdout.isatty()
    return tty_both and environment.get("TERM", "dumb") not in {"", "dumb", "unknown"}


def shows_ascii_only(environment: Mapping[str, str]) -> bool:
    """Say whether the terminal shows no more than ASCII, as far as its locale tells (locale(7))."""
    locale = next(filter(None, map(environment.get, ("LC_ALL", "LC_CTYPE", "LANG"))), "")
    return "utf8" not in locale.lower().replace("-", "")


def text_of(lines: Iterable[Line], *, ascii_only: bool) -> Text:
    """Return lines as one text; what the terminal cannot show becomes a question mark."""
    text = Text(no_wrap=True, overflow="crop", end="")
    for number, line in enumerate(lines):
        if number:
            text.append("\n")
        for piece, style in line:
            shown = piece.encode("ascii", "replace").decode() if ascii_only else piece
            text.append(shown, style or None)
    return text

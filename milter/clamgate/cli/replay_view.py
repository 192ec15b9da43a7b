"""How a replay shows where it is: a bar on a terminal, a plain line now and then elsewhere."""

from __future__ import annotations

import sys
import time
from types import TracebackType
from typing import Protocol, Self

import click
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn
from rich.text import Text

_EVERY_SECONDS = 10.0


class View(Protocol):
    """Shows lines, and how far it is; a context manager that takes down what it put up."""

    def __enter__(self) -> Self:
        """Begin."""

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """End."""

    def line(self, text: str, *, problem: bool = False) -> None:
        """Show a line: of the results, or on standard error of a problem."""

    def advance(self, mails: int, size: int) -> None:
        """Show how far it is: mails so far, and bytes of them."""

    def complete(self) -> None:
        """Show that all is done, also where less was sent than there is in the files."""


def make_view(total: int | None, *, results_to_stderr: bool = False) -> View:
    """Return the view for where standard error goes.

    Args:
        total: Bytes of all mail, None if unknown.
        results_to_stderr: Because standard output is taken.
    """
    kind = Bar if sys.stderr.isatty() else Plain
    return kind(total, results_to_stderr=results_to_stderr)


class Bar:
    """For a terminal: a bar at the foot of it, with mails, rate and time left."""

    def __init__(self, total: int | None, *, results_to_stderr: bool) -> None:
        self._above_bar = results_to_stderr or sys.stdout.isatty()
        self._started = time.monotonic()
        self._progress = Progress(
            BarColumn(),
            TaskProgressColumn(),
            TextColumn("{task.fields[mails]} mails"),
            TextColumn("{task.fields[rate]:.1f}/s"),
            TimeRemainingColumn(),
            TextColumn("left"),
            console=Console(stderr=True),
            redirect_stdout=False,
            redirect_stderr=False,
        )
        self._task = self._progress.add_task("", total=total, mails=0, rate=0.0)

    def __enter__(self) -> Self:
        self._progress.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._progress.stop()

    def line(self, text: str, *, problem: bool = False) -> None:
        """Show a line above the bar, or where results go if that is no terminal."""
        if problem or self._above_bar:
            self._progress.console.print(Text(text), soft_wrap=True)
        else:
            click.echo(text)

    def advance(self, mails: int, size: int) -> None:
        """Move the bar."""
        rate = mails / max(time.monotonic() - self._started, 0.001)
        self._progress.update(self._task, completed=size, mails=mails, rate=rate)

    def complete(self) -> None:
        """Fill the bar: separators of an mbox and mails that were left out had no part in it."""
        size = max(self._progress.tasks[0].completed, 1)
        self._progress.update(self._task, completed=size, total=size)


class Plain:
    """For a file or a pipe: lines, and every ten seconds how far it is."""

    def __init__(self, total: int | None, *, results_to_stderr: bool) -> None:
        self._total = total
        self._results_to_stderr = results_to_stderr
        self._started = time.monotonic()
        self._shown = self._started

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        return

    def line(self, text: str, *, problem: bool = False) -> None:
        """Show a line."""
        click.echo(text, err=problem or self._results_to_stderr)

    def advance(self, mails: int, size: int) -> None:
        """Say now and then how far it is."""
        now = time.monotonic()
        if now - self._shown >= _EVERY_SECONDS:
            self._shown = now
            click.echo(progress_words(mails, size, self._total, now - self._started), err=True)

    def complete(self) -> None:
        """Leave that to the tables."""


def progress_words(mails: int, size: int, total: int | None, seconds: float) -> str:
    """Return how far it is in words; the time left goes by bytes, as mails differ in size."""
    words = f"{mails} mails, {mails / seconds:.1f}/s"
    if not total or not size:
        return words
    left = max(total - size, 0) / size * seconds
    return f"{words}, {min(size / total, 1):.0%}, {left:.0f} s left"

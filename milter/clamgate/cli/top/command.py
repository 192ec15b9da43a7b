"""`clamgate top`: looks on while the filter works."""

from __future__ import annotations

import os
import select
import signal
import sys
import time

import click
from rich.console import Console

from clamgate.cli.asking import socket_option, socket_path
from clamgate.cli.errors import told_plainly
from clamgate.cli.options import conf_option
from clamgate.cli.top.keys import State, keys_in, press
from clamgate.cli.top.model import Model
from clamgate.cli.top.poller import Poller, sample
from clamgate.cli.top.screen import (
    NO_TERMINAL,
    Screen,
    can_be_drawn_on,
    shows_ascii_only,
    text_of,
)
from clamgate.cli.top.view import Size, draw
from clamgate.daemon.control.client import ControlError
from clamgate.daemon.signals import SignalQueue

_ENDING = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
_SIGNALS = (*_ENDING, signal.SIGWINCH, signal.SIGTSTP)
_ONCE = Size(100, 36)


@click.command()
@conf_option
@socket_option
@click.option(
    "--interval",
    metavar="SECONDS",
    type=click.FloatRange(0.2, 60),
    default=1.0,
    show_default=True,
    help="How often to ask the filter.",
)
@click.option("--once", is_flag=True, help="Print the view once, and leave.")
@click.option(
    "--ascii/--utf8",
    "ascii_only",
    default=None,
    help="What the terminal shows; otherwise its locale tells.",
)
def top(
    conf: str, socket: str | None, *, interval: float, once: bool, ascii_only: bool | None
) -> None:
    """Look on: rates, times, workers, clamds, and each decision as it is made.

    Keys: q quits, p pauses, f shows all decisions or those of mail that is not clean or infected,
    / searches, escape shows all again.
    """
    if ascii_only is None:
        ascii_only = shows_ascii_only(os.environ)
    with told_plainly():
        path = socket_path(conf, socket)
        if once:
            _print_once(path, interval, ascii_only=ascii_only)
            return
        if not can_be_drawn_on(os.environ):
            raise ControlError(NO_TERMINAL)
    with SignalQueue(_SIGNALS) as signals, Screen() as screen:
        _Show(path, interval, screen, signals, ascii_only=ascii_only).run()


def _print_once(path: str, interval: float, *, ascii_only: bool) -> None:
    """Ask twice: clamds are asked aside, and their answers are there the second time."""
    model = Model()
    for pause in (interval, 0.0):
        answer = sample(path, model.serial)
        if answer.error:
            raise ControlError(answer.error)
        model.take(answer)
        time.sleep(pause)
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _ONCE.width)
    size = Size(console.width, _ONCE.height)
    *lines, _ = draw(model, State(), size, ascii_only=ascii_only)
    text = text_of(lines, ascii_only=ascii_only)
    text.rstrip()  # room for decisions that are to come
    for line in text.split("\n"):
        line.rstrip()
        console.print(line, no_wrap=True, overflow="crop")


class _Show:
    """What goes on while it is on the screen."""

    def __init__(
        self,
        path: str,
        interval: float,
        screen: Screen,
        signals: SignalQueue,
        *,
        ascii_only: bool,
    ) -> None:
        self._interval = interval
        self._screen = screen
        self._signals = signals
        self._ascii_only = ascii_only
        self._poller = Poller(path, signals.wake)
        self._model = Model()
        self._state = State()
        self._due = 0.0

    def run(self) -> None:
        """Go on until somebody has seen enough."""
        poll = select.poll()
        poll.register(self._screen, select.POLLIN)
        poll.register(self._signals, select.POLLIN)
        self._draw()
        while not self._state.done:
            self._ask_if_due()
            pause = None if self._state.paused else max(0.0, self._due - time.monotonic()) * 1000
            ready = {descriptor for descriptor, _ in poll.poll(pause)}
            if self._screen.fileno() in ready:
                self._take_keys()
            for number in self._signals.take():
                self._take_signal(number)
            while (answer := self._poller.take()) is not None:
                self._model.take(answer)
            self._draw()

    def _ask_if_due(self) -> None:
        now = time.monotonic()
        if now >= self._due and not self._state.paused:
            self._due = now + self._interval
            self._poller.want(self._model.serial)

    def _take_keys(self) -> None:
        data = self._screen.keys()
        if not data:  # nobody is at the keyboard any more
            self._state = press(self._state, "\x03")
        for key in keys_in(data):
            self._state = press(self._state, key)

    def _take_signal(self, number: int) -> None:
        if number in _ENDING:
            self._state = press(self._state, "\x03")
        elif number == signal.SIGTSTP:
            self._screen.give_back()
            os.kill(os.getpid(), signal.SIGSTOP)
            self._screen.take()

    def _draw(self) -> None:
        try:
            size = self._screen.size
            lines = draw(self._model, self._state, size, ascii_only=self._ascii_only)
            self._screen.show(lines, ascii_only=self._ascii_only)
        except OSError:  # the terminal is gone
            self._state = press(self._state, "\x03")

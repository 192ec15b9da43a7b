"""The supervisor at work: processes, signals, output and time, as its decisions have it."""

from __future__ import annotations

import os
import selectors
import signal
import time
from collections.abc import Callable, Mapping, Sequence
from types import FrameType, MappingProxyType
from typing import Protocol

from clamgate.container.errors import ContainerError
from clamgate.container.lines import LineSplitter, Printer
from clamgate.container.processes import can_take, reap, send, spawn
from clamgate.container.state import ServiceState, State
from clamgate.container.supervision import Action, End, Say, Send, Service, Start, Supervisor
from clamgate.container.words import shell_status

_READ_BYTES = 65536
# How often a service that is starting is asked whether it is ready, or can be sent a signal.
_ASK_EVERY = 0.2
_LONGEST_WAIT = 3600.0

# What each signal to the container means, besides those to stop: whom it is passed on to.
PASSED_ON: Mapping[signal.Signals, tuple[str, ...]] = MappingProxyType(
    {
        signal.SIGHUP: ("filter", "clamd", "freshclam"),  # reload, reopen logs
        signal.SIGUSR1: ("freshclam",),  # look for updates now
        signal.SIGUSR2: ("clamd",),  # reload the database
    }
)
_TO_STOP = (signal.SIGTERM, signal.SIGINT, signal.SIGQUIT)


class Unit(Protocol):
    """What the stack has to know of a service."""

    @property
    def service(self) -> Service:
        """Its place among the others."""

    @property
    def prefix(self) -> str:
        """What stands before its lines."""

    @property
    def socket(self) -> str:
        """Where health asks it, as a conf has it; empty if it cannot be asked."""

    def command(self) -> Sequence[str]:
        """Prepare its start, and return the command.

        Raises:
            ContainerError: It cannot be started as things are.
        """

    def renew(self) -> bool:
        """Bring its conf up to date while it runs; whether it is any use to have it read that."""

    def is_ready(self) -> bool:
        """Whether it does its work now."""

    def hear(self, line: str) -> None:
        """Take notice of a line that it prints."""

    def judge(self, status: int) -> tuple[int, float]:
        """Return what its end comes to, and for how many seconds another start is no use."""


class Stack:
    """Runs the units until told to stop, or until one of them cannot be kept up.

    Args:
        units: In the order of their start.
        printer: Takes all output.
        publish: Told the state, whenever it has changed.
        database: The folder with the database, for the state.
    """

    def __init__(
        self,
        units: Sequence[Unit],
        printer: Printer,
        publish: Callable[[State], None],
        database: str,
    ) -> None:
        self._units = {unit.service.name: unit for unit in units}
        self._supervisor = Supervisor([unit.service for unit in units])
        self._printer = printer
        self._publish = publish
        self._database = database
        self._pids: dict[str, int] = {}
        self._held: dict[str, set[int]] = {}
        self._status: int | None = None
        self._selector = selectors.DefaultSelector()

    def run(self) -> int:
        """Run, and return the exit status."""
        read, write = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        signal.set_wakeup_fd(write, warn_on_full_buffer=False)
        for number in (*_TO_STOP, *PASSED_ON, signal.SIGCHLD):
            signal.signal(number, _noted_by_wakeup)
        self._selector.register(read, selectors.EVENT_READ, None)
        self._do(self._supervisor.begin(time.monotonic()))
        while self._status is None:
            self._wait_once(read)
        self._drain()
        return self._status

    def _wait_once(self, signals: int) -> None:
        for key, _ in self._selector.select(self._patience()):
            if key.fd == signals:
                for number in os.read(signals, _READ_BYTES):
                    self._on_signal(number)
            else:
                self._read(key.fd, *key.data)
        self._collect()
        self._pass_on()
        for name in self._supervisor.starting:
            if self._units[name].is_ready():
                self._do(self._supervisor.ready(name, time.monotonic()))
        self._do(self._supervisor.tick(time.monotonic()))

    def _patience(self) -> float:
        if self._supervisor.starting or self._held:
            return _ASK_EVERY
        at = self._supervisor.next_time()
        return _LONGEST_WAIT if at is None else max(at - time.monotonic(), 0.0)

    def _on_signal(self, number: int) -> None:
        if number in _TO_STOP:
            again = self._supervisor.stopping
            name = signal.Signals(number).name
            self._printer.say(f"{name}: stopping" + (" at once" if again else ""))
            # 0 for an orderly stop, and what a shell would say of one that was cut short.
            status = shell_status(-number) if again else 0
            self._do(self._supervisor.stop(status, time.monotonic()))
        for name in PASSED_ON.get(signal.Signals(number), ()):
            reloads = number == signal.SIGHUP
            if name in self._pids and (not reloads or self._units[name].renew()):
                self._held.setdefault(name, set()).add(number)

    def _pass_on(self) -> None:
        """Send services the signals for them, each once it can take them.

        Until then freshclam is killed by a request for updates, as long as its first look for them
        takes, and clamd passes over that it is to load its database, which it is just loading.
        """
        for name in list(self._held):
            pid = self._pids[name]
            for number in sorted(self._held[name]):
                if can_take(pid, number):
                    self._held[name].remove(number)
                    send(pid, number)
            if not self._held[name]:
                del self._held[name]

    def _collect(self) -> None:
        for pid, status in reap():
            names = [name for name, known in self._pids.items() if known == pid]
            for name in names:  # nobody's: an orphan that came to us as PID 1
                del self._pids[name]
                self._held.pop(name, None)  # the next one begins with all as it is now
                self._drain()
                now = time.monotonic()
                judged, pause = self._units[name].judge(status)
                self._do(self._supervisor.exited(name, judged, now, now + pause))

    def _do(self, actions: Sequence[Action]) -> None:
        for action in actions:
            match action:
                case Start(name):
                    self._start(name)
                case Send(name, number):
                    if name in self._pids:
                        send(self._pids[name], number)
                case Say(text):
                    self._printer.say(text)
                case End(status):
                    self._status = status
        if actions:
            self._publish(self._state())

    def _start(self, name: str) -> None:
        unit = self._units[name]
        try:
            child = spawn(unit.command())
        except (ContainerError, OSError) as error:
            self._do(self._supervisor.failed_to_start(name, str(error), time.monotonic()))
            return
        self._pids[name] = child.pid
        self._selector.register(child.output, selectors.EVENT_READ, (unit, LineSplitter()))

    def _read(self, descriptor: int, unit: Unit, splitter: LineSplitter) -> bool:
        """Print what has arrived; say whether there may be more."""
        try:
            data = os.read(descriptor, _READ_BYTES)
        except BlockingIOError:
            return False
        lines = splitter.feed(data) if data else splitter.close()
        for line in lines:
            unit.hear(line)
            self._printer.print(unit.prefix, line)
        if not data:
            self._selector.unregister(descriptor)
            os.close(descriptor)
        return bool(data)

    def _drain(self) -> None:
        """Print all that has been said so far: the last words of those that have ended."""
        for key in list(self._selector.get_map().values()):
            if key.data is not None:
                while self._read(key.fd, *key.data):
                    pass

    def _state(self) -> State:
        services = {
            name: ServiceState(phase.value, self._pids.get(name, 0), self._units[name].socket)
            for name, phase in self._supervisor.phases.items()
            if not self._units[name].service.once
        }
        return State("", services, self._database)


def _noted_by_wakeup(_number: int, _frame: FrameType | None) -> None:
    """Let the interpreter write the number to the wake-up descriptor; that is all we need."""

"""The whole filter, put together and run: the only place that knows every part."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable
from contextlib import ExitStack

from clamgate import __version__
from clamgate.clamd.scanner import ClamdScanner
from clamgate.core.events import Observer, Started, Stopped, Stopping
from clamgate.core.settings import Settings
from clamgate.daemon import privileges
from clamgate.daemon.expirer import Duty, Expirer
from clamgate.daemon.libmilter import LibMilter
from clamgate.daemon.listener import family_of, open_listener
from clamgate.daemon.pidfile import PidFile
from clamgate.daemon.quarantine import make_directory, open_quarantine, start_quarantine
from clamgate.daemon.signals import SignalQueue
from clamgate.daemon.watchers import Watchers, sinks_outside
from clamgate.daemon.wiring import make_services
from clamgate.mta.adapter import Adapter
from clamgate.mta.inflight import InFlight
from clamgate.mta.session import Session
from clamgate.quarantine.expiry import limits_of
from clamgate.quarantine.gate import SignedReleases

# How long a stop waits for messages in flight. Postfix gives up on an answer after 300 s.
_STOP_TIMEOUT = 60.0
# libmilter writes a message's last reply after our last callback has returned.
_LAST_REPLY = 0.25
_POLL = 0.1

_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


def serve(settings: Settings, ready: Callable[[], None]) -> int:
    """Run the filter until SIGTERM or SIGINT, and return the exit status.

    libmilter's threads still live when this returns: the process must then end with `os._exit`.

    Args:
        settings: Everything a conf says.
        ready: Called once the socket accepts connections.

    Raises:
        StartError: It cannot start; nothing is left behind.
    """
    account = privileges.account_to_become(settings.process.user)
    gid = privileges.group_id(settings.listen.group)
    privileges.raise_descriptor_limit()
    with ExitStack() as stack:
        quarantine = open_quarantine(settings.quarantine)
        expirer = None
        if quarantine is not None:
            limits, root = limits_of(settings.quarantine), settings.process.chroot
            expirer = Expirer(Duty(quarantine, limits, root, account))
            stack.callback(expirer.close)
        signals = stack.enter_context(SignalQueue(_SIGNALS))
        sinks = sinks_outside(settings)
        engine = LibMilter(ended=signals.wake)
        # No session is made before MTAs can connect, and the services are complete by then.
        Adapter(
            lambda: Session(services),
            settings.exclusions,
            removes_recipients=settings.rules.may_remove_recipients,
        ).register("clamgate")
        engine.open(family_of(settings.listen.socket))
        if settings.process.chroot is not None:
            privileges.enter_chroot(settings.process.chroot)
        watchers = Watchers(settings, account, sinks)
        stack.callback(watchers.close)
        listener = open_listener(settings.listen, account, gid)
        stack.callback(listener.withdraw)
        if settings.process.pid_file is not None:
            stack.callback(PidFile(settings.process.pid_file).remove)
        if quarantine is not None:
            make_directory(quarantine.directory, account)
        if account is not None:
            privileges.become(account)
        watchers.start()
        scanner = ClamdScanner(settings.clamd, settings.spooling.max_file_size, watchers.observer)
        gate = None
        if quarantine is not None:
            start_quarantine(quarantine, watchers.observer)
            gate = SignedReleases(quarantine, settings.quarantine.release_from, time.time)
        if expirer is not None:
            expirer.begin(watchers.observer)
            stack.callback(expirer.close)  # before the log is
        services = make_services(settings, scanner, watchers.observer, quarantine, gate)
        engine.attach(listener.socket)
        engine.start()
        watchers.observer.observe(Started(listener.name, __version__))
        scanner.start()
        stack.callback(scanner.close)
        ready()
        status = _until_told_to_stop(signals, watchers, engine)
        engine.divert()
        listener.shut()
        _finish(services.in_flight, signals, watchers.observer)
        return status


def _until_told_to_stop(signals: SignalQueue, watchers: Watchers, engine: LibMilter) -> int:
    """Wait for the signal to stop; SIGHUP meanwhile reopens the log. Return the exit status.

    A signal that comes in the instant in which libmilter's signal thread is just starting may be
    taken by that one; libmilter then ends its loop by itself, within 5 s.
    """
    while True:
        match signals.wait():
            case signal.SIGHUP:
                watchers.reopen()
            case signal.SIGTERM | signal.SIGINT:
                return 0
            case _:  # libmilter's loop has ended: without it nothing is served
                return int(engine.failed)


def _finish(in_flight: InFlight, signals: SignalQueue, observer: Observer) -> None:
    """Let the messages in flight finish, unless a second signal says to stop at once."""
    observer.observe(Stopping(in_flight.count))
    deadline = time.monotonic() + _STOP_TIMEOUT
    told_again = False
    while in_flight.count and not told_again and time.monotonic() < deadline:
        told_again = signals.wait(_POLL) in (signal.SIGTERM, signal.SIGINT)
    if not told_again:
        signals.wait(_LAST_REPLY)
    observer.observe(Stopped(in_flight.count))

"""QuarantineMaxAge and QuarantineMaxSize, enforced on a timer by a process of its own.

Mail never waits for it. It says over a link what it did, and ends when that is closed.
"""

from __future__ import annotations

import os
import select
import signal
import threading
import time
import traceback
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clamgate.core.events import Fault, Observer, QuarantineExpired
from clamgate.daemon import privileges
from clamgate.daemon.link import Link, LinkClosedError
from clamgate.daemon.privileges import Account
from clamgate.daemon.title import set_title
from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.expiry import Expired, Limits, expire_for_ever

if TYPE_CHECKING:  # SQLAlchemy comes with it, and 19 MiB that only a quarantine is worth
    from clamgate.quarantine.store import Quarantine

_FINISH = 5.0
_LONG = 3600.0
_BROKEN = 70  # EX_SOFTWARE of sysexits.h


@dataclass(frozen=True, slots=True)
class Duty:
    """What the process works with.

    Attributes:
        quarantine: Whose limits they are; not opened yet.
        limits: The limits.
        chroot: The directory to make its root, None for none.
        account: Who to become, None to stay who we are.
    """

    quarantine: Quarantine
    limits: Limits
    chroot: str | None = None
    account: Account | None = None

    def run(self, link: Link) -> int:
        """Be the process, and return the exit status.

        Args:
            link: Its first message is to begin, any other one to stop. It is told what was removed
                (``expired``: how many messages, and their bytes on disk), and of ``trouble``.
        """
        set_title("clamgate: expirer")
        if self.chroot is not None:
            privileges.enter_chroot(self.chroot)
        if self.account is not None:
            privileges.become(self.account)
        if not _stopped(link, _LONG, orders={"begin"}):
            expire_for_ever(
                self.quarantine,
                self.limits,
                clock=time.time,
                wait=lambda seconds: _stopped(link, seconds),
                report=lambda what: _report(link, what),
            )
        return 0


class Expirer:
    """The process, as the filter has it. To be made before any thread, and any socket, is.

    Args:
        duty: What it does.
    """

    def __init__(self, duty: Duty) -> None:
        self._link, theirs = Link.pair()
        self._closing = False
        self._thread: threading.Thread | None = None
        self.pid = os.fork()
        if self.pid == 0:
            self._link.close()
            _live(duty, theirs)
        theirs.close()

    def begin(self, observer: Observer) -> None:
        """Have it begin, and tell an observer what it does from now on."""
        self._link.send({"order": "begin"})
        self._thread = threading.Thread(target=self._hear, args=(observer,), name="expirer")
        self._thread.start()

    def close(self) -> None:
        """End it: what it is just removing is removed first, if that does not take long.

        Calling it twice does nothing.
        """
        if self._closing:
            return
        self._closing = True
        self._link.send({"order": "stop"})
        if not _ended(self.pid, _FINISH):
            os.kill(self.pid, signal.SIGKILL)
        os.waitpid(self.pid, 0)
        if self._thread:
            self._thread.join()
        self._link.close()

    def _hear(self, observer: Observer) -> None:
        try:
            while True:
                message = self._link.wait(_LONG) or {}
                if "expired" in message:
                    observer.observe(QuarantineExpired(*message["expired"]))
                if "trouble" in message:
                    observer.observe(Fault("quarantine", message["trouble"]))
        except LinkClosedError:
            if not self._closing:
                text = "the process that enforces its limits has ended: restart the filter"
                observer.observe(Fault("quarantine", text))


def _live(duty: Duty, link: Link) -> None:
    """Be the child: nothing of the filter's may go on in here, whatever happens."""
    status = _BROKEN
    try:
        signal.set_wakeup_fd(-1)
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # we end with the filter, not before it
        status = duty.run(link)
    except BaseException:  # noqa: BLE001  it must end here, and say why
        traceback.print_exc()
    finally:
        os._exit(status)


def _stopped(link: Link, seconds: float, orders: frozenset[str] | set[str] = frozenset()) -> bool:
    """Wait for an order; say whether it was another than these, or will never come."""
    try:
        message = link.wait(seconds)
    except LinkClosedError:
        return True
    return message is not None and message.get("order") not in orders


def _report(link: Link, what: Expired | QuarantineError) -> None:
    match what:
        case Expired(messages, size):
            link.send({"expired": [messages, size]})
        case QuarantineError():
            link.send({"trouble": str(what)})


def _ended(pid: int, seconds: float) -> bool:
    """Wait for a child's end; say whether it came in time."""
    descriptor = os.pidfd_open(pid)
    try:
        poll = select.poll()
        poll.register(descriptor, select.POLLIN)
        return bool(poll.poll(seconds * 1000))
    finally:
        os.close(descriptor)

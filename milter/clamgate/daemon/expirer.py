"""The process that keeps the quarantine in order: made ready, mended, and kept within its limits.

Mail never waits for it. It says over a link what it did, and ends when that is closed.
"""

from __future__ import annotations

import signal
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from clamgate.core.settings import Settings
from clamgate.daemon import privileges
from clamgate.daemon.errors import StartError
from clamgate.daemon.link import Link, LinkClosedError
from clamgate.daemon.privileges import Account
from clamgate.daemon.quarantine import make_directory, open_quarantine
from clamgate.daemon.title import set_title
from clamgate.quarantine.errors import QuarantineError
from clamgate.quarantine.expiry import Expired, expire_for_ever, limits_of

if TYPE_CHECKING:  # SQLAlchemy comes with it, and 19 MiB that only a quarantine is worth
    from clamgate.quarantine.store import Quarantine

_TELLING = 15.0
"""Seconds between two words of what is stored."""


@dataclass(frozen=True, slots=True)
class Expirer:
    """What the process works with.

    Attributes:
        settings: QuarantineDirectory, its index and its limits, and Chroot.
        account: Who to become, None to stay who we are.
    """

    settings: Settings
    account: Account | None = None

    def run(self, link: Link) -> int:
        """Be the process, and return the exit status.

        Args:
            link: It is told ``ready`` once messages can be stored, or why they cannot
                (``failed``); then what was removed (``expired``: how many messages, and their
                bytes on disk), with MetricsListen what is ``stored`` (the same), and of
                ``trouble``. Whatever it says means to stop.
        """
        set_title("clamgate: expirer")
        for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
            signal.signal(number, signal.SIG_IGN)  # we end with the filter, not before it
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        try:
            quarantine = self._open()
        except (StartError, QuarantineError) as error:
            link.send({"failed": str(error)})
            return 1
        if quarantine is None:
            return 0
        link.send({"ready": True})
        _mend(quarantine, link)
        expire_for_ever(
            quarantine,
            limits_of(self.settings.quarantine),
            clock=time.time,
            wait=lambda seconds: self._stopped(quarantine, link, seconds),
            report=lambda what: _report(link, what),
        )
        return 0

    def _open(self) -> Quarantine | None:
        quarantine = open_quarantine(self.settings.quarantine)
        if quarantine is None:
            return None
        if self.settings.process.chroot is not None:
            privileges.enter_chroot(self.settings.process.chroot)
        make_directory(quarantine.directory, self.account)
        if self.account is not None:
            privileges.become(self.account)
        quarantine.prepare()
        return quarantine

    def _stopped(self, quarantine: Quarantine, link: Link, seconds: float) -> bool:
        """Wait for the order to stop, for as long; meanwhile tell what is stored."""
        if self.settings.process.metrics_listen is None:
            return _ordered(link, seconds)
        end = time.monotonic() + seconds
        while (left := end - time.monotonic()) > 0:
            _tell_what_is_stored(quarantine, link)
            if _ordered(link, min(left, _TELLING)):
                return True
        return False


def _tell_what_is_stored(quarantine: Quarantine, link: Link) -> None:
    try:
        link.send({"stored": quarantine.index.totals()})
    except QuarantineError as error:
        link.send({"trouble": str(error)})


def _mend(quarantine: Quarantine, link: Link) -> None:
    """Mend what a crash may have left behind, while messages are stored already."""
    try:
        for text in quarantine.recover().words():
            link.send({"trouble": text})
    except QuarantineError as error:
        link.send({"trouble": str(error)})


def _ordered(link: Link, seconds: float) -> bool:
    """Wait for the order to stop, for as long; say whether it came, or none ever will."""
    try:
        return link.wait(seconds) is not None
    except LinkClosedError:
        return True


def _report(link: Link, what: Expired | QuarantineError) -> None:
    match what:
        case Expired(messages, size):
            link.send({"expired": [messages, size]})
        case QuarantineError():
            link.send({"trouble": str(what)})

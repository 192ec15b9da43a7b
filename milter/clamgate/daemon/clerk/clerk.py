"""The clerk's process: takes what all others say, writes or remembers it, and answers who asks.

Mail never waits for it. If it dies the master makes a new one, and the lines wait in the channel
meanwhile. It ends when nobody is left who could write to the channel.
"""

from __future__ import annotations

import select
import signal
import socket
from dataclasses import dataclass
from functools import partial
from typing import Any

from clamgate.core.settings import Settings
from clamgate.daemon import privileges
from clamgate.daemon.clerk.clamds import ClamdWatch
from clamgate.daemon.clerk.desk import Desk
from clamgate.daemon.clerk.history import answer_history
from clamgate.daemon.clerk.sinks import log_file, sinks_outside
from clamgate.daemon.clerk.watching import Watching
from clamgate.daemon.errors import StartError
from clamgate.daemon.link import Link, LinkClosedError
from clamgate.daemon.privileges import Account
from clamgate.daemon.signals import SignalQueue
from clamgate.daemon.title import set_title
from clamgate.observe.history.ring import Ring
from clamgate.observe.lines import LogLine
from clamgate.observe.logbook import Logbook
from clamgate.observe.relay import LARGEST_PACKET, unpack


@dataclass(frozen=True, slots=True)
class Clerk:
    """What the clerk's process works with.

    Attributes:
        settings: Where lines are written.
        account: Who to become.
        channel: The end to read lines from.
        control: The listening control socket, None if there is none.
        history: Where the last messages are remembered, None if they are not.
    """

    settings: Settings
    account: Account | None
    channel: socket.socket
    control: socket.socket | None
    history: Ring | None

    def run(self, link: Link) -> int:
        """Be the clerk, and return the exit status.

        Args:
            link: To the master, which is told ``ready`` or why not (``failed``), and which tells
                us to ``reopen`` the log, or to ``finish``: then another clerk takes over.
        """
        set_title("clamgate: clerk")
        # What ends the filter is told to the master; we stay until the last line is written.
        caught = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
        with SignalQueue(caught):
            signal.pthread_sigmask(signal.SIG_SETMASK, ())
            try:
                logbook = self._open()
            except StartError as error:
                link.send({"failed": str(error)})
                return 1
            watching = Watching(self.history, ClamdWatch(self.settings.clamd.sockets))
            desk = Desk(
                link,
                {"history": partial(answer_history, self.history), "watch": watching.answer},
            )
            if self.control:
                desk.open(self.control)
            link.send({"ready": True})
            _write_all(logbook, self.history, self.channel, link, desk)
            logbook.close()
        return 0

    def _open(self) -> Logbook:
        outside = sinks_outside(self.settings)
        if self.settings.process.chroot is not None:
            privileges.enter_chroot(self.settings.process.chroot)
        file = log_file(self.settings, self.account, outside)
        if self.account is not None:
            privileges.become(self.account)
        return Logbook((*outside, *file))


def _write_all(
    logbook: Logbook, history: Ring | None, channel: socket.socket, link: Link, desk: Desk
) -> None:
    """Write until told to finish, or until there is nobody left to hear from."""
    poll = select.poll()
    poll.register(channel, select.POLLIN)
    poll.register(link, select.POLLIN)
    while True:
        ready = {descriptor for descriptor, _ in poll.poll()}
        # Orders first: what a SIGHUP came before is written to the new file.
        if link.fileno() in ready:
            try:
                message = link.receive() or {}
            except LinkClosedError:
                poll.unregister(link)
                desk.close()
                continue
            if _is_the_last(message, logbook, desk):
                return
        if channel.fileno() in ready:
            # It stays in the channel until it is written: if we are killed meanwhile, the next
            # clerk writes it again. There never are two of us at a time.
            packet = channel.recv(LARGEST_PACKET, socket.MSG_PEEK)
            if not packet:
                return
            try:
                _keep(packet, logbook, history)
            finally:
                channel.recv(1)


def _is_the_last(message: dict[str, Any], logbook: Logbook, desk: Desk) -> bool:
    """Do what the master says, and say whether that was to finish."""
    if "answer" in message:
        desk.deliver(message["answer"])
    match message.get("order"):
        case "reopen":
            logbook.reopen()
        case "finish":
            desk.finish()
            return True
    return False


def _keep(packet: bytes, logbook: Logbook, history: Ring | None) -> None:
    lines: list[LogLine] = []
    entries: list[bytes] = []
    for record in unpack(packet):
        if isinstance(record, bytes):
            entries.append(record)
        else:
            lines.append(record)
    logbook.write(*lines)
    if history is not None:
        history.append(*entries)

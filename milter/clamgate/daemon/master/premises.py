"""What is bound at the start and kept for life: sockets, pid file, the channel of log lines."""

from __future__ import annotations

import importlib
import socket
from contextlib import ExitStack
from dataclasses import dataclass

from clamgate.core.settings import Settings
from clamgate.daemon import privileges
from clamgate.daemon.activation import passed_listener
from clamgate.daemon.control.address import control_path
from clamgate.daemon.errors import StartError
from clamgate.daemon.listener import Listener, open_control, open_listener
from clamgate.daemon.metrics_folder import MetricsFolder, make_metrics_folder
from clamgate.daemon.metrics_listener import open_metrics
from clamgate.daemon.pidfile import PidFile
from clamgate.daemon.privileges import Account
from clamgate.observe.relay import make_channel


@dataclass(frozen=True, slots=True)
class MetricsPlace:
    """The socket that metrics are served from, and the folder where workers leave them."""

    listener: Listener
    folder: MetricsFolder


@dataclass(frozen=True, slots=True)
class Premises:
    """All of it.

    Attributes:
        account: Who workers and clerk become, None to stay who we are.
        listener: The socket that MTAs connect to.
        control: The control socket, None if there is none.
        reader: Where the clerk reads log lines and entries of the history.
        writer: Where everybody writes them.
        remark: What is not as it could be, empty if all is well.
        metrics: The socket and the folder of metrics, None if there are none.
    """

    account: Account | None
    listener: Listener
    control: Listener | None
    reader: socket.socket
    writer: socket.socket
    remark: str
    metrics: MetricsPlace | None = None

    def history_size(self, settings: Settings) -> int:
        """Return how many messages are remembered: none if nobody could ask for them."""
        return settings.history_size if self.control else 0

    def close_all(self, *, but_metrics: bool = False) -> None:
        """Close what is open of it, in a child that needs nothing of it (or metrics only)."""
        self.reader.close()
        self.writer.close()
        self.listener.socket.close()
        if self.control:
            self.control.socket.close()
        if not but_metrics:
            self.close_metrics()

    def close_metrics(self) -> None:
        """Close the socket of metrics, in a child that does not serve them."""
        if self.metrics:
            self.metrics.listener.socket.close()


def open_premises(settings: Settings, stack: ExitStack) -> Premises:
    """Open it all, and have `stack` take it down.

    Raises:
        StartError: The conf asks for what cannot be had.
    """
    account = privileges.account_to_become(settings.process.user)
    gid = privileges.group_id(settings.listen.group)
    root = settings.process.chroot or ""
    listener = passed_listener(settings.listen.socket)
    if listener is None:
        listener = open_listener(settings.listen, account, gid, root=root)
    stack.callback(listener.withdraw)
    if settings.process.pid_file is not None:
        stack.callback(PidFile(root + settings.process.pid_file).remove)
    control, remark = _open_control(settings, account)
    if control is not None:
        stack.callback(control.withdraw)
    reader, writer = make_channel()
    stack.callback(reader.close)
    stack.callback(writer.close)
    metrics = _open_metrics(settings, account, stack)
    return Premises(account, listener, control, reader, writer, remark, metrics)


def _open_metrics(
    settings: Settings, account: Account | None, stack: ExitStack
) -> MetricsPlace | None:
    """Open what metrics need, and load their library here: all children share its memory."""
    endpoint = settings.process.metrics_listen
    if endpoint is None:
        return None
    listener = open_metrics(endpoint)
    stack.callback(listener.withdraw)
    importlib.import_module("clamgate.observe.metrics.families")
    importlib.import_module("clamgate.daemon.exporter.exporter")
    root = settings.process.chroot or ""
    folder = make_metrics_folder(settings.spooling.temporary_directory, root, account)
    stack.callback(folder.remove)
    return MetricsPlace(listener, folder)


def _open_control(settings: Settings, account: Account | None) -> tuple[Listener | None, str]:
    """Open the control socket. Where nobody asked for it, it may fail: mail comes first."""
    path = control_path(settings)
    if path is None:
        return None, ""
    try:
        return open_control(path, account), ""
    except StartError as error:
        if settings.process.control_socket is not None:
            raise
        return None, str(error)

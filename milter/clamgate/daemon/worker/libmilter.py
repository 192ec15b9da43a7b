"""libmilter as an engine: it serves a listening socket that we made, until we take it away."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import stat
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import milter

from clamgate.daemon.errors import StartError
from clamgate.daemon.worker.probe import Address, Probe, ProbeError

# libmilter compares the family of each connection with the one it opened itself.
_OWN_LISTENER = {
    socket.AF_INET: "inet:0@127.0.0.1",
    socket.AF_INET6: "inet6:0@[::1]",
}

WAKE = signal.SIGUSR2
"""Interrupts libmilter's loop; it has no other use for it."""

# Seconds.
_FIRST_ANSWER = 20.0


class LibMilter:
    """Runs libmilter's loop over our listener. There can be one in a process.

    libmilter insists on opening a socket by itself. It is given a private one, over which ours is
    then laid with dup2: libmilter never touches our path, owner or mode.

    Args:
        ended: Called, from another thread, when the loop ends.

    WAKE must be caught (by a handler of Python's that does nothing).

    Attributes:
        failed: Whether the loop ended with an error; libmilter's own words are in the system log.
    """

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended
        self._thread = threading.Thread(target=self._run, name="libmilter", daemon=True)
        self._descriptor = -1
        self._nowhere = _unreachable_listener()
        self.failed = False

    def start(self, family: socket.AddressFamily) -> Probe:
        """Serve, in threads of libmilter's own, nobody but us. The callbacks must be registered.

        Needs /proc and a folder for temporary files, which a chroot may not have.

        Args:
            family: That of the listener to come.

        Returns:
            A session with it, negotiated.

        Raises:
            StartError: libmilter cannot be set up.
        """
        before = _listening()
        folder = tempfile.mkdtemp(prefix="clamgate-")
        try:
            milter.setconn(_OWN_LISTENER.get(family, f"unix:{folder}/libmilter"))
            milter.opensocket(False)
            (self._descriptor,) = _listening() - before
            self._thread.start()
            probe = Probe(family, _address(self._descriptor))
            probe.negotiate(_FIRST_ANSWER)
        except milter.error as error:
            raise StartError(f"libmilter cannot open its socket in {folder}: {error}") from error
        except ProbeError as error:
            raise StartError(str(error)) from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        return probe

    def attach(self, listener: socket.socket) -> None:
        """Lay our listener over libmilter's, and take MTAs' connections from it."""
        self._lay(listener)

    def divert(self) -> None:
        """Take no more connections; the open ones go on.

        libmilter's own stop would reset them, messages in flight included. So its listener is
        replaced with one that nobody can reach.
        """
        self._lay(self._nowhere)

    def _lay(self, listener: socket.socket) -> None:
        os.dup2(listener.fileno(), self._descriptor, inheritable=False)
        # libmilter waits on the old one, for up to 5 s: a signal ends its wait.
        if self._thread.ident is not None and self._thread.is_alive():
            signal.pthread_kill(self._thread.ident, WAKE)

    def _run(self) -> None:
        try:
            milter.main()
        except milter.error:
            self.failed = True
        self._ended()


def _unreachable_listener() -> socket.socket:
    """Return a listening socket without a name: made now, as a chroot may have no place for it."""
    folder = tempfile.mkdtemp(prefix="clamgate-")
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        sock.bind(str(Path(folder) / "nowhere"))
        sock.listen(1)
        sock.setblocking(False)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    return sock


def _address(descriptor: int) -> Address:
    with socket.socket(fileno=os.dup(descriptor)) as duplicate:
        address: Address = duplicate.getsockname()
        return address


def _listening() -> set[int]:
    """Return the descriptors of this process that are listening sockets."""
    descriptors = [int(entry.name) for entry in Path("/proc/self/fd").iterdir()]
    return {descriptor for descriptor in descriptors if _is_listening(descriptor)}


def _is_listening(descriptor: int) -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
    except OSError:  # closed meanwhile: the listing of descriptors had one itself
        return False
    with socket.socket(fileno=os.dup(descriptor)) as duplicate:
        return bool(duplicate.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN))

"""libmilter as an engine: it serves a listening socket that we made, until we take it away."""

from __future__ import annotations

import os
import shutil
import socket
import stat
import tempfile
import threading
from collections.abc import Callable
from pathlib import Path

import milter

from clamgate.daemon.errors import StartError

# libmilter compares the family of each connection with the one it opened itself.
_OWN_LISTENER = {
    socket.AF_INET: "inet:0@127.0.0.1",
    socket.AF_INET6: "inet6:0@[::1]",
}


class LibMilter:
    """Runs libmilter's loop over our listener. There can be one in a process.

    libmilter insists on opening a socket by itself. It is given a private one, over which ours is
    then laid with dup2: libmilter never touches our path, owner or mode.

    Args:
        ended: Called, from another thread, when the loop ends.

    Attributes:
        failed: Whether the loop ended with an error; libmilter's own words are in the system log.
    """

    def __init__(self, ended: Callable[[], None]) -> None:
        self._ended = ended
        self._descriptor = -1
        self._nowhere = _unreachable_listener()
        self.failed = False

    def open(self, family: socket.AddressFamily) -> None:
        """Have libmilter open its listener. The callbacks must be registered.

        Needs /proc and a folder for temporary files, which a chroot may not have.

        Args:
            family: That of the listener to come.

        Raises:
            StartError: libmilter cannot be set up.
        """
        before = _listening()
        folder = tempfile.mkdtemp(prefix="clamgate-")
        try:
            milter.setconn(_OWN_LISTENER.get(family, f"unix:{folder}/libmilter"))
            milter.opensocket(False)
        except milter.error as error:
            raise StartError(f"libmilter cannot open its socket in {folder}: {error}") from error
        finally:
            shutil.rmtree(folder, ignore_errors=True)
        (self._descriptor,) = _listening() - before

    def attach(self, listener: socket.socket) -> None:
        """Lay our listener over libmilter's."""
        os.dup2(listener.fileno(), self._descriptor, inheritable=False)

    def start(self) -> None:
        """Serve, in threads of libmilter's own."""
        threading.Thread(target=self._run, name="libmilter", daemon=True).start()

    def divert(self) -> None:
        """Take no more connections; the open ones go on.

        libmilter's own stop would reset them, messages in flight included. So its listener is
        replaced with one that nobody can reach.
        """
        os.dup2(self._nowhere.fileno(), self._descriptor, inheritable=False)

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

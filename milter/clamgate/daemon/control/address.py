"""Where the control socket is: known to the filter and to who asks, from the same conf."""

from __future__ import annotations

from clamgate.core.settings import Settings, UnixEndpoint

NONE = ""
"""What ControlSocket comes to if there is to be none."""

_SUFFIX = ".control"


def control_path(settings: Settings) -> str | None:
    """Return its path, as it is outside of a chroot; None if there is no such socket.

    Unless the conf names one it is beside the milter's unix socket, or else beside the pid file.
    """
    root = settings.process.chroot or ""
    wanted = settings.process.control_socket
    if wanted is not None:
        return root + wanted if wanted != NONE else None
    match settings.listen.socket:
        case UnixEndpoint(path):
            return root + path + _SUFFIX
        case _:
            beside = settings.process.pid_file
            return root + beside + _SUFFIX if beside else None

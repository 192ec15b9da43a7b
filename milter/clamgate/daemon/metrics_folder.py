"""The folder in which workers leave their figures for the process that serves metrics.

It is made anew at each start. Whoever uses it has a lock on it, which the kernel drops when the
last of them has ended, however that was: so a start can tell what a killed filter left behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import shutil
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from clamgate.daemon.errors import StartError
from clamgate.daemon.privileges import Account

_PREFIX = "clamgate-metrics-"
_NEW = 60.0
"""Seconds: a younger one may be another filter's that has yet to lock it."""


@dataclass(frozen=True, slots=True)
class MetricsFolder:
    """A folder, for as long as any process has its descriptor.

    Attributes:
        path: As it is within Chroot.
        outside: As it is for the master.
        lock: An open descriptor of it, with a lock that children share.
    """

    path: Path
    outside: Path
    lock: int

    def remove(self) -> None:
        """Remove it, and what is in it."""
        shutil.rmtree(self.outside, ignore_errors=True)
        os.close(self.lock)


def make_metrics_folder(directory: str, root: str, owner: Account | None) -> MetricsFolder:
    """Make it, and remove those that nobody uses any more.

    Args:
        directory: TemporaryDirectory.
        root: The directory in which its path begins, empty for ``/``.
        owner: Whose it shall be; None leaves it ours.

    Raises:
        StartError: It cannot be made.
    """
    parent = Path(root + directory)
    uid = owner.uid if owner else os.geteuid()
    _sweep(parent, {uid, os.geteuid()})
    try:
        made = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=parent))
        lock = os.open(made, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        fcntl.flock(lock, fcntl.LOCK_SH)
        if owner is not None:
            os.chown(made, owner.uid, owner.gid)
    except OSError as error:
        raise StartError(
            f"TemporaryDirectory {directory}: cannot make a folder for metrics: {error.strerror}"
        ) from error
    return MetricsFolder(Path(directory) / made.name, made, lock)


def _sweep(parent: Path, uids: set[int]) -> None:
    """Remove those of ours that nobody has a lock on."""
    for old in parent.glob(_PREFIX + "*"):
        with contextlib.suppress(OSError):
            descriptor = os.open(old, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
            try:
                status = os.fstat(descriptor)
                if status.st_uid in uids and time.time() - status.st_mtime > _NEW:
                    fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                    shutil.rmtree(old, ignore_errors=True)
            finally:
                os.close(descriptor)

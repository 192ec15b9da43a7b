"""The quarantine of a running filter: opened before we are confined, used as who we become."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from clamgate.core.settings import Quarantine as Settings
from clamgate.daemon.errors import StartError
from clamgate.daemon.privileges import Account
from clamgate.quarantine.errors import QuarantineError

if TYPE_CHECKING:  # SQLAlchemy comes with it, and 19 MiB that only a quarantine is worth
    from clamgate.quarantine.store import Quarantine


def open_quarantine(settings: Settings, root: str = "") -> Quarantine | None:
    """Return the quarantine of a conf, None if it has none. Nothing is opened yet.

    Args:
        settings: What the conf says of it.
        root: The directory that the conf's paths begin at, empty for ``/``.

    Raises:
        StartError: The URL of its index cannot be used.
    """
    if settings.directory is None:
        return None
    from clamgate.quarantine.store import Quarantine  # noqa: PLC0415  see above

    try:
        return Quarantine(settings.directory, settings.index, root)
    except QuarantineError as error:
        raise StartError(str(error)) from error


def make_directory(directory: Path, owner: Account | None) -> None:
    """Make the directory if it is missing, for its owner alone.

    Args:
        directory: QuarantineDirectory.
        owner: The account it shall belong to; None leaves it ours.

    Raises:
        StartError: It cannot be made.
    """
    try:
        directory.mkdir(mode=0o700)
        if owner is not None:
            os.chown(directory, owner.uid, owner.gid)
    except FileExistsError:
        return
    except OSError as error:
        raise StartError(
            f"QuarantineDirectory {directory}: cannot make it: {error.strerror}"
        ) from error

"""Where things are in the image."""

from __future__ import annotations

import os
import stat
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from clamgate.container.conf_text import Source
from clamgate.container.errors import ContainerError
from clamgate.container.programs import FILTER, Program

MOUNTED = "/etc/clamav"
STOCK = "/usr/share/clamgate"
# /dev/shm is there, and open to all, even with --read-only and no tmpfs of the user's.
RUN_FOLDERS = ("/run/clamgate", "/dev/shm/clamgate")  # noqa: S108  ours: owner is checked


@dataclass(frozen=True, slots=True)
class Layout:
    """The folders that matter.

    Attributes:
        mounted: The confs that a user may replace.
        stock: The image's own, for those that are missing there.
        run_folders: Places for what is written at run time; the first that will do is used.
    """

    mounted: str = MOUNTED
    stock: str = STOCK
    run_folders: tuple[str, ...] = RUN_FOLDERS

    def source(self, program: Program) -> Source:
        """Return a program's conf as it was found.

        Raises:
            ContainerError: There is one that cannot be read, or none at all.
        """
        for folder in (self.mounted, self.stock):
            path = Path(folder) / program.conf
            try:
                return Source(str(path), path.read_bytes())
            except FileNotFoundError:
                continue
            except OSError as error:
                raise ContainerError(f"{path}: cannot read it: {error.strerror}") from None
        raise ContainerError(
            f"there is no {program.conf}, neither in {self.mounted} nor in {self.stock}"
        )


def open_run_folder(candidates: Iterable[str]) -> Path:
    """Make, or find, a folder of our own for what is written at run time.

    Raises:
        ContainerError: There is no place for it.
    """
    reasons = []
    for name in candidates:
        path = Path(name)
        try:
            path.mkdir(mode=0o755, exist_ok=True)
            found = path.lstat()
            if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid():
                reasons.append(f"{path} belongs to somebody else")
                continue
            if os.access(path, os.W_OK):
                return path
            reasons.append(f"{path}: read-only")
        except OSError as error:
            reasons.append(f"{path}: {error.strerror}")
    raise ContainerError(
        f"there is no place for what is written at run time ({'; '.join(reasons)}): add"
        " --tmpfs /run:mode=1777"
    )


def filter_conf_in_effect(folders: Iterable[str] = RUN_FOLDERS) -> str | None:
    """Return the filter's conf in effect, None where we are not beside the services.

    One that belongs to another user than root or ours is not looked at: /dev/shm is open to all.
    """
    for folder in folders:
        path = Path(folder) / FILTER.conf
        try:
            found = path.lstat()
        except OSError:
            continue
        if stat.S_ISREG(found.st_mode) and found.st_uid in {0, os.geteuid()}:
            return str(path)
    return None


def write_file(path: Path, data: bytes, mode: int) -> None:
    """Write a file anew, so that a reader sees the old one or the whole new one.

    Raises:
        ContainerError: It cannot be written.
    """
    # `clamgate reload` may write the same one at the same time, from beside the services.
    temporary = path.with_name(f"{path.name}.{os.getpid()}.new")
    try:
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, mode)
        with os.fdopen(descriptor, "wb") as file:
            file.write(data)
        temporary.rename(path)
    except OSError as error:
        raise ContainerError(f"{path}: cannot write it: {error.strerror}") from error

"""A real PostgreSQL of a test's own, on a unix socket in a folder that goes with it."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from types import TracebackType
from typing import Self

# It refuses to run as root. Debian's package brings this user along.
OWNER = "postgres"
COMMAND_SECONDS = 240.0


def why_not() -> str | None:
    """Return why no PostgreSQL can be run here, None if one can."""
    if _programs() is None:
        return "PostgreSQL is not installed (Debian: apt install postgresql)"
    if os.geteuid() != 0:
        return "only root can start a PostgreSQL as another user"
    return None


class PrivatePostgresql:
    """A server for as long as the block is open, with one database for each name asked for."""

    def __enter__(self) -> Self:
        # A socket's path is short.
        self._folder = Path(tempfile.mkdtemp(prefix="pg-", dir="/tmp"))
        shutil.chown(self._folder, OWNER)
        try:
            data = self._folder / "data"
            self._run("initdb", "-D", data, "-A", "trust", "-U", OWNER, "-E", "UTF8", "--no-sync")
            options = f"-k {self._folder} -c listen_addresses= -c fsync=off"
            self._run(
                *("pg_ctl", "-D", data, "-w", "-t", int(COMMAND_SECONDS)),
                *("-l", self._folder / "log", "-o", options, "start"),
            )
        except BaseException:
            shutil.rmtree(self._folder)
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._run("pg_ctl", "-D", self._folder / "data", "-w", "-m", "immediate", "stop")
        shutil.rmtree(self._folder)

    def new_database(self, name: str) -> str:
        """Make an empty database, and return its URL as the conf has it."""
        self._run("createdb", "-h", self._folder, "-U", OWNER, name)
        return f"postgresql://{OWNER}@/{name}?host={self._folder}"

    def _run(self, program: str, *arguments: object) -> None:
        programs = _programs()
        assert programs is not None
        done = subprocess.run(
            [programs / program, *map(str, arguments)],
            user=OWNER,
            group=OWNER,
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=COMMAND_SECONDS,
            check=False,
        )
        assert done.returncode == 0, f"{program}: {done.stdout.decode(errors='replace')}"


def _programs() -> Path | None:
    """Return Debian's folder of the server's programs, of the newest version."""
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    return found[-1].parent if found else None

"""Writing the confs in effect to the run folder, each time a service is about to start.

Anew each time, from what is mounted: a restart of the container adds nothing to what the last one
wrote, and the size of the database, which has a say in it, is that of today.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path

from clamgate.container.conf_text import EffectiveConf, combine
from clamgate.container.confs import (
    Changes,
    clamd_changes,
    fetch_changes,
    filter_changes,
    freshclam_changes,
)
from clamgate.container.database import DEFAULT_FOLDER, Database, read_database
from clamgate.container.environment import Wishes
from clamgate.container.layout import Layout, write_file
from clamgate.container.memory import Memory
from clamgate.container.programs import CLAMD, FILTER, FRESHCLAM, Program

FETCH_CONF = "freshclam-first.conf"
CONTROL_SOCKET = "clamav-milter.control"


@dataclass(slots=True)
class Confs:
    """Makes and writes them.

    Attributes:
        layout: Where the mounted ones are.
        wishes: What the environment says.
        folder: Where the effective ones go.
        limit: The memory limit, in bytes; None if there is none.
        say: Takes remarks; each is made once.
    """

    layout: Layout
    wishes: Wishes
    folder: Path
    limit: int | None
    say: Callable[[str], None]
    _said: set[str] = field(default_factory=set)

    def path(self, program: Program) -> Path:
        """Return where a program's effective conf is."""
        return self.folder / program.conf

    def clamd(self) -> EffectiveConf:
        """Write clamd.conf."""
        source = self.layout.source(CLAMD)
        return self._write(CLAMD, clamd_changes(source, self.wishes, self._memory()))

    def freshclam(self) -> EffectiveConf:
        """Write freshclam.conf for the service."""
        notify = str(self.path(CLAMD)) if self.wishes.clamd else None
        room = self._room_for_test()
        source = self.layout.source(FRESHCLAM)
        changes = freshclam_changes(source, self.wishes, notify, room_for_test=room)
        return self._write(FRESHCLAM, changes)

    def fetch(self) -> EffectiveConf:
        """Write freshclam's conf for fetching the first database."""
        return self._write(FRESHCLAM, fetch_changes(self.wishes), FETCH_CONF)

    def filter(self) -> EffectiveConf:
        """Write clamav-milter.conf."""
        conf = self.make_filter()
        self.put_filter(conf)
        return conf

    def make_filter(self) -> EffectiveConf:
        """Return what clamav-milter.conf comes to now, without writing it."""
        source = self.layout.source(FILTER)
        control = str(self.folder / CONTROL_SOCKET)
        changes = filter_changes(source, self.wishes, self._memory(), control)
        self._tell(changes.remarks)
        return combine(source, changes.settings)

    def put_filter(self, conf: EffectiveConf) -> None:
        """Write what was made."""
        write_file(self.path(FILTER), conf.data, 0o644)

    def database_folder(self) -> Path:
        """Return where the database is: what clamd says, or freshclam if clamd does not run."""
        program = CLAMD if self.wishes.clamd else FRESHCLAM
        for given in self.wishes.of(program):
            if given.name == "DatabaseDirectory":
                return Path(given.value)
        said = self.layout.source(program).values("DatabaseDirectory")
        return Path(next(iter(said), DEFAULT_FOLDER))

    def database(self) -> Database:
        """Return what is in that folder."""
        return read_database(str(self.database_folder()))

    def _memory(self) -> Memory:
        return Memory(self.limit, self.database().in_memory if self.wishes.clamd else 0)

    def _room_for_test(self) -> bool:
        """Whether freshclam can load a new database besides the one that clamd holds."""
        return Memory(self.limit, self.database().in_memory).holds(2 if self.wishes.clamd else 1)

    def _write(self, program: Program, changes: Changes, name: str = "") -> EffectiveConf:
        conf = combine(self.layout.source(program), changes.settings)
        # freshclam's may hold a password for the proxy.
        mode = 0o600 if program is FRESHCLAM else 0o644
        write_file(self.folder / (name or program.conf), conf.data, mode)
        self._tell(changes.remarks)
        return conf

    def _tell(self, remarks: Iterable[str]) -> None:
        for remark in remarks:
            if remark not in self._said:
                self._said.add(remark)
                self.say(remark)

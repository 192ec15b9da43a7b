"""A conf with a quarantine, three messages in it, and the commands as a user types them."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from click.testing import CliRunner
from tests.quarantine.samples import NOON, Source, told
from tests.running_filter import BIN
from tests.sink import Sink

from clamgate.cli.main import main
from clamgate.quarantine.store import Quarantine


@dataclass(frozen=True)
class Done:
    """How a command ended."""

    status: int
    raw: bytes
    errors: str

    @property
    def output(self) -> str:
        return self.raw.decode()


@dataclass(frozen=True)
class Place:
    """A conf and its quarantine.

    Attributes:
        conf: The conf file.
        store: The quarantine it leads to.
        ids: Of its messages, the oldest first: a test virus, a bounce with one, a phish.
    """

    conf: Path
    store: Quarantine
    ids: tuple[str, ...]

    def run(self, command: str, *args: object, stdin: bytes = b"") -> Done:
        """Run ``clamgate quarantine COMMAND``, in this process: to start one takes a while."""
        words = ["quarantine", command, "-c", str(self.conf), *map(str, args)]
        done = CliRunner().invoke(main, words, stdin, catch_exceptions=False)
        return Done(done.exit_code, done.stdout_bytes, done.stderr)

    def run_apart(self, command: str, *args: object) -> Done:
        """Run it in a process of its own."""
        done = subprocess.run(
            [BIN / "clamgate", "quarantine", command, "-c", self.conf, *map(str, args)],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=60,
            check=False,
        )
        return Done(done.returncode, done.stdout, done.stderr.decode())

    def add(self, lines: str) -> None:
        """Add lines to the conf."""
        self.conf.write_text(self.conf.read_text() + lines)

    def left(self) -> set[str]:
        """Return the ids of what is stored."""
        return {row.id for row in self.store.index.select()}


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder that every user can reach."""
    with TemporaryDirectory(prefix="cg-") as name:
        Path(name).chmod(0o755)
        yield Path(name)


@pytest.fixture
def place(folder: Path) -> Place:
    directory = folder / "q"
    directory.mkdir(mode=0o700)
    conf = folder / "clamav-milter.conf"
    conf.write_text(
        f"MilterSocket {folder}/milter.sock\nClamdSocket unix:{folder}/clamd.sock\n"
        f"QuarantineDirectory {directory}\n"
    )
    store = Quarantine(str(directory))
    store.prepare()
    phish = told(
        b"<x@example.com>",
        b"<y@example.com>",
        sender=b"<Boss@example.net>",
        signatures=("Phishing.Email.1",),
        signature_class="phishing",
        subject=b"\x1b[2J[bold]click[/bold]",
        time=NOON + 7200,
    )
    records = (told(), told(sender=b"<>", time=NOON + 3600), phish)
    return Place(conf, store, tuple(store.store(Source(), record) for record in records))


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink

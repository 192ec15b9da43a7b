"""Stand-ins for what surrounds the mail edge. They record what they are given."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Any

import milter

from clamgate.core.events import Event
from clamgate.core.releasing import ReleaseGate
from clamgate.core.rules import Rules
from clamgate.core.scanning import ScanSource
from clamgate.core.settings import Exclusions, Spooling
from clamgate.core.storing import StoreRecord, StoreSource
from clamgate.core.verdict import Clean, ScanReport, Verdict
from clamgate.message.budget import MemoryBudget
from clamgate.message.spool import Spool
from clamgate.mta.adapter import Connection
from clamgate.mta.inflight import InFlight
from clamgate.mta.session import Services, Session


@dataclass
class RecordingScanner:
    """Gives the verdict it was made with, and keeps what it was handed."""

    verdict: Verdict = field(default_factory=Clean)
    error: BaseException | None = None
    scanned: list[bytes] = field(default_factory=list)

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        keepalive()
        self.scanned.append(b"".join(source.chunks()))
        if self.error:
            raise self.error
        return ScanReport(self.verdict, clamd="unix:/fake", attempts=1, seconds=0.5)


@dataclass
class RecordingObserver:
    events: list[Event] = field(default_factory=list)

    def observe(self, event: Event) -> None:
        self.events.append(event)

    def of(self, kind: type[Event]) -> list[Any]:
        return [event for event in self.events if isinstance(event, kind)]


@dataclass
class RecordingStore:
    """Keeps in memory what it is given; `error` is what it fails with."""

    error: BaseException | None = None
    stored: list[tuple[bytes, StoreRecord]] = field(default_factory=list)

    def store(self, source: StoreSource, record: StoreRecord) -> str:
        content = b"".join(source.chunks())
        assert len(content) == source.size == record.message.size
        assert record.kept
        if self.error:
            raise self.error
        self.stored.append((content, record))
        return f"id-{len(self.stored)}"


@dataclass
class RecordingCtx:
    """pymilter's context: keeps every edit, in order; `refuse` names the calls that fail."""

    macros: dict[str, str | UnicodeDecodeError] = field(default_factory=dict)
    refuse: frozenset[str] = frozenset()
    calls: list[tuple[Any, ...]] = field(default_factory=list)
    priv: Connection | None = None

    def getpriv(self) -> Connection | None:
        return self.priv

    def setpriv(self, connection: Connection) -> object:
        self.priv = connection
        return None

    def getsymval(self, name: str) -> str | None:
        value = self.macros.get(name)
        if isinstance(value, UnicodeDecodeError):
            raise value
        return value

    def setsymlist(self, stage: int, names: str) -> None:
        self._call("setsymlist", stage, names)

    def progress(self) -> None:
        self._call("progress")

    def addheader(self, name: str, value: str, idx: int = -1) -> None:
        self._call("addheader", name, value, idx)

    def chgheader(self, name: str, idx: int, value: str | None) -> None:
        self._call("chgheader", name, idx, value)

    def delrcpt(self, recipient: str) -> None:
        self._call("delrcpt", recipient)

    def setreply(self, rcode: str, xcode: str | None, *lines: str) -> None:
        self._call("setreply", rcode, xcode, *lines)

    def replacebody(self, piece: bytes) -> None:
        self._call("replacebody", piece)

    def quarantine(self, reason: str) -> None:
        self._call("quarantine", reason)

    def _call(self, *call: Any) -> None:
        if call[0] in self.refuse:
            raise milter.error(f"cannot {call[0]}")
        self.calls.append(call)


@dataclass
class Edge:
    """A session and all that it was given."""

    session: Session
    scanner: RecordingScanner
    observer: RecordingObserver
    in_flight: InFlight
    budget: MemoryBudget
    store: RecordingStore


def make_edge(  # noqa: PLR0913  each is one thing that a test may want otherwise
    tmp_path: Any,
    *,
    verdict: Verdict | None = None,
    error: BaseException | None = None,
    exclusions: Exclusions | None = None,
    rules: Rules | None = None,
    spooling: Spooling | None = None,
    store_error: BaseException | None = None,
    gate: ReleaseGate | None = None,
) -> Edge:
    scanner = RecordingScanner(verdict or Clean(), error)
    observer = RecordingObserver()
    in_flight = InFlight()
    budget = MemoryBudget(1 << 24)
    store = RecordingStore(store_error)
    kept = replace(spooling or Spooling(), temporary_directory=str(tmp_path))
    rules = rules or Rules()
    ticks = iter(range(1_000_000))
    session = Session(
        Services(
            exclusions=exclusions or Exclusions(),
            rules=rules,
            scanner=scanner,
            new_spool=lambda: Spool(kept, budget, keep_rest=rules.may_store),
            observer=observer,
            in_flight=in_flight,
            clock=lambda: float(next(ticks)),
            store=store,
            gate=gate,
            now=lambda: 1_800_000_000.0,
        )
    )
    return Edge(session, scanner, observer, in_flight, budget, store)

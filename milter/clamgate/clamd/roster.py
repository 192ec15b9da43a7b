"""Which clamds there are, which of them are up, and whose turn it is. No I/O, threads or clock."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass, field
from enum import Enum, auto

from clamgate.clamd.limits import SizeProof
from clamgate.clamd.sessions import Sessions
from clamgate.core.events import ClamdDown, ClamdUp, DatabaseUpdated
from clamgate.core.settings import Endpoint


class State(Enum):
    """What is known of a clamd."""

    UNTRIED = auto()
    UP = auto()
    DOWN = auto()


@dataclass(frozen=True, slots=True)
class Backoff:
    """When a clamd is asked how it is. Seconds, from the start of the last try.

    Attributes:
        first: After it went down.
        most: The delay doubles from `first` up to this.
        awaited: The most while a message waits for any clamd to come up.
        up: While it is up: does it have new signatures?
    """

    first: float = 0.5
    most: float = 15.0
    awaited: float = 1.0
    up: float = 60.0

    def delay(self, failures: int, *, awaited: bool) -> float:
        """Return the seconds to leave after the last of so many failures in a row (1 or more)."""
        doubled = self.first * (1 << min(failures - 1, 32))
        return min(doubled, self.most, self.awaited if awaited else self.most)


@dataclass(frozen=True, slots=True)
class Standing:
    """What was found out of a clamd that is up.

    Attributes:
        version: What it calls itself.
        proof: What it looks at.
        sessions: The connections over which it is asked.
        room: How many messages it is given at once.
    """

    version: str
    proof: SizeProof
    sessions: Sessions
    room: int = 10


@dataclass(slots=True, eq=False)
class Member:
    """One clamd.

    Attributes:
        endpoint: Where it is.
        state: What is known of it.
        reason: Why it is down, empty if it is not.
        failures: How often in a row it failed.
        tried: When it was last asked how it is, or failed (clock seconds).
        version: What it said of itself last.
        life: Counts how often it came up, so that a failure of a former life is not held
            against it.
        in_flight: How many messages it has now.
        room: How many it is given at most.
        turn: When it was last chosen, as a serial number.
        proof: What it looks at; None until it is up for the first time.
        sessions: Its connections; the same.
        untold: Changes of its state that observers have not heard of yet, in their order.
    """

    endpoint: Endpoint
    state: State = State.UNTRIED
    reason: str = ""
    failures: int = 0
    tried: float = 0.0
    version: str = ""
    life: int = 0
    in_flight: int = 0
    room: int = 0
    turn: int = 0
    proof: SizeProof | None = None
    sessions: Sessions | None = None
    untold: list[ClamdUp | ClamdDown | DatabaseUpdated] = field(default_factory=list)

    @property
    def name(self) -> str:
        """Its socket, as in the conf."""
        return str(self.endpoint)

    def until_due(self, now: float, backoff: Backoff, *, awaited: bool) -> float:
        """Seconds until it is to be asked how it is, 0 or less if that is now."""
        match self.state:
            case State.UP:
                return self.tried + backoff.up - now
            case State.UNTRIED:
                return 0.0
            case State.DOWN:
                return self.tried + backoff.delay(self.failures, awaited=awaited) - now


@dataclass(frozen=True, slots=True)
class Lease:
    """A clamd chosen for one message, in the life it had then.

    Attributes:
        member: The clamd.
        life: Which one.
        proof: What it looked at in that life.
        sessions: Its connections in that life.
        version: What it called itself last.
        waited: For how many seconds none was up, before.
    """

    member: Member
    life: int
    proof: SizeProof
    sessions: Sessions
    version: str
    waited: float = 0.0


@dataclass(slots=True)
class Roster:
    """All clamds of a conf. Its user holds the lock."""

    members: list[Member]
    _turns: int = field(default=0, init=False)

    @classmethod
    def of(cls, endpoints: Iterable[Endpoint]) -> Roster:
        """Make one of untried clamds."""
        return cls([Member(endpoint) for endpoint in endpoints])

    def choose(self, avoid: Collection[Member], exclude: Collection[Member]) -> Lease | None:
        """Choose the least busy that is up and has room, in turn among equals; None if none is.

        Args:
            avoid: Chosen only if there is no other.
            exclude: Never chosen.
        """
        chosen = None
        best = (True, 0, 0)
        for one in self.members:
            if one.state is State.UP and one.in_flight < one.room and one not in exclude:
                rank = (one in avoid, one.in_flight, one.turn)
                if chosen is None or rank < best:
                    chosen, best = one, rank
        if chosen is None or chosen.proof is None or chosen.sessions is None:
            return None
        self._turns += 1
        chosen.turn = self._turns
        chosen.in_flight += 1
        return Lease(chosen, chosen.life, chosen.proof, chosen.sessions, chosen.version)

    def give_back(self, lease: Lease) -> None:
        """End a lease, however the scan went."""
        lease.member.in_flight -= 1

    def crowded(self, exclude: Collection[Member]) -> bool:
        """Whether one that may be chosen is up: with no room, if none was chosen."""
        return any(True for _ in self._up(exclude))

    @property
    def has_room(self) -> bool:
        """Whether any can be given a message."""
        return any(m.in_flight < m.room for m in self._up(()))

    def hopeful(self, exclude: Collection[Member]) -> bool:
        """Whether one that may be chosen has not been tried yet."""
        return any(m.state is State.UNTRIED and m not in exclude for m in self.members)

    def mark_up(self, member: Member, standing: Standing, tried: float) -> None:
        """Take note that it answered in a try that began at `tried`."""
        member.state = State.UP
        member.reason = ""
        member.failures = 0
        member.life += 1
        member.proof = standing.proof
        member.sessions = standing.sessions
        member.room = standing.room
        member.version = standing.version
        member.tried = tried
        member.untold.append(ClamdUp(member.name, standing.version))

    def mark_version(self, member: Member, version: str | None, tried: float) -> None:
        """Take note of what one that is up says of itself; None if it did not say."""
        member.tried = tried
        if member.state is State.UP and version is not None and version != member.version:
            member.untold.append(DatabaseUpdated(member.name, version, member.version))
            member.version = version

    def mark_down(self, member: Member, reason: str, tried: float) -> None:
        """Take note that it failed in a try that began at `tried`."""
        if member.state is not State.DOWN:
            member.untold.append(ClamdDown(member.name, reason))
        member.state = State.DOWN
        member.reason = reason
        member.failures += 1
        member.tried = tried

    def _up(self, exclude: Collection[Member]) -> Iterator[Member]:
        return (m for m in self.members if m.state is State.UP and m not in exclude)

    def troubles(self) -> str:
        """Say why none is up."""
        return "; ".join(
            f"{m.name}: {m.reason or 'not tried yet'}"
            for m in self.members
            if m.state is not State.UP
        )

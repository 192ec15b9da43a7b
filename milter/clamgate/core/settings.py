"""The settings tree: everything a conf says, checked and in its final form.

Every field's name, default and meaning is documented with its directive in
`clamgate.config.directives`, which is also where the manual comes from.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import Enum
from typing import Protocol

from clamgate.core.networks import Network
from clamgate.core.rules import Rules

KIB = 1024
MIB = 1024 * KIB


class Pattern(Protocol):
    """An expression to search bytes for: ``re.Pattern[bytes]`` is one.

    Subjects are chosen by whoever sends mail. What a conf compiles to therefore takes time in
    proportion to their length, which `re` does not (see `clamgate.config.regex`).
    """

    @property
    def pattern(self) -> bytes:
        """The expression as it is written."""

    def search(self, subject: bytes, /) -> object:
        """Return something true if it matches any part of `subject`."""


class ScanParts(Enum):
    """Of which messages the parts are scanned too."""

    AUTO = "Auto"
    ALWAYS = "Always"
    NEVER = "Never"


class LogDetail(Enum):
    """How much LogInfected and LogClean write."""

    OFF = "Off"
    BASIC = "Basic"
    FULL = "Full"


class LogFormat(Enum):
    """What a log line is."""

    TEXT = "text"
    JSON = "json"


class LogPrivacy(Enum):
    """What is masked in the log."""

    SUBJECT = "Subject"
    ADDRESSES = "Addresses"
    CLIENTS = "Clients"


@dataclass(frozen=True, slots=True)
class UnixEndpoint:
    """A unix domain socket, by absolute path."""

    path: str

    def __str__(self) -> str:
        return f"unix:{self.path}"


@dataclass(frozen=True, slots=True)
class TcpEndpoint:
    """A TCP address.

    Attributes:
        host: Name or address; empty, where we listen, means every interface.
        port: 1 to 65535 (0, where we listen, lets the kernel choose: for tests).
        scheme: The word that stands before it in the conf: ``tcp``, ``inet`` or ``inet6``.
    """

    host: str
    port: int
    scheme: str = "tcp"

    def __str__(self) -> str:
        if self.scheme == "tcp":
            host = f"[{self.host}]" if ":" in self.host else self.host
            return f"tcp:{host}:{self.port}"
        return f"{self.scheme}:{self.port}" + (f"@{self.host}" if self.host else "")


Endpoint = UnixEndpoint | TcpEndpoint


@dataclass(frozen=True, slots=True)
class Listen:
    """Where MTAs reach us, and who may."""

    socket: Endpoint
    group: str | None = None
    mode: int | None = None
    fix_stale: bool = True


@dataclass(frozen=True, slots=True)
class Process:
    """How the daemon lives.

    Attributes:
        user, foreground, chroot, pid_file: As the conf says.
        workers: How many processes serve MTAs; 0 for as many as there are processors for us.
        max_requests: Messages after which a worker is replaced; 0 for no limit.
        drain_timeout: Seconds that a worker of an old conf keeps its open connections.
        stop_timeout: Seconds that a stop waits for messages in flight.
        control_socket: Its path; None for one beside MilterSocket, empty for none.
        metrics_listen: Where metrics and health are served over HTTP; None for nowhere.
        ready_max_database_age: Seconds from which on a database makes us not ready; None for never.
    """

    user: str | None = None
    foreground: bool = False
    chroot: str | None = None
    pid_file: str | None = None
    workers: int = 0
    max_requests: int = 0
    drain_timeout: float = 600.0
    stop_timeout: float = 60.0
    control_socket: str | None = None
    metrics_listen: TcpEndpoint | None = None
    ready_max_database_age: float | None = None


@dataclass(frozen=True, slots=True)
class Clamd:
    """The scanners, and how long to wait for them (seconds).

    Attributes:
        sockets: Where they are.
        read_timeout: For one reply.
        wait: For one to come up.
        scan_deadline: For a verdict, all together.
        max_scans: How many messages each is given at once; 0 for its MaxThreads.
        shared_by: How many processes of ours share that number.
        scan_parts: Of which messages the parts are scanned too.
        try_passwords: Whether locked archives are tried with what may be their passwords.
    """

    sockets: tuple[Endpoint, ...]
    read_timeout: float = 120.0
    wait: float = 30.0
    scan_deadline: float = 240.0
    max_scans: int = 0
    shared_by: int = 1
    scan_parts: ScanParts = ScanParts.AUTO
    try_passwords: bool = False


@dataclass(frozen=True, slots=True)
class Spooling:
    """How much of a message is kept, and where (bytes)."""

    max_file_size: int = 100 * MIB
    max_memory: int = 128 * MIB
    temporary_directory: str = "/tmp"  # noqa: S108  the C program's default; files in it are unlinked at birth


@dataclass(frozen=True, slots=True)
class Exclusions:
    """What is not scanned at all.

    Attributes:
        networks: LocalNet, resolved.
        local: Whether mail that did not come by SMTP is excluded (``LocalNet local``).
        senders: AllowList lines that begin with ``From:``; matched on the bracketed address.
        recipients: The other AllowList lines.
        auth_pattern: SkipAuthenticated as a regular expression.
        auth_names: SkipAuthenticated as ``file:`` of names, in lower case: a login is looked up so.
    """

    networks: tuple[Network, ...] = ()
    local: bool = False
    senders: tuple[Pattern, ...] = ()
    recipients: tuple[Pattern, ...] = ()
    auth_pattern: Pattern | None = None
    auth_names: frozenset[bytes] = frozenset()

    @property
    def look_at_clients(self) -> bool:
        """Whether a connection may be excluded."""
        return self.local or bool(self.networks)

    @property
    def look_at_senders(self) -> bool:
        """Whether MAIL may exclude a message."""
        return bool(self.senders or self.auth_pattern or self.auth_names)

    @property
    def look_at_recipients(self) -> bool:
        """Whether the recipients may exclude a message."""
        return bool(self.recipients)


@dataclass(frozen=True, slots=True)
class Quarantine:
    """Where messages of action Store are kept, for how long, and how they get out again.

    Attributes:
        directory: QuarantineDirectory; None if nothing can be stored.
        index: The database's URL; None is SQLite in the directory.
        max_age: Seconds; None is no limit.
        max_size: Bytes; None is no limit.
        release_via: An MTA's port that does not ask the filter.
        release_through: One that does; what is released there is signed.
        release_from: Where signed releases may come from; none are honoured if it is empty.
        exception_file: ExceptionFile; None if exceptions can be written in the conf only.
    """

    directory: str | None = None
    index: str | None = None
    max_age: float | None = None
    max_size: int | None = None
    release_via: TcpEndpoint | None = None
    release_through: TcpEndpoint = TcpEndpoint("127.0.0.1", 25)
    release_from: tuple[Network, ...] = ()
    exception_file: str | None = None


@dataclass(frozen=True, slots=True)
class Logging:
    """What is written, and where (sizes in bytes; max_size 0 is no limit)."""

    file: str | None = None
    lock: bool = True
    max_size: int = MIB
    rotate: bool = False
    time: bool = False
    syslog: bool = False
    journal: bool = False
    facility: str = "LOG_LOCAL6"
    verbose: bool = False
    infected: LogDetail = LogDetail.OFF
    clean: LogDetail = LogDetail.OFF
    format: LogFormat = LogFormat.TEXT
    privacy: tuple[LogPrivacy, ...] = ()


@dataclass(frozen=True, slots=True)
class Settings:
    """All of it. Frozen: a reload makes a new one."""

    listen: Listen
    clamd: Clamd
    process: Process = field(default_factory=Process)
    spooling: Spooling = field(default_factory=Spooling)
    exclusions: Exclusions = field(default_factory=Exclusions)
    rules: Rules = field(default_factory=Rules)
    quarantine: Quarantine = field(default_factory=Quarantine)
    logging: Logging = field(default_factory=Logging)
    history_size: int = 10_000
    virus_action: str | None = None
    each_recipient: bool = False

"""The filter's processes: how many there are, how a conf is reloaded, and how they end."""

from __future__ import annotations

from clamgate.config import values
from clamgate.config.directives.model import Directive, Group, Kind, Origin

LIFE = (
    Directive(
        "Workers",
        Group.LIFE,
        Kind.WORD,
        values.workers,
        field="process.workers",
        default="auto",
        origin=Origin.CLAMGATE,
        doc="""
            How many processes serve MTAs. `auto` is one for each processor that the
            filter may use, by its affinity and its control group's quota. All accept
            from the same socket. One that crashes or hangs is replaced; only its own
            sessions are broken off.
            """,
    ),
    Directive(
        "MaxRequestsPerWorker",
        Group.LIFE,
        Kind.WORD,
        values.number,
        field="process.max_requests",
        default="0",
        origin=Origin.CLAMGATE,
        doc="""
            After about how many messages a worker is replaced by a new one. It keeps
            its open connections until they end. 0 is never, and nothing is known that
            would make it needed.
            """,
    ),
    Directive(
        "DrainTimeout",
        Group.LIFE,
        Kind.SECONDS,
        values.seconds,
        field="process.drain_timeout",
        default="600",
        origin=Origin.CLAMGATE,
        doc="""
            How long a worker of an old conf, after a reload, keeps its open
            connections, which go on under that conf. Postfix has one for each SMTP
            session. After that they are ended as at a stop.

            At most 4 former confs are kept alive so; a reload beyond that waits until
            one of them is through.
            """,
    ),
    Directive(
        "StopTimeout",
        Group.LIFE,
        Kind.SECONDS,
        values.seconds,
        field="process.stop_timeout",
        default="60",
        origin=Origin.CLAMGATE,
        doc="""
            How long a stop (SIGTERM) waits for the messages that had begun by then.
            What is not finished after that is cut off, and its MTA has it sent again.
            A second SIGTERM does not wait.
            """,
    ),
    Directive(
        "ControlSocket",
        Group.LIFE,
        Kind.PATH,
        values.path_or_none,
        field="process.control_socket",
        unset="the path of `MilterSocket` (or else `PidFile`) with .control after it",
        example=("/run/clamav/clamav-milter.control",),
        origin=Origin.CLAMGATE,
        doc="""
            The unix socket over which `clamgate status`, `reload`, `history` and `top`
            reach the filter. Only root and `User` may. `none` is to have no such socket.
            """,
    ),
)

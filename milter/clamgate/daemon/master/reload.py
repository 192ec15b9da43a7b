"""What of a new conf can take effect while we run."""

from __future__ import annotations

from dataclasses import replace

from clamgate.core.settings import LogDetail, Settings

_RUNNING = {
    "MilterSocket": "listen.socket",
    "MilterSocketGroup": "listen.group",
    "MilterSocketMode": "listen.mode",
    "User": "process.user",
    "Foreground": "process.foreground",
    "Chroot": "process.chroot",
    "PidFile": "process.pid_file",
    "ControlSocket": "process.control_socket",
    "MetricsListen": "process.metrics_listen",
}
"""Directives that are about what was bound or given up at the start."""


def merge(running: Settings, wanted: Settings) -> tuple[Settings, tuple[str, ...]]:
    """Return the settings that can be had now, and the directives that have to wait for a restart.

    Args:
        running: In force.
        wanted: What the conf says now.
    """
    settings = wanted
    waiting = []
    for name, path in _RUNNING.items():
        part, field = path.split(".")
        now = getattr(getattr(running, part), field)
        if getattr(getattr(wanted, part), field) != now:
            waiting.append(name)
            kept = replace(getattr(settings, part), **{field: now})
            settings = replace(settings, **{part: kept})
    return settings, tuple(waiting)


def same_clerk(one: Settings, other: Settings) -> bool:
    """Whether the clerk has the same to do: where and how it writes, what it remembers and asks."""
    duties = [
        (
            replace(s.logging, verbose=False, infected=LogDetail.OFF, clean=LogDetail.OFF),
            s.history_size,
            s.clamd.sockets,
        )
        for s in (one, other)
    ]
    return duties[0] == duties[1]

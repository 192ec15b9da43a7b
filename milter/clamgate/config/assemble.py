"""From the values of single directives to Settings."""

from __future__ import annotations

import os
import socket
from dataclasses import dataclass
from typing import Any

from clamgate.config.directives import TABLE
from clamgate.config.endpoints import Clients
from clamgate.config.lists import AllowList, read_allow_list, read_names
from clamgate.config.problems import Findings
from clamgate.config.regex import Regex, RegexError, compile_extended
from clamgate.config.resolve import Values
from clamgate.core.rules import Rules
from clamgate.core.settings import (
    Clamd,
    Exclusions,
    Listen,
    Logging,
    Process,
    Quarantine,
    Settings,
    Spooling,
)
from clamgate.version import version

_NAMES_PREFIX = "file:"
_TEMPORARY_DIRECTORY = "/tmp"  # noqa: S108  the C program's last resort as well


@dataclass(frozen=True, slots=True)
class Authenticated:
    """What SkipAuthenticated stands for."""

    pattern: Regex | None = None
    names: frozenset[bytes] = frozenset()


def temporary_directory(values: Values) -> str:
    """Return TemporaryDirectory, or what the C program takes when it is unset."""
    return values["TemporaryDirectory"] or os.environ.get("TMPDIR") or _TEMPORARY_DIRECTORY


def inside(values: Values, path: str) -> str:
    """Return where a path leads once Chroot, if set, is the root."""
    root = values["Chroot"]
    return path if root is None else root.rstrip("/") + path


def exclusions(values: Values, findings: Findings) -> Exclusions:
    """Return all that is not scanned, from the conf and the files it names."""
    clients: tuple[Clients, ...] = values["LocalNet"]
    allowed = _allow_list(values, findings)
    authenticated = _authenticated(values, findings)
    return Exclusions(
        networks=tuple(network for client in clients for network in client.networks),
        local=any(client.local for client in clients),
        senders=allowed.senders,
        recipients=allowed.recipients,
        auth_pattern=authenticated.pattern,
        auth_names=authenticated.names,
    )


def settings(values: Values, excluded: Exclusions, rules: Rules) -> Settings:
    """Return everything a conf says. Only for values without errors."""
    parts: dict[str, dict[str, Any]] = {}
    for directive in TABLE:
        if directive.field:
            part, _, field = directive.field.rpartition(".")
            parts.setdefault(part, {})[field] = values[directive.name]
    parts["spooling"]["temporary_directory"] = temporary_directory(values)
    return Settings(
        listen=Listen(**parts["listen"]),
        clamd=Clamd(**parts["clamd"]),
        process=Process(**parts["process"]),
        spooling=Spooling(**parts["spooling"]),
        exclusions=excluded,
        rules=rules,
        quarantine=Quarantine(
            release_from=tuple(network for some in values["ReleaseFrom"] for network in some),
            **parts["quarantine"],
        ),
        logging=Logging(**parts["logging"]),
        **parts[""],
    )


def scanned_value(values: Values) -> str:
    """Return the whole value of X-Virus-Scanned."""
    return f"clamav-milter clamgate-{version()} at {host(values)}"


def host(values: Values) -> str:
    """Return our host's name, as header fields show it."""
    name: str = values["ReportHostname"] or socket.gethostname()
    return name


def _allow_list(values: Values, findings: Findings) -> AllowList:
    """Read the list; as in the C program, that of the old name goes before."""
    for name in ("Whitelist", "AllowList"):
        if place := values.place(name):
            return read_allow_list(inside(values, values[name]), place, findings)
    return AllowList()


def _authenticated(values: Values, findings: Findings) -> Authenticated:
    text = values["SkipAuthenticated"]
    place = values.place("SkipAuthenticated")
    if place is None:
        return Authenticated()
    if text.startswith(_NAMES_PREFIX):
        path = text.removeprefix(_NAMES_PREFIX)
        if path.startswith("/"):
            return Authenticated(names=read_names(inside(values, path), place, findings))
        findings.error(
            place, f'SkipAuthenticated "{text}": must be file:/path, with an absolute path'
        )
        return Authenticated()
    try:
        return Authenticated(pattern=compile_extended(text.encode()))
    except RegexError as error:
        findings.error(place, f'SkipAuthenticated "{text}": {error}')
        return Authenticated()

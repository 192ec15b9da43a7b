"""The confs in effect: what was mounted, what the environment says, and what children need.

Pure: each function takes what was found and returns the settings to put in, and what to say.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from clamgate.container.conf_text import Setting, Source
from clamgate.container.environment import Given, Wishes
from clamgate.container.memory import MOST_SPOOL, Memory, in_words
from clamgate.container.programs import CLAMD, FILTER, FRESHCLAM
from clamgate.core.settings import KIB

DEFAULT_CHECKS = 1

_CHILD = "clamgate container: the services are children of one supervisor"
_MEMORY = "clamgate container: for the memory limit"
_CHECKS = "environment variable FRESHCLAM_CHECKS"
_CONTROL = "clamgate container: for clamgate status and clamgate reload"
_RELOAD = "clamgate container: for a short reload"

# Seconds. A clamd that reloads without a second copy first waits for all its threads to end, those
# with nothing to do included, and serves nobody meanwhile (server-th.c, thrmgr.c). By default they
# stay for 30 s: each update would hold up mail for so long.
_SHORT_IDLE = "1"


@dataclass(frozen=True, slots=True)
class Changes:
    """What to put into a conf, and what to tell of it."""

    settings: tuple[Setting, ...]
    remarks: tuple[str, ...] = ()


def clamd_changes(source: Source, wishes: Wishes, memory: Memory) -> Changes:
    """Return what goes into clamd.conf."""
    settings = [*_wished(wishes.of(CLAMD)), _in_foreground()]
    remarks: list[str] = []
    reload = "ConcurrentDatabaseReload"
    if not memory.holds(2):
        wanted = _said(source, settings, reload)
        limit, copy = _sizes(memory)
        if wanted is None:
            settings.append(Setting(reload, ("no",), _MEMORY))
            remarks.append(
                f"the memory ({limit}) cannot hold two copies of the database (about {copy} each):"
                " clamd reloads it without a second copy (ConcurrentDatabaseReload no), and scans"
                " wait meanwhile"
            )
        elif not _is_no(wanted):
            remarks.append(
                f"WARNING: the memory ({limit}) cannot hold two copies of the database (about"
                f" {copy} each): the kernel may kill clamd when it reloads; remove"
                " ConcurrentDatabaseReload from its conf"
            )
    one_copy = _is_no(_said(source, settings, reload))
    if one_copy and _said(source, settings, "IdleTimeout") is None:
        settings.append(Setting("IdleTimeout", (_SHORT_IDLE,), _RELOAD))
    if not memory.holds(1):
        limit, copy = _sizes(memory)
        remarks.append(
            f"WARNING: the memory ({limit}) hardly holds the database (about {copy}): raise"
            " --memory, or the kernel may kill clamd"
        )
    return Changes(tuple(settings), tuple(remarks))


def freshclam_changes(
    source: Source, wishes: Wishes, notify: str | None, *, room_for_test: bool
) -> Changes:
    """Return what goes into freshclam.conf.

    Args:
        source: The mounted conf.
        wishes: What the environment says.
        notify: The conf of the clamd to tell of updates, None if none runs here.
        room_for_test: Whether the memory holds another copy of the database.
    """
    settings = [*_wished(wishes.of(FRESHCLAM)), _in_foreground()]
    remarks: list[str] = []
    by_name = {setting.name for setting in settings}
    if wishes.checks is not None and "Checks" not in by_name:
        settings.append(Setting("Checks", (str(wishes.checks),), _CHECKS))
    elif _said(source, settings, "Checks") is None:
        settings.append(Setting("Checks", (str(DEFAULT_CHECKS),), f"{_CHECKS} (default)"))
    if "NotifyClamd" not in by_name:
        settings.append(Setting("NotifyClamd", (notify,) if notify else (), _CHILD))
    if not room_for_test and _said(source, settings, "TestDatabases") is None:
        settings.append(Setting("TestDatabases", ("no",), _MEMORY))
        remarks.append(
            "freshclam does not load a new database to test it, which would need the memory of a"
            " second copy (TestDatabases no); clamd keeps the old one if the new one is broken"
        )
    return Changes(tuple(settings), tuple(remarks))


def fetch_changes(wishes: Wishes) -> Changes:
    """Return what goes into freshclam.conf for the first database: nothing to test against yet."""
    wished = [one for one in _wished(wishes.of(FRESHCLAM)) if one.name not in _NOT_AT_FIRST]
    return Changes((*wished, _in_foreground(), *_AT_FIRST))


def filter_changes(source: Source, wishes: Wishes, memory: Memory, control: str) -> Changes:
    """Return what goes into clamav-milter.conf.

    Args:
        source: The mounted conf.
        wishes: What the environment says.
        memory: What there is.
        control: Where `clamgate status` and `clamgate reload` look, if the conf does not say.
    """
    settings = [*_wished(wishes.of(FILTER)), _in_foreground()]
    if _said(source, settings, "ControlSocket") is None:
        settings.append(Setting("ControlSocket", (control,), _CONTROL))
    remarks: list[str] = []
    limited = memory.limit is not None and memory.spool < MOST_SPOOL
    if limited and _said(source, settings, "MaxSpoolMemory") is None:
        settings.append(Setting("MaxSpoolMemory", (f"{memory.spool // KIB}K",), _MEMORY))
        remarks.append(
            f"mail at hand may take {in_words(memory.spool)} of memory (MaxSpoolMemory), of"
            f" {in_words(memory.limit or 0)} in all"
        )
    return Changes(tuple(settings), tuple(remarks))


_AT_FIRST = (
    Setting("TestDatabases", ("no",), _CHILD),
    Setting("NotifyClamd", (), _CHILD),
)
_NOT_AT_FIRST = frozenset(setting.name for setting in _AT_FIRST)


def _in_foreground() -> Setting:
    return Setting("Foreground", ("yes",), _CHILD)


def _wished(given: Iterable[Given]) -> list[Setting]:
    """Return the environment's directives; Foreground is not for it to say."""
    by_name: dict[str, list[Given]] = {}
    for one in given:
        if one.name != "Foreground":
            by_name.setdefault(one.name, []).append(one)
    return [
        Setting(
            name,
            tuple(one.value for one in values),
            f"environment variable {values[0].variable}",
        )
        for name, values in by_name.items()
    ]


def _said(source: Source, settings: Iterable[Setting], name: str) -> str | None:
    """Return what the conf or the environment says of a directive, None if nothing."""
    for setting in settings:
        if setting.name == name:
            return next(iter(setting.values), None)
    return next(iter(source.values(name)), None)


def _is_no(value: str | None) -> bool:
    return value is not None and value.lower() in {"no", "false", "0"}


def _sizes(memory: Memory) -> tuple[str, str]:
    return in_words(memory.limit or 0), in_words(memory.database)

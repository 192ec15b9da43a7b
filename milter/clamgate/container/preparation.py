"""Before anything starts: is every conf right, and which services shall there be."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from clamgate.config.problems import ConfError
from clamgate.container.checks import check_clamav_conf, check_filter_conf, check_privileges
from clamgate.container.conf_text import EffectiveConf
from clamgate.container.database import DEFAULT_FOLDER
from clamgate.container.effective import Confs
from clamgate.container.errors import ContainerError
from clamgate.container.folders import make_writable
from clamgate.container.programs import CLAMD, FILTER, FRESHCLAM
from clamgate.container.services import (
    ClamdUnit,
    FetchUnit,
    FilterUnit,
    FreshclamUnit,
    clamd_endpoint,
)
from clamgate.container.stack import Unit


def check_confs(confs: Confs, say: Callable[[str], None]) -> None:
    """Have each program that will run look at its conf.

    Args:
        confs: They are written by this.
        say: Takes warnings.

    Raises:
        ContainerError: With all that is wrong, a line for each.
    """
    problems: list[str] = []
    wishes = confs.wishes
    clamd = confs.clamd() if wishes.clamd else None
    freshclam = confs.freshclam() if wishes.freshclam else None
    if clamd:
        problems += _problems_of_clamd(confs, clamd)
    if freshclam:
        problems += check_clamav_conf(FRESHCLAM, freshclam, confs.path(FRESHCLAM))
        problems += check_privileges(freshclam, FRESHCLAM)
    if wishes.filter:
        problems += _problems_of_filter(confs, say)
    if problems:
        raise ContainerError("\n".join(problems))
    if clamd and freshclam:
        _compare_folders(clamd, freshclam, say)


def make_units(confs: Confs, say: Callable[[str], None]) -> list[Unit]:
    """Return the services that shall run, in the order of their start.

    Args:
        confs: Their confs.
        say: Told of what is left out, and why.

    Raises:
        ContainerError: There is no database, and no way to get one.
    """
    wishes = confs.wishes
    first: list[Unit] = []
    updates: list[Unit] = []
    if wishes.clamd or wishes.freshclam:
        why_not = _why_no_updates(confs)
        if not confs.database().present:
            first.append(_fetch(confs, why_not, say))
        if wishes.freshclam:
            updates.extend(_updates(confs, why_not, say))
    return [
        *first,
        *((ClamdUnit(confs),) if wishes.clamd else ()),
        *updates,
        *((FilterUnit(confs),) if wishes.filter else ()),
    ]


def _problems_of_clamd(confs: Confs, conf: EffectiveConf) -> Iterator[str]:
    yield from check_clamav_conf(CLAMD, conf, confs.path(CLAMD))
    yield from check_privileges(conf, CLAMD)
    try:
        clamd_endpoint(conf)
    except ContainerError as error:
        yield str(error)


def _problems_of_filter(confs: Confs, say: Callable[[str], None]) -> Iterator[str]:
    try:
        _, warnings = check_filter_conf(confs.filter(), confs.path(FILTER))
    except ConfError as error:
        yield from map(str, error.problems)
        return
    for warning in warnings:
        say(f"WARNING: {warning}")


def _compare_folders(
    clamd: EffectiveConf, freshclam: EffectiveConf, say: Callable[[str], None]
) -> None:
    name = "DatabaseDirectory"
    reads, writes = clamd.first(name, DEFAULT_FOLDER), freshclam.first(name, DEFAULT_FOLDER)
    if reads != writes:
        say(
            f"WARNING: clamd reads its database from {reads}, and freshclam updates {writes}: set"
            f" {name} to the same folder for both"
        )


def _why_no_updates(confs: Confs) -> str | None:
    """Return why freshclam cannot write to the database's folder, None if it can."""
    wanted = confs.wishes.freshclam or not confs.database().present
    if not wanted:
        return None
    return make_writable(confs.database_folder(), confs.fetch().first("DatabaseOwner", "clamav"))


def _fetch(confs: Confs, why_not: str | None, say: Callable[[str], None]) -> Unit:
    folder = confs.database_folder()
    if why_not:
        raise ContainerError(
            f"{folder}: there is no database, and freshclam cannot get one: {why_not}"
        )
    say(f"there is no database in {folder}: freshclam gets one first")
    return FetchUnit(confs)


def _updates(confs: Confs, why_not: str | None, say: Callable[[str], None]) -> Iterator[Unit]:
    if why_not:
        say(
            f"WARNING: {confs.database_folder()}: {why_not}: freshclam is left out, and somebody"
            " else has to keep the database up to date"
        )
        return
    yield FreshclamUnit(confs)

"""Seeing that the confs can be used before anything starts, by the programs that will read them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

from clamgate.config import loader
from clamgate.config.problems import ConfError, Problem
from clamgate.container.conf_text import EffectiveConf, complaints
from clamgate.container.errors import ContainerError
from clamgate.container.programs import CLAMD, Program
from clamgate.core.settings import Settings

_CHECK_SECONDS = 60.0
_CAP_SETGID, _CAP_SETUID = 6, 7  # capability.h


def check_clamav_conf(program: Program, conf: EffectiveConf, path: Path) -> list[str]:
    """Have clamd or freshclam read a conf, and return what it says against it.

    With ``--version`` both read all of their conf, and do nothing else.

    Raises:
        ContainerError: The program is not there.
    """
    command = [program.name, f"--config-file={path}", "--version"]
    try:
        done = subprocess.run(  # noqa: S603  no shell, and our own arguments
            command,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            timeout=_CHECK_SECONDS,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise ContainerError(f"{program.name} cannot be run: {error}") from None
    return complaints(done.stdout.decode(errors="replace"), conf) if done.returncode else []


def check_filter_conf(conf: EffectiveConf, path: Path) -> tuple[Settings, list[str]]:
    """Read the filter's conf as the filter does; return what it says, and warnings.

    Raises:
        ConfError: It cannot be used; each problem names who wrote it.
    """
    try:
        loaded = loader.parse(conf.data, str(path))
    except ConfError as error:
        raise ConfError(_placed(problem, conf, path) for problem in error.problems) from None
    return loaded.settings, [str(_placed(one, conf, path)) for one in loaded.warnings]


def check_privileges(conf: EffectiveConf, program: Program) -> Iterator[str]:
    """Say so if we are root, but must not become the user that the conf names."""
    user = conf.first("User" if program is CLAMD else "DatabaseOwner", "clamav")
    if os.geteuid() == 0 and not _may_change_user() and user != "root":
        yield (
            f"{program.name} cannot become {user}: root needs the capabilities SETUID and SETGID"
            " for that; add them (--cap-add SETUID --cap-add SETGID), or run as that user (--user)"
        )


def _placed(problem: Problem, conf: EffectiveConf, path: Path) -> Problem:
    if problem.path != str(path):
        return problem
    if not problem.line:
        return Problem(conf.path, 0, problem.text)
    place = conf.origin(problem.line)
    return Problem(place.path, place.line, problem.text)


def _may_change_user() -> bool:
    for line in Path("/proc/self/status").read_text(encoding="ascii").splitlines():
        name, _, value = line.partition(":")
        if name == "CapEff":
            needed = 1 << _CAP_SETUID | 1 << _CAP_SETGID
            return int(value, 16) & needed == needed
    return True

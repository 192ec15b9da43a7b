"""What the environment asks for: which services run, and directives for their confs."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches
from types import MappingProxyType

from clamgate.config import values
from clamgate.config.directives import TABLE
from clamgate.config.problems import Findings, Place
from clamgate.container.database_age import MAX_AGE, max_database_age, variable_place
from clamgate.container.programs import CLAMD, FILTER, FRESHCLAM, PROGRAMS, Program

STARTUP_TIMEOUT = 1800.0
_MOST_CHECKS = 50  # freshclam(1): "1 <= n <= 50"

# What ClamAV's README calls it in one place, and users copy.
_SLIPS = MappingProxyType({"CLAMAV_NO_MILTERED": "CLAMAV_NO_MILTERD"})
# What Kubernetes adds for a service that is called clamav or clamd.
_KUBERNETES = re.compile(r"CLAM(AV|D)_(SERVICE|PORT)(_.*)?")
_DIRECTIVE = re.compile(r"([A-Za-z][A-Za-z0-9]*)(?:_([0-9]+))?")

_OTHERS = (
    "CLAMD_STARTUP_TIMEOUT",
    "FRESHCLAM_CHECKS",
    MAX_AGE,
    "LOG_FORMAT",
)
_KNOWN = (*(program.switch for program in PROGRAMS), *_OTHERS)

# The directives that may be given more than once. Those of clamd and freshclam are what `clamconf
# -n` (ClamAV 1.4.6) shows twice if given twice.
_REPEATABLE = MappingProxyType(
    {
        CLAMD.name: frozenset(
            {
                "ExcludePUA",
                "ExcludePath",
                "IncludePUA",
                "OnAccessExcludePath",
                "OnAccessExcludeUID",
                "OnAccessExcludeUname",
                "OnAccessIncludePath",
                "OnAccessMountPath",
                "TCPAddr",
            }
        ),
        FRESHCLAM.name: frozenset(
            {
                "DatabaseCustomURL",
                "DatabaseMirror",
                "ExcludeDatabase",
                "ExtraDatabase",
                "PrivateMirror",
            }
        ),
        FILTER.name: frozenset(directive.name for directive in TABLE if directive.repeatable),
    }
)


@dataclass(frozen=True, slots=True)
class Given:
    """A directive with one of its values, and the variable that gives it."""

    name: str
    value: str
    variable: str


@dataclass(frozen=True, slots=True)
class Wishes:
    """All that the environment says.

    Attributes:
        clamd, freshclam, filter: Which of them run.
        startup_timeout: Seconds that clamd may take until it answers.
        checks: How often freshclam looks for updates in a day; None leaves it to its conf.
        json_lines: Whether lines of output are JSON objects.
        max_database_age: Seconds after which the health check minds an old database, or None.
        directives: For each program, by name, the directives of its conf.
    """

    clamd: bool = True
    freshclam: bool = True
    filter: bool = False
    startup_timeout: float = STARTUP_TIMEOUT
    checks: int | None = None
    json_lines: bool = False
    max_database_age: float | None = None
    directives: Mapping[str, tuple[Given, ...]] = field(default_factory=dict)

    def of(self, program: Program) -> tuple[Given, ...]:
        """Return the directives for one program's conf."""
        return self.directives.get(program.name, ())

    def runs(self, program: Program) -> bool:
        """Whether one of the programs runs."""
        switched_on = {
            CLAMD.name: self.clamd,
            FRESHCLAM.name: self.freshclam,
            FILTER.name: self.filter,
        }
        return switched_on[program.name]


def read_environment(environ: Mapping[str, str], findings: Findings) -> Wishes:
    """Return what the environment asks for; what is wrong with it goes to `findings`.

    A variable that is empty counts as unset.
    """
    given = _without_slips({name: text for name, text in environ.items() if text}, findings)
    wishes = Wishes(
        clamd=not _flag(given, CLAMD.switch, findings, otherwise=False),
        freshclam=not _flag(given, FRESHCLAM.switch, findings, otherwise=False),
        filter=not _flag(given, FILTER.switch, findings, otherwise=True),
        startup_timeout=_timeout(given, findings),
        checks=_checks(given, findings),
        json_lines=_log_format(given, findings),
        max_database_age=max_database_age(given, findings),
        directives=MappingProxyType(
            {program.name: tuple(_directives(program, given, findings)) for program in PROGRAMS}
        ),
    )
    _look_for_unknown(given, findings)
    _look_for_unused(wishes, findings)
    return wishes


def _without_slips(given: dict[str, str], findings: Findings) -> dict[str, str]:
    for wrong, right in _SLIPS.items():
        if wrong in given:
            findings.warn(variable_place(wrong), f"there is no such variable: write {right}")
            given.setdefault(right, given[wrong])
            del given[wrong]
    return given


def _flag(given: Mapping[str, str], name: str, findings: Findings, *, otherwise: bool) -> bool:
    text = given.get(name)
    if text is None:
        return otherwise
    try:
        return values.boolean(text.strip())
    except ValueError as error:
        findings.error(variable_place(name), f'"{text}" {error}')
        return otherwise


def _timeout(given: Mapping[str, str], findings: Findings) -> float:
    name = "CLAMD_STARTUP_TIMEOUT"
    try:
        return values.some_seconds(given[name]) if name in given else STARTUP_TIMEOUT
    except ValueError as error:
        findings.error(variable_place(name), f'"{given[name]}" {error}')
        return STARTUP_TIMEOUT


def _checks(given: Mapping[str, str], findings: Findings) -> int | None:
    text = given.get("FRESHCLAM_CHECKS")
    if text is None:
        return None
    if not (text.isascii() and text.isdecimal() and 1 <= int(text[:9]) <= _MOST_CHECKS):
        findings.error(
            variable_place("FRESHCLAM_CHECKS"),
            f'"{text}" must be how often a day to look for updates, 1 to {_MOST_CHECKS}',
        )
        return None
    return int(text)


def _log_format(given: Mapping[str, str], findings: Findings) -> bool:
    text = given.get("LOG_FORMAT", "text")
    try:
        return values.one_of({"text": False, "json": True})(text)
    except ValueError as error:
        findings.error(variable_place("LOG_FORMAT"), f'"{text}" {error}')
        return False


def _directives(program: Program, given: Mapping[str, str], findings: Findings) -> Iterator[Given]:
    """Yield a program's directives, the values of one that is repeated in the order of numbers."""
    first: dict[str, str] = {}
    for name, _, variable in sorted(_named(program, given, findings)):
        lines = [line for line in given[variable].splitlines() if line.strip()]
        if name not in _REPEATABLE[program.name] and (len(lines) > 1 or name in first):
            other = f", and {first[name]} gives one too" if name in first else ""
            findings.error(variable_place(variable), f"{name} takes a single value{other}")
            continue
        first.setdefault(name, variable)
        for line in lines:
            if not line.isprintable():
                findings.error(
                    variable_place(variable), f"{name}: unprintable characters: remove them"
                )
                continue
            yield Given(name, line, variable)


def _named(
    program: Program, given: Mapping[str, str], findings: Findings
) -> Iterator[tuple[str, int, str]]:
    """Yield directive, number (0 if there is none) and variable."""
    for variable in given:
        if not variable.startswith(program.prefix):
            continue
        match = _DIRECTIVE.fullmatch(variable.removeprefix(program.prefix))
        if match is None:
            findings.error(
                variable_place(variable),
                f"after {program.prefix} must stand a directive of {program.conf}, and, if it is"
                " given several times, _ and a number",
            )
            continue
        yield match[1], int(match[2] or 0), variable


def _look_for_unknown(given: Mapping[str, str], findings: Findings) -> None:
    for name in given:
        ours = name.startswith("CLAMAV_") and not _KUBERNETES.fullmatch(name)
        if not ours or name in _KNOWN:
            continue
        near = get_close_matches(name, _KNOWN, n=1, cutoff=0.75)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(_KNOWN)}"
        findings.warn(variable_place(name), f"it has no meaning here and is ignored: {hint}")


def _look_for_unused(wishes: Wishes, findings: Findings) -> None:
    for program in PROGRAMS:
        if not wishes.runs(program) and program is not FRESHCLAM:
            for given in wishes.of(program):
                findings.warn(
                    variable_place(given.variable),
                    f"it has no effect while {program.switch} is true"
                    + (", which is the default" if program is FILTER else ""),
                )
    if not (wishes.clamd or wishes.freshclam or wishes.filter):
        findings.error(
            Place("environment"),
            "nothing is left to run: set CLAMAV_NO_CLAMD, CLAMAV_NO_FRESHCLAMD or"
            " CLAMAV_NO_MILTERD to false",
        )

"""From a conf file to Settings, or to everything that is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from clamgate.config import assemble, policy
from clamgate.config.checks import check
from clamgate.config.directives import TABLE
from clamgate.config.exceptions import included
from clamgate.config.lexer import lex
from clamgate.config.policy_checks import check_rules
from clamgate.config.problems import ConfError, Findings, Place, Problem
from clamgate.config.resolve import DEFAULT, resolve
from clamgate.core.settings import Settings

NO_OVERRIDES: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Loaded:
    """A conf that can be used.

    Attributes:
        path: Its name.
        settings: What it says.
        warnings: What in it is legal, but has no effect or hardly the one that was meant.
        origins: Where the value of each directive comes from, by name: ``file:line`` (several,
            after commas, if it is repeated), ``command line`` or ``default``. Those that are
            ignored are not in it.
        texts: The values of the same directives as one would write them; none if it is unset.
    """

    path: str
    settings: Settings
    warnings: tuple[Problem, ...]
    origins: Mapping[str, str]
    texts: Mapping[str, tuple[str, ...]]

    def located(self, complaint: str) -> str:
        """Put the place before a complaint that begins with a directive's name, if it has one."""
        origin = self.origins.get(complaint.partition(" ")[0], DEFAULT)
        return complaint if origin == DEFAULT else f"{origin}: {complaint}"


def load(path: str, overrides: Mapping[str, Sequence[str]] = NO_OVERRIDES) -> Loaded:
    """Read a conf file, the lists it names, and look up its host names.

    Args:
        path: The conf file.
        overrides: Directives given on the command line, by name; each replaces all that the conf
            says of it.

    Raises:
        ConfError: It cannot be used, for the reasons given, all of them.
    """
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or error
        raise ConfError([Problem(path, 0, f"cannot read this conf file: {reason}")]) from None
    return parse(data, path, overrides)


def parse(data: bytes, path: str, overrides: Mapping[str, Sequence[str]] = NO_OVERRIDES) -> Loaded:
    """Do the same for the text of a conf.

    Args:
        data: What the file holds.
        path: Its name, for messages.
        overrides: As for `load`.

    Raises:
        ConfError: It cannot be used, for the reasons given, all of them.
    """
    findings = Findings()
    items = lex(data, path, findings)
    items += included(items, overrides, findings)
    values = resolve(items, overrides, findings)
    check(values, Place(path), findings)
    excluded = assemble.exclusions(values, findings)
    rules = policy.rules(values, findings)
    check_rules(rules, values, findings)
    findings.raise_errors()
    names = [directive.name for directive in TABLE if not directive.ignored]
    return Loaded(
        path=path,
        settings=assemble.settings(values, excluded, rules),
        warnings=findings.warnings,
        origins=MappingProxyType({name: values.origin(name) for name in names}),
        texts=MappingProxyType({name: values.texts(name) for name in names}),
    )

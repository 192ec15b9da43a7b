"""Which directives a conf and the command line give, and what their values are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from typing import Any

from clamgate.config.directives import BY_NAME, BY_OPTION, TABLE, Directive
from clamgate.config.lexer import Item, trailing_comment
from clamgate.config.problems import COMMAND_LINE, Findings, Place

DEFAULT = "default"
"""Where a value comes from that nobody has given."""

_LONGEST_SHOWN = 60


@dataclass(frozen=True, slots=True)
class Given:
    """One value as it is written, and what it means."""

    text: str
    value: Any
    place: Place


class Values:
    """The values of all directives, given or by default.

    Args:
        given: The values of those that are given, by name.
        broken: The names of those that are given, but no value of theirs can be used.
    """

    def __init__(self, given: Mapping[str, Sequence[Given]], broken: frozenset[str]) -> None:
        self._given = given
        self._broken = broken

    def __getitem__(self, name: str) -> Any:
        """Return a value: None if it is unset, a tuple if the directive can be repeated."""
        directive = BY_NAME[name]
        given = self._given.get(name)
        if directive.repeatable:
            return tuple(one.value for one in given or ())
        if given:
            return given[0].value
        return None if directive.default is None else directive.parse(directive.default)

    def given(self, name: str) -> Sequence[Given]:
        """Return a directive's values with their places; none if it is not given."""
        return self._given.get(name, ())

    def place(self, name: str) -> Place | None:
        """Return where a directive is given first, None if nowhere."""
        given = self._given.get(name)
        return given[0].place if given else None

    def missing(self, name: str) -> bool:
        """Whether a directive is not given at all; one with a wrong value is."""
        return name not in self._given and name not in self._broken

    def texts(self, name: str) -> tuple[str, ...]:
        """Return a directive's values as they are written, or its default; none if it is unset."""
        given = self._given.get(name)
        if given:
            return tuple(one.text for one in given)
        default = BY_NAME[name].default
        return () if default is None else (default,)

    def origin(self, name: str) -> str:
        """Return where a directive's value comes from, for people."""
        given = self._given.get(name)
        return ", ".join(str(one.place) for one in given) if given else DEFAULT


def resolve(
    items: Iterable[Item], overrides: Mapping[str, Sequence[str]], findings: Findings
) -> Values:
    """Find the directive of each item, parse its value, and settle which one counts.

    A directive on the command line replaces all that the conf says of it. Given twice in the conf,
    the first counts, as in the C program.
    """
    chosen: dict[str, list[Item]] = {}
    for item in _overriding(overrides):
        _choose(item, chosen, findings)
    decided = frozenset(chosen)
    for item in items:
        directive = _directive(item, findings)
        if directive is not None and directive.name not in decided:
            _add(item, directive, chosen, findings)
    given = {name: tuple(_parsed(name, written, findings)) for name, written in chosen.items()}
    return Values(
        {name: values for name, values in given.items() if values},
        frozenset(name for name, values in given.items() if not values),
    )


def _overriding(overrides: Mapping[str, Sequence[str]]) -> Iterator[Item]:
    for name, texts in overrides.items():
        for text in texts:
            yield Item(name, text, COMMAND_LINE)


def _choose(item: Item, chosen: dict[str, list[Item]], findings: Findings) -> None:
    directive = _directive(item, findings)
    if directive is None:
        return
    if not item.value:
        findings.error(item.place, f"{item.name} has no value")
        return
    _add(item, directive, chosen, findings)


def _directive(item: Item, findings: Findings) -> Directive | None:
    """Return the directive an item names, if that is one with an effect."""
    directive = BY_NAME.get(item.name)
    if directive is None and (directive := BY_OPTION.get(item.name)):
        findings.warn(
            item.place, f"{item.name} is an option of the command line: write {directive.name}"
        )
    if directive is None:
        findings.error(item.place, f"there is no directive {item.name}{_did_you_mean(item.name)}")
        return None
    if directive.ignored:
        findings.warn(item.place, f"{item.name} is ignored: {directive.ignored}")
        return None
    if directive.replaced_by:
        findings.warn(
            item.place, f"{item.name} is the old name of {directive.replaced_by}: write that"
        )
    return directive


def _did_you_mean(name: str) -> str:
    for known in BY_NAME:
        if known.lower() == name.lower():
            return f": write {known}, upper and lower case count"
    names = {directive.name.lower(): directive.name for directive in TABLE if not directive.ignored}
    near = get_close_matches(name.lower(), names, n=1)
    return f": did you mean {names[near[0]]}?" if near else ""


def _add(
    item: Item, directive: Directive, chosen: dict[str, list[Item]], findings: Findings
) -> None:
    earlier = chosen.setdefault(directive.name, [])
    if earlier and not directive.repeatable:
        findings.warn(
            item.place,
            f"{directive.name} is given again and ignored: the first counts,"
            f" at {earlier[0].place}; remove one of the two",
        )
        return
    earlier.append(item)


def _parsed(name: str, items: Iterable[Item], findings: Findings) -> Iterator[Given]:
    directive = BY_NAME[name]
    for item in items:
        try:
            value = directive.parse(item.value)
        except ValueError as error:
            hint = (
                " - a comment must have a line of its own" if trailing_comment(item.value) else ""
            )
            findings.error(item.place, f'{name} "{_shortened(item.value)}": {error}{hint}')
            continue
        if directive.advise and (advice := directive.advise(item.value)):
            findings.warn(item.place, f"{name} {item.value}: {advice}")
        yield Given(item.value, value, item.place)


def _shortened(text: str) -> str:
    return text if len(text) <= _LONGEST_SHOWN else f"{text[:_LONGEST_SHOWN]}..."

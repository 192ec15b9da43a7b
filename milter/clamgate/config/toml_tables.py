"""Tables in TOML with known keys: each value is parsed, and all that is wrong is told by line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from difflib import get_close_matches
from typing import Any

from clamgate.config.problems import Findings
from clamgate.config.toml_lines import Document, Key

Parser = Callable[[Any], Any]
"""Takes a value of TOML's types; raises a ValueError that says what would be right."""


def read_table(
    document: Document, path: tuple[Key, ...], parsers: Mapping[str, Parser], findings: Findings
) -> dict[str, Any]:
    """Return what the keys of a table stand for; those that are wrong are left out, and told of.

    Args:
        document: The file.
        path: The table's.
        parsers: The keys that may be in it, and what takes their values.
        findings: Told of what is wrong.
    """
    table = _at(document.data, path)
    found = {}
    for name, value in table.items():
        place = document.place(*path, name)
        parse = parsers.get(name)
        if parse is None:
            findings.error(place, f"there is no key {name}{did_you_mean(name, parsers)}")
            continue
        try:
            found[name] = parse(value)
        except ValueError as error:
            findings.error(place, f"{name}: {error}")
    return found


def tables(document: Document, name: str, findings: Findings) -> Iterator[int]:
    """Yield the indexes of the tables in an array of them; it may be missing."""
    array = document.data.get(name, [])
    if not isinstance(array, list) or not all(isinstance(one, dict) for one in array):
        findings.error(document.place(name), f"write [[{name}]], with two brackets on each side")
        return
    yield from range(len(array))


def did_you_mean(name: str, known: Mapping[str, Any]) -> str:
    """Return a hint at the known name that is nearest to a wrong one."""
    near = get_close_matches(name.lower(), known, n=1)
    return f": did you mean {near[0]}?" if near else f": it may have {', '.join(known)}"


def text(value: object) -> str:
    """Take a string."""
    if not isinstance(value, str):
        raise ValueError(f"must be text in quotes, not {_shown(value)}")  # noqa: TRY004  as Parser
    return value


def texts(value: object) -> tuple[str, ...]:
    """Take a string, or an array of them that is not empty."""
    array = value if isinstance(value, list) else [value]
    if not array:
        raise ValueError("is empty: leave it out to have it hold for all")
    return tuple(map(text, array))


def switch(value: object) -> bool:
    """Take true or false."""
    if not isinstance(value, bool):
        raise ValueError(f"must be true or false, not {_shown(value)}")  # noqa: TRY004  as Parser
    return value


def text_by(parse: Callable[[str], Any]) -> Parser:
    """Return what takes a string and has `parse` make something of it."""
    return lambda value: parse(text(value))


def texts_by(parse: Callable[[str], Any]) -> Parser:
    """Return what takes one or more strings and has `parse` make something of each."""
    return lambda value: tuple(parse(one) for one in texts(value))


def _shown(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else repr(value)


def _at(data: Any, path: tuple[Key, ...]) -> Any:
    for key in path:
        data = data[key]
    return data

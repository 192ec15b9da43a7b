"""Regular expressions mean the same to every Python that this runs on."""

from __future__ import annotations

import importlib
import pkgutil
import re
from collections.abc import Iterator
from typing import Any

import clamgate

# Private, and there since 3.11: what an expression is made of is told nowhere else.
_parser: Any = importlib.import_module("re._parser")
_constants: Any = importlib.import_module("re._constants")
_SINGLE = frozenset({_constants.LITERAL, _constants.NOT_LITERAL, _constants.ANY, _constants.IN})


def possessive_groups(parsed: Any) -> Iterator[Any]:
    """Yield what is repeated possessively, or atomic, and more than one letter."""
    for operation, argument in parsed:
        parts = argument if isinstance(argument, tuple | list) else (argument,)
        for part in parts:
            for one in part if isinstance(part, list) else (part,):
                if isinstance(one, _parser.SubPattern):
                    yield from possessive_groups(one)
        if operation is _constants.POSSESSIVE_REPEAT:
            (*_, item) = argument
            if len(item) != 1 or item[0][0] not in _SINGLE:
                yield argument
        elif operation is _constants.ATOMIC_GROUP:
            yield argument


def expressions() -> Iterator[tuple[str, re.Pattern[Any]]]:
    for module in pkgutil.walk_packages(clamgate.__path__, "clamgate."):
        if module.name.endswith("__main__"):
            continue
        for name, value in vars(importlib.import_module(module.name)).items():
            if isinstance(value, re.Pattern):
                yield f"{module.name}.{name}", value


def test_only_single_letters_are_repeated_possessively() -> None:
    """Of groups, Python before 3.11.5 (Debian 12 has 3.11.2) makes something else."""
    found = dict(expressions())
    assert "clamgate.message.mime.strict_header._FIELDS" in found
    for name, pattern in found.items():
        flags = pattern.flags & ~re.DEBUG
        assert not list(possessive_groups(_parser.parse(pattern.pattern, flags))), name


def test_groups_are_recognized() -> None:
    for text in ("(?:ab)*+", "x(?:(a)|b)?+", "(?=(?:a+)++)", "(?>a|b)", "(?:x(?:ab)*+)*"):
        assert list(possessive_groups(_parser.parse(text))), text
    for text in ("a*+", "[a-z]++", ".?+", "(?:ab)*", "(?!a++)", r"\s*+x"):
        assert not list(possessive_groups(_parser.parse(text))), text

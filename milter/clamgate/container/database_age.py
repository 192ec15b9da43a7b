"""HEALTH_MAX_DB_AGE. By itself, so that the health check need not know all of the environment."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType

from clamgate.config.problems import Findings, Place

MAX_AGE = "HEALTH_MAX_DB_AGE"

_AGE = re.compile(r"([0-9]+)([smhd]?)")
_UNITS = MappingProxyType({"": 1, "s": 1, "m": 60, "h": 3600, "d": 86400})


def max_database_age(given: Mapping[str, str], findings: Findings) -> float | None:
    """Return HEALTH_MAX_DB_AGE in seconds, None if it is not set."""
    text = given.get(MAX_AGE, "")
    if not text:
        return None
    match = _AGE.fullmatch(text)
    if not match:
        findings.error(
            variable_place(MAX_AGE),
            f'"{text}" must be a number of seconds, or one followed by m, h or d, such as 3d',
        )
        return None
    return float(int(match[1]) * _UNITS[match[2]])


def variable_place(name: str) -> Place:
    """Return an environment variable as the place of a problem."""
    return Place(f"environment variable {name}")

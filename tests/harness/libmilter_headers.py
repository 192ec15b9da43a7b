"""The names and numbers of the milter protocol as libmilter's own headers have them."""

from __future__ import annotations

import re
from pathlib import Path

FOLDER = Path("/usr/include/libmilter")
MISSING = "libmilter's headers are not installed (Debian: apt install libmilter-dev)"

_LETTER = re.compile(r"^#define\s+(SMF\w+)\s+'(.)'", re.MULTILINE)
_NUMBER = re.compile(r"^#\s*define\s+(SMF\w+)\s+(0x[0-9A-Fa-f]+|\d+)L?\b", re.MULTILINE)


def letters() -> dict[str, bytes]:
    """Return every name that stands for a letter."""
    return {name: letter.encode() for name, letter in _LETTER.findall(_text())}


def numbers() -> dict[str, int]:
    """Return every name that stands for a number."""
    return {name: int(value, 0) for name, value in _NUMBER.findall(_text())}


def _text() -> str:
    return (FOLDER / "mfdef.h").read_text() + (FOLDER / "mfapi.h").read_text()

"""Single values: text in, value out, or a ValueError that says what would be right."""

from __future__ import annotations

import grp
import pwd
import re
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from enum import Enum
from typing import TypeVar

T = TypeVar("T")
E = TypeVar("E", bound=Enum)

LARGEST_SIZE = 2**63 - 1
"""What a size of 0 (no limit) or one beyond it comes to, as in the C program (64-bit)."""

_LARGEST_NUMBER = 2**31 - 1
_MOST_DIGITS = 22  # of 2**63, in octal or decimal: more need not be read
_UNITS = {"": 1, "K": 1024, "M": 1024**2, "G": 1024**3}
_SIZE = re.compile(r"([0-9]+)([KMG]?)", re.IGNORECASE)
_DATABASE_URL = re.compile(r"sqlite:////.+|postgresql://.+/.+")
_NUMBER = re.compile(r"[0-9]+")
_MODE = re.compile(r"[0-7]{1,4}")
_READ_AND_WRITE = 0o666
_DAY = 24 * 60 * 60.0

_LARGEST_HISTORY = 1_000_000
_MOST_WORKERS = 256
_LONGEST_REJECT_MSG = 900
_LONGEST_TAG = 200
_LONGEST_HOST_NAME = 253

_BOOLEANS = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}

_FACILITIES = tuple(
    f"LOG_{name}"
    for name in (
        *("AUTH", "AUTHPRIV", "CRON", "DAEMON", "FTP", "KERN", "LPR", "MAIL", "NEWS", "SYSLOG"),
        *("USER", "UUCP", *(f"LOCAL{number}" for number in range(8))),
    )
)


def boolean(text: str) -> bool:
    """Parse yes, true or 1, and no, false or 0, in any case."""
    try:
        return _BOOLEANS[text.lower()]
    except KeyError:
        raise ValueError("must be yes or no (or true, false, 1, 0)") from None


def negated(text: str) -> bool:
    """Parse a boolean into its opposite, for a directive that switches something off."""
    return not boolean(text)


def number(text: str) -> int:
    """Parse an unsigned whole number."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("must be a whole number, in digits only")
    digits = text.lstrip("0") or "0"
    if len(digits) > _MOST_DIGITS or int(digits) > _LARGEST_NUMBER:
        raise ValueError(f"is too large: {_LARGEST_NUMBER} is the most")
    return int(digits)


def history_size(text: str) -> int:
    """Parse how many messages are remembered."""
    if (parsed := number(text)) > _LARGEST_HISTORY:
        raise ValueError(f"is too large: {_LARGEST_HISTORY} is the most")
    return parsed


def seconds(text: str) -> float:
    """Parse a time in seconds, 0 included."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("must be a whole number of seconds, in digits only")
    return float(number(text))


def some_seconds(text: str) -> float:
    """Parse a time in seconds that is not 0."""
    if not (parsed := seconds(text)):
        raise ValueError("must be at least 1 second")
    return parsed


def days(text: str) -> float | None:
    """Parse a time in days into seconds, of which 0 means that there is no limit."""
    if not _NUMBER.fullmatch(text):
        raise ValueError("must be a whole number of days, in digits only")
    return number(text) * _DAY or None


def size(text: str) -> int:
    """Parse a number of bytes, perhaps with K, M or G after it.

    As in the C program, digits that begin with 0 are octal, and what is too large is cut down.
    """
    match = _SIZE.fullmatch(text)
    if not match:
        shorter = text.rstrip("bB")
        hint = f": write {shorter}" if shorter != text and _SIZE.fullmatch(shorter) else ""
        raise ValueError(f"must be a number of bytes, or one followed by K, M or G{hint}")
    digits, unit = match.groups()
    if len(digits.lstrip("0")) > _MOST_DIGITS:
        return LARGEST_SIZE
    try:
        count = int(digits, 8 if digits.startswith("0") else 10)
    except ValueError:
        raise ValueError(
            f"begins with 0, which makes it octal, and is none: write {digits.lstrip('0')}{unit}"
        ) from None
    return min(count * _UNITS[unit.upper()], LARGEST_SIZE)


def limit(text: str) -> int:
    """Parse a size of which 0 means that there is no limit."""
    return size(text) or LARGEST_SIZE


def size_or_unlimited(text: str) -> int | None:
    """Parse a size of which 0, read as None, means that there is no limit."""
    return size(text) or None


def size_of_at_least(least: int) -> Callable[[str], int]:
    """Return a parser of sizes from `least` bytes up."""

    def parse(text: str) -> int:
        parsed = size(text)
        if parsed < least:
            raise ValueError(f"must be at least {least} bytes")
        return parsed

    return parse


def odd_size(text: str) -> str | None:
    """Say what is legal but unexpected about a size."""
    digits = text.rstrip("KkMmGg")
    if digits.startswith("0") and digits.strip("0"):
        return f"a number that begins with 0 is octal: this is {size(text)} bytes"
    if int(digits[:_MOST_DIGITS]) * _UNITS[text[len(digits) :].upper()] > LARGEST_SIZE:
        return f"too large, cut down to {LARGEST_SIZE}"
    return None


def mode(text: str) -> int:
    """Parse octal permissions; only those to read and write are kept."""
    if not _MODE.fullmatch(text):
        raise ValueError("must be permissions in octal, such as 660")
    return int(text, 8) & _READ_AND_WRITE


def odd_mode(text: str) -> str | None:
    """Say what is legal but unexpected about permissions."""
    if int(text, 8) & ~_READ_AND_WRITE:
        return f"only permissions to read and write count: taken as {mode(text):03o}"
    return None


def one_of(words: Mapping[str, T], why: str = "") -> Callable[[str], T]:
    """Return a parser that takes one of `words`, in any case.

    Args:
        words: Each word and what it stands for.
        why: Added to the error, to explain what is missing from the words.
    """
    by_word = {word.lower(): value for word, value in words.items()}

    def parse(text: str) -> T:
        try:
            return by_word[text.lower()]
        except KeyError:
            raise ValueError(f"must be {alternatives(words)}{why}") from None

    return parse


def one_of_enum(members: Iterable[E], why: str = "") -> Callable[[str], E]:
    """Return a parser that takes the value of one of these enum members, in any case."""
    return one_of({str(member.value): member for member in members}, why)


def facility(text: str) -> str:
    """Parse the name of a syslog facility; as in the C program, its case counts."""
    if text in _FACILITIES:
        return text
    wanted = text.upper() if text.upper().startswith("LOG_") else f"LOG_{text.upper()}"
    near = get_close_matches(wanted, _FACILITIES, n=1)
    hint = f": did you mean {near[0]}?" if near else f": one of {', '.join(_FACILITIES)}"
    raise ValueError(f"is no syslog facility{hint}")


def absolute_path(text: str) -> str:
    """Parse the path of a file or directory."""
    if not text.startswith("/"):
        raise ValueError("must be an absolute path, one that begins with /")
    return text


def path_or_none(text: str) -> str:
    """Parse the path of a file, or none, which is empty."""
    return "" if text.lower() == "none" else absolute_path(text)


def workers(text: str) -> int:
    """Parse a number of processes; auto is 0."""
    if text.lower() == "auto":
        return 0
    if not _NUMBER.fullmatch(text) or not 1 <= number(text) <= _MOST_WORKERS:
        raise ValueError(f"must be auto, or a number from 1 to {_MOST_WORKERS}")
    return number(text)


def user(text: str) -> str:
    """Parse the name of a user of this system."""
    try:
        return pwd.getpwnam(text).pw_name
    except KeyError:
        raise ValueError("there is no such user on this system") from None


def group(text: str) -> str:
    """Parse the name or number of a group. A number that has no name here stays one."""
    if text.isdecimal():
        gid = number(text)
        try:
            return grp.getgrgid(gid).gr_name
        except KeyError:
            return str(gid)
    try:
        return grp.getgrnam(text).gr_name
    except KeyError:
        raise ValueError("there is no such group on this system") from None


def host_name(text: str) -> str:
    """Parse what a mail header shows as our host's name."""
    _check_printable(text)
    if len(text) > _LONGEST_HOST_NAME:
        raise ValueError(f"is too long: {_LONGEST_HOST_NAME} characters are the most")
    return text


def reject_msg(text: str) -> str:
    """Parse the text of an SMTP reply, which shows the signature at ``%v``, the file at ``%f``."""
    _check_printable(text)
    if text.count("%v") > 1:
        raise ValueError("%v, the signature, may stand in it once only")
    if len(text) > _LONGEST_REJECT_MSG:
        raise ValueError(f"is too long for a reply: {_LONGEST_REJECT_MSG} characters are the most")
    return text


def reply_text(text: str) -> str:
    """Parse the text of an SMTP reply in which any placeholder may stand, as often as wanted."""
    _check_printable(text)
    if not text.strip() or len(text) > _LONGEST_REJECT_MSG:
        raise ValueError(f"must be a text of {_LONGEST_REJECT_MSG} characters at most")
    return text


def subject_tag(text: str) -> str:
    """Parse what is put before a subject."""
    if not text.isprintable():
        raise ValueError("must be printable text")
    if not text.strip():
        raise ValueError('must be more than blanks, such as "[VIRUS] "')
    if len(text) > _LONGEST_TAG:
        raise ValueError(f"is too long: {_LONGEST_TAG} characters are the most")
    return text


def database_url(text: str) -> str:
    """Parse the URL of a database: SQLite's by an absolute path, or PostgreSQL's."""
    if not _DATABASE_URL.fullmatch(text):
        raise ValueError("must be sqlite:////path or postgresql://user@host/database")
    return text


def string(text: str) -> str:
    """Take any text."""
    return text


def alternatives(words: Iterable[str]) -> str:
    """Return words as a choice: ``a``, ``a or b``, ``a, b or c``."""
    *others, last = words
    return f"{', '.join(others)} or {last}" if others else last


def _check_printable(text: str) -> None:
    if not (text.isascii() and text.isprintable()):
        raise ValueError("must be printable ASCII: no accents, no tabs")

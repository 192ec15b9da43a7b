"""The files that AllowList and SkipAuthenticated name: one entry a line.

Both are read as the C clamav-milter does: lines that begin with ``#``, ``:`` or ``!`` are skipped,
and so is, in silence there, an entry of a single byte. An empty line stops that program when it
is in an AllowList; here it is reported and skipped.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clamgate.config.problems import Findings, Place
from clamgate.config.regex import Regex, RegexError, compile_basic

_SKIPPED = (b"#", b":", b"!")
_BLANKS = b" \t"


@dataclass(frozen=True, slots=True)
class AllowList:
    """The expressions for senders and for recipients."""

    senders: tuple[Regex, ...] = ()
    recipients: tuple[Regex, ...] = ()


@dataclass(frozen=True, slots=True)
class _Entry:
    text: bytes
    place: Place


def read_allow_list(path: str, named_at: Place, findings: Findings) -> AllowList:
    """Read a file of basic expressions, each for senders (``From:``) or recipients (``To:``).

    Args:
        path: The file.
        named_at: Where the conf names it.
        findings: Told of what is wrong, by the line of the file itself.
    """
    senders: list[Regex] = []
    recipients: list[Regex] = []
    for entry in _entries(path, named_at, findings):
        text, target = entry.text, recipients
        if text[:5].lower() == b"from:":
            text, target = text[5:], senders
        elif text[:3].lower() == b"to:":
            text = text[3:]
        if regex := _regex(_Entry(text, entry.place), findings):
            target.append(regex)
    return AllowList(tuple(senders), tuple(recipients))


def read_names(path: str, named_at: Place, findings: Findings) -> frozenset[bytes]:
    """Read a file of AUTH login names and return them in lower case: their case does not count.

    Args:
        path: The file.
        named_at: Where the conf names it.
        findings: Told of what is wrong, by the line of the file itself.
    """
    names = frozenset(
        entry.text.lower()
        for entry in _entries(path, named_at, findings)
        if _is_usable(entry, "name", findings)
    )
    if not names:
        findings.warn(Place(path), "lists no names: nobody is exempt")
    return names


def _entries(path: str, named_at: Place, findings: Findings) -> Iterator[_Entry]:
    try:
        data = Path(path).read_bytes()
    except (OSError, ValueError) as error:
        findings.error(named_at, f"cannot read {path}: {getattr(error, 'strerror', error)}")
        return
    lines = data.split(b"\n")
    if not lines[-1]:
        lines.pop()
    for number, line in enumerate(lines, start=1):
        place = Place(path, number)
        text = line.rstrip(b"\r")
        if text.startswith(_SKIPPED):
            continue
        if b"\0" in text:
            findings.error(place, "holds a NUL byte: this is no text file")
        elif not text.strip(_BLANKS):
            findings.warn(place, "an empty line is ignored")
        else:
            yield _Entry(text, place)


def _regex(entry: _Entry, findings: Findings) -> Regex | None:
    if not entry.text:
        findings.error(entry.place, "no expression after the colon: write one, or remove the line")
        return None
    if not _is_usable(entry, "expression", findings):
        return None
    for bracket in ("<", ">"):
        if f"\\{bracket}".encode() in entry.text:
            findings.warn(
                entry.place, f"\\{bracket} is the edge of a word: for the bracket write {bracket}"
            )
    try:
        return compile_basic(entry.text)
    except RegexError as error:
        shown = entry.text.decode(errors="backslashreplace")
        findings.error(entry.place, f'the expression "{shown}" cannot be used: {error}')
        return None


def _is_usable(entry: _Entry, what: str, findings: Findings) -> bool:
    """Warn of what is hardly meant; say whether the entry counts nevertheless."""
    if len(entry.text) == 1:
        shown = entry.text.decode(errors="backslashreplace")
        findings.warn(
            entry.place, f'"{shown}" is ignored: {what}s must have two characters or more'
        )
        return False
    if entry.text != entry.text.strip(_BLANKS):
        findings.warn(entry.place, f"blanks at the start or end are taken as part of the {what}")
    return True

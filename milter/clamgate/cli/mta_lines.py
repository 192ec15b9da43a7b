"""What `clamgate mta` says of a mail: who, what about, verdict, decision, time."""

from __future__ import annotations

import re

from clamgate.core.subject import readable as decoded
from clamgate.harness.mta.report import Fate, Passage
from clamgate.observe.text import printable, readable

_CODES = re.compile(rb"^([245]\d\d)[ -](?:([245]\.\d{1,3}\.\d{1,3}) )?")
_LINE_END = re.compile(rb"\r\n\d\d\d[ -](?:[245]\.\d{1,3}\.\d{1,3} )?")


def mail_line(passage: Passage, verdict_header: bytes) -> str:
    """Return one line for a mail.

    The verdict is what a filter wrote into `verdict_header`; where none did, it is the words that
    the mail was refused or held with.
    """
    verdict = passage.header_set(verdict_header) or _words(passage.text)
    what = [_who(passage)]
    if passage.draft:
        what.append(_subject(passage.draft.value(b"Subject")))
    return (
        f"mail {', '.join(what)}: {_plain(verdict) or 'no verdict'}, "
        f"{_decision(passage)}, {passage.seconds * 1000:.0f} ms"
    )


def _who(passage: Passage) -> str:
    text = f"<{_plain(passage.sender)}>"
    if passage.recipients:
        text += f" to <{_plain(passage.recipients[0])}>"
    more = len(passage.recipients) - 1
    return f"{text} and {more} more" if more > 0 else text


def _subject(value: bytes | None) -> str:
    return "no subject" if value is None else f'"{printable(decoded(value), 80)}"'


def _decision(passage: Passage) -> str:
    decision: str = passage.fate.value
    if passage.fate in {Fate.REFUSED, Fate.DEFERRED} and (match := _CODES.match(passage.text)):
        decision += f" ({' '.join(_plain(it) for it in match.groups() if it)})"
    return decision


def _words(text: bytes) -> bytes:
    """Return a reply without its codes, its lines joined."""
    return _LINE_END.sub(b" ", _CODES.sub(b"", text))


def _plain(raw: bytes) -> str:
    return printable(readable(raw), 200)

"""The header of a message: its bytes, and what is noted of it."""

from __future__ import annotations

from collections.abc import Sequence

from clamgate.core.envelope import HeaderFacts
from clamgate.core.releasing import FIELD
from clamgate.core.settings import KIB

MAX_SUBJECTS = 128 * KIB
"""Bytes of Subject values that are kept in memory, for the log and for Tag; there is no use for
more than one short one. Of what is beyond only the number is kept: Tag then replaces those."""

_RELEASE = FIELD.lower().encode()
_SCANNED = b"x-virus-scanned"
_STATUS = b"x-virus-status"
_AMBIGUITY = b"mime-ambiguity-results"
_OURS = (_SCANNED, _STATUS, _AMBIGUITY)
_NOTED = frozenset((*_OURS, b"subject", b"message-id", b"date", _RELEASE))


class Fields:
    """Notes what is of interest in header fields, and puts them into bytes.

    Attributes:
        releases: How many claim that the message was released from the quarantine.
        release_token: The value of the first of them.
    """

    __slots__ = (
        "_counts",
        "_first",
        "_subjects",
        "_subjects_size",
        "release_token",
        "releases",
    )

    def __init__(self) -> None:
        self.releases = 0
        self.release_token = b""
        self._subjects: list[bytes] = []
        self._subjects_size = 0
        self._first: dict[bytes, bytes] = {}
        self._counts = dict.fromkeys(_OURS, 0)

    def take(self, fields: Sequence[tuple[bytes, bytes]]) -> bytes:
        """Return the next fields as they stand in mail.

        Args:
            fields: Names and values, these with their leading space, and LF (or
                CRLF) at folds.
        """
        for name, value in fields:
            known = name.lower()
            if known in _NOTED or known[-1:] <= b" ":
                self._note(known.strip(), _with_crlf(value))
        return _with_crlf(b"\n".join([*map(b":".join, fields), b""]))

    def facts(self) -> HeaderFacts:
        """Return what was noted so far."""
        return HeaderFacts(
            subjects=tuple(self._subjects),
            message_id=self._first.get(b"message-id"),
            date=self._first.get(b"date"),
            virus_scanned=self._counts[_SCANNED],
            virus_status=self._counts[_STATUS],
            ambiguity=self._counts[_AMBIGUITY],
        )

    def _note(self, name: bytes, value: bytes) -> None:
        if name in self._counts:
            self._counts[name] += 1
        elif name == b"subject":
            self._note_subject(value.removeprefix(b" "))
        elif name == _RELEASE:
            self.releases += 1
            if self.releases == 1:
                self.release_token = value.removeprefix(b" ")
        elif name in _NOTED:
            self._first.setdefault(name, value.removeprefix(b" "))

    def _note_subject(self, value: bytes) -> None:
        self._subjects_size += len(value)
        self._subjects.append(value if self._subjects_size <= MAX_SUBJECTS else b"")


def _with_crlf(text: bytes) -> bytes:
    if b"\r" in text:
        text = text.replace(b"\r\n", b"\n")
    return text.replace(b"\n", b"\r\n")

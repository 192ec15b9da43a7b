"""One mail before one judge or two, and how it went."""

from __future__ import annotations

import time
from dataclasses import dataclass
from typing import Protocol

from clamgate.harness.replay.judgement import Judgement
from clamgate.harness.replay.parcel import Parcel


class JudgeGoneError(Exception):
    """Nobody is there any more to ask: there is no point in going on. The text says who."""


class Judge(Protocol):
    """Whoever says what becomes of mail. It is asked from several threads at once."""

    def judge(self, parcel: Parcel) -> Judgement:
        """Send the mail and return what becomes of it; no answer is a judgement, too.

        Raises:
            JudgeGoneError: It cannot be reached.
        """


@dataclass(frozen=True, slots=True)
class Trial:
    """How it went.

    Attributes:
        number: Which mail, from 1.
        name: The file that it came from.
        size: Bytes of it.
        sender: Of the envelope, as sent.
        recipients: Of the envelope, as sent.
        first: What the first judge said.
        seconds: How long that took.
        second: What the other one said, if there is one.
        second_seconds: How long that took.
    """

    number: int
    name: str
    size: int
    sender: bytes
    recipients: tuple[bytes, ...]
    first: Judgement
    seconds: float
    second: Judgement | None = None
    second_seconds: float = 0.0


def hold(parcel: Parcel, first: Judge, second: Judge | None = None) -> Trial:
    """Have a mail judged by both, one after the other.

    Raises:
        JudgeGoneError: One of them cannot be reached.
    """
    judged, seconds = _timed(first, parcel)
    other, other_seconds = _timed(second, parcel) if second else (None, 0.0)
    return Trial(
        parcel.number,
        parcel.name,
        len(parcel.raw),
        parcel.message.sender,
        parcel.message.recipients,
        judged,
        seconds,
        other,
        other_seconds,
    )


def _timed(judge: Judge, parcel: Parcel) -> tuple[Judgement, float]:
    start = time.monotonic()
    judged = judge.judge(parcel)
    return judged, time.monotonic() - start

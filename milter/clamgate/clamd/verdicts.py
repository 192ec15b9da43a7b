"""What an answer of clamd means for a message. The one place where that is said."""

from __future__ import annotations

from clamgate.clamd.protocol import Found, LimitExceeded, NothingFound, StreamTooLong
from clamgate.core.verdict import Clean, Infected, Unscanned

OVER_OUR_LIMIT = Unscanned("larger than MaxFileSize")
OVER_ITS_LIMIT = Unscanned("larger than clamd's MaxFileSize")
OVER_STREAM_LIMIT = Unscanned("larger than clamd's StreamMaxLength")


Finding = NothingFound | Found | LimitExceeded | StreamTooLong
"""The answers that say something of the content; the others are reasons to ask again."""


def verdict_of(answer: Finding, *, whole: bool, looked_at: bool) -> Clean | Infected | Unscanned:
    """Return the verdict on a message.

    Args:
        answer: What clamd said.
        whole: Whether it was given all of the message, not only its first MaxFileSize bytes.
        looked_at: Whether it is known to look at files of that size. Not asked if it found
            something: then it has looked.
    """
    match answer:
        case Found(signature):
            return Infected((signature,))
        case LimitExceeded(limit):
            return Unscanned(f"over clamd's {limit}", answer.signature)
        case StreamTooLong():
            return OVER_STREAM_LIMIT
        case NothingFound():
            if not looked_at:
                return OVER_ITS_LIMIT
            return Clean() if whole else OVER_OUR_LIMIT

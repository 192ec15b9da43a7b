"""The content of a message as it comes after DATA, taken line by line as Postfix takes it.

What ends it is CRLF "." CRLF alone. A bare LF ends a line, too, but nothing that stands between
bare LFs can end the message: else what follows could be smuggled in as commands (Postfix 3.9's
smtpd_forbid_bare_newline = normalize).
"""

from __future__ import annotations

import re

END = b".\r\n"
_MAILBOX_LINE = re.compile(rb">*From ")


class Intake:
    """Collects the content; it is fed what is read up to each LF, or less of a long line.

    Args:
        limit: The largest content in bytes; of a larger one nothing is kept. 0 is no limit.

    Attributes:
        done: Whether the end has come.
        size: Bytes so far, kept or not.
    """

    def __init__(self, limit: int = 0) -> None:
        self.done = False
        self.size = 0
        self._limit = limit
        self._kept: list[bytes] = []
        self._at_top = True
        self._last = b"\r\n"

    @property
    def too_large(self) -> bool:
        """Whether the limit was passed."""
        return bool(self._limit) and self.size > self._limit

    @property
    def content(self) -> bytes:
        """All that was kept, with the line ends it came with."""
        return b"".join(self._kept)

    def feed(self, piece: bytes) -> None:
        """Take a line with its LF, or a piece of one that is too long to be read at once."""
        last, self._last = self._last, (self._last + piece)[-2:]
        begins = last.endswith(b"\n")
        if begins and piece.startswith(b"."):
            if piece == END and last == b"\r\n":
                self.done = True
                return
            piece = piece[1:]
            if piece in {b"\n", b"\r\n"}:  # a lone dot beside a bare LF is nothing at all
                return
        if begins and self._at_top:
            piece = self._top(piece)
        self.size += len(piece)
        if self.too_large:
            self._kept.clear()
        else:
            self._kept.append(piece)

    def _top(self, line: bytes) -> bytes:
        """Make a field of the line ``From ...`` that stands at the very top of an mbox's mail."""
        if _MAILBOX_LINE.match(line):
            return b"X-Mailbox-Line: " + line
        self._at_top = False
        return line

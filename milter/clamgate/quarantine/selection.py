"""Which messages of the index are meant: by time, sender, recipient, signature, class or id."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import ColumnElement, and_, exists, func, true

from clamgate.quarantine.schema import messages, recipients

_ESCAPE = "\\"
_LIKE = str.maketrans({"\\": r"\\", "%": r"\%", "_": r"\_", "*": "%", "?": "_"})


@dataclass(frozen=True, slots=True)
class Selection:
    """All that holds must be true of a message; what is None or empty does not count.

    In `sender`, `recipient`, `signature` and `signature_class`, ``*`` stands for any text and ``?``
    for one character, and case does not count.

    Attributes:
        since: Stored at this time or later, in seconds since the epoch.
        until: Stored before this time.
        sender: The sender's address, without angle brackets (empty text: bounces).
        recipient: The address of any of its recipients.
        signature: What was found.
        signature_class: The class of that.
        ids: One of these.
        id_prefix: The beginning of its id.
        released: Whether it was released before.
        store: In this store.
    """

    since: float | None = None
    until: float | None = None
    sender: str | None = None
    recipient: str | None = None
    signature: str | None = None
    signature_class: str | None = None
    ids: tuple[str, ...] = ()
    id_prefix: str | None = None
    released: bool | None = None
    store: str | None = None

    def condition(self) -> ColumnElement[bool]:
        """Return it as a condition on the table of messages."""
        column = messages.c
        parts: list[ColumnElement[bool]] = [true()]
        if self.since is not None:
            parts.append(column.stored_at >= self.since)
        if self.until is not None:
            parts.append(column.stored_at < self.until)
        if self.recipient is not None:
            parts.append(
                exists().where(
                    recipients.c.message == column.id,
                    _like(recipients.c.address, self.recipient),
                )
            )
        parts.extend(
            _like(column[name], pattern)
            for name in ("sender", "signature", "signature_class")
            if (pattern := getattr(self, name)) is not None
        )
        if self.id_prefix is not None:
            parts.append(column.id.startswith(self.id_prefix, autoescape=True))
        if self.ids:
            parts.append(column.id.in_(self.ids))
        if self.released is not None:
            released = column.released_at.is_not(None)
            parts.append(released if self.released else ~released)
        if self.store is not None:
            parts.append(column.store == self.store)
        return and_(*parts)


EVERYTHING = Selection()


def _like(column: ColumnElement[str], pattern: str) -> ColumnElement[bool]:
    """Match a pattern of ``*`` and ``?``: what LIKE takes for wildcards stands for itself."""
    return func.lower(column).like(pattern.lower().translate(_LIKE), escape=_ESCAPE)

"""A sealed message as a store is given it: whole, and without the mark that is the scanner's."""

from __future__ import annotations

from collections.abc import Iterator

from clamgate.message.spool import SealedSpool


class WholeMessage:
    """All bytes of a message: a `clamgate.core.storing.StoreSource`.

    Args:
        sealed: The message; closing it stays its owner's business.
        skipped: How many bytes at its start are not the message's, less than 64 KiB.
    """

    def __init__(self, sealed: SealedSpool, skipped: int) -> None:
        self._sealed = sealed
        self._skipped = skipped

    @property
    def size(self) -> int:
        """Bytes of the whole message."""
        return self._sealed.size - self._skipped

    @property
    def is_kept(self) -> bool:
        """Whether all of it was kept for the scanner."""
        return self._sealed.length == self._sealed.size

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes, in order, in pieces of at most 64 KiB.

        Raises:
            SpoolError: They cannot be read back.
            ValueError: Not all were kept.
        """
        pieces = self._sealed.all_chunks()
        first = next(pieces, b"")[self._skipped :]
        if first:
            yield first
        yield from pieces

"""Where what is decoded of a message is kept while it is looked at."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, contextmanager

from clamgate.message.mime.octets import HELD, Octets, Stored
from clamgate.message.spool import Spool

Keep = Callable[[Iterable[bytes]], AbstractContextManager[Octets]]
"""Takes bytes as they come, and has them for as long as its context lasts."""


class Workspace:
    """Keeps what is short in memory, and what is not in a spool.

    Args:
        new_spool: Makes an empty one without a limit; without it, all is kept in memory.
    """

    def __init__(self, new_spool: Callable[[], Spool] | None = None) -> None:
        self._new_spool = new_spool

    @contextmanager
    def keep(self, chunks: Iterable[bytes]) -> Iterator[Octets]:
        """Keep bytes as they come, for as long as the context lasts.

        Raises:
            SpoolError: They cannot be kept.
        """
        held: list[bytes] = []
        size = 0
        rest = iter(chunks)
        for chunk in rest:
            held.append(chunk)
            size += len(chunk)
            if size > HELD and self._new_spool is not None:
                break
        else:
            yield b"".join(held)
            return
        spool = self._new_spool()
        try:
            spool.write(b"".join(held))
            held.clear()
            for chunk in rest:
                spool.write(chunk)
            sealed = spool.seal()
        finally:
            spool.close()
        with sealed:
            yield Stored(sealed.descriptor(), 0, sealed.length)

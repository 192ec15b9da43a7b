"""A name server for the containers that knows no names, and says so at once.

None of theirs can be looked up here. Where nobody answers, freshclam waits for 10 s, and Postfix
for 20 s at each connection: Docker's own name server, which user-defined networks have, is silent
if the one that it asks is.
"""

from __future__ import annotations

import socket
import struct
from threading import Thread
from types import TracebackType
from typing import Self

_PORT = 53
_HEADER_BYTES = 12  # RFC 1035, 4.1.1: id, flags, and four counts
_NO_SUCH_NAME = 0x8183  # a response, recursion desired and available, RCODE 3


class NameServer:
    """It listens at an address of this machine, for as long as the block is open."""

    def __init__(self, address: str) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((address, _PORT))
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as end:
            end.sendto(b"", self._socket.getsockname())
        self._thread.join()
        self._socket.close()

    def _serve(self) -> None:
        while True:
            query, client = self._socket.recvfrom(4096)
            if not query:  # from us
                return
            if len(query) >= _HEADER_BYTES:
                self._socket.sendto(_answer(query), client)


def _answer(query: bytes) -> bytes:
    """Return the answer: the question, and nothing else."""
    header = struct.pack("!2sHHHHH", query[:2], _NO_SUCH_NAME, 1, 0, 0, 0)
    end = query.index(b"\0", _HEADER_BYTES) + 5  # the name's end, type and class
    return header + query[_HEADER_BYTES:end]

"""A file that every scanner finds, of any size: does this clamd look at files that large?

It is the EICAR test file followed by zeros, with a hole in it, so that it takes no memory. Tried
with clamd 1.4: it is found up to exactly clamd's MaxFileSize (2 ms for 1 MiB, 0.25 s for 100 MiB).
clamd's log shows it as ``/memfd:clamgate-self-test``, and its VirusEvent is run for it.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from clamgate.clamd.errors import BrokenError, RefusedError
from clamgate.clamd.patience import Patience
from clamgate.clamd.protocol import Found, NotServed, Refused
from clamgate.clamd.transport import connect
from clamgate.core.settings import KIB, Endpoint

# In two halves, so that no scanner takes this module for the test file.
EICAR = rb"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + b"EICAR-STANDARD-ANTIVIRUS-TEST-FILE!$H+H*"

_PIECE = 64 * KIB


@dataclass(frozen=True, slots=True)
class SelfTestFile:
    """The file, as `transport.Connection.scan` takes it."""

    memory: int
    size: int

    def descriptor(self) -> int:
        """Return a descriptor of it, at its start."""
        os.lseek(self.memory, 0, os.SEEK_SET)
        return self.memory

    def chunks(self) -> Iterator[bytes]:
        """Yield its bytes."""
        for start in range(0, self.size, _PIECE):
            yield os.pread(self.memory, _PIECE, start)


@contextmanager
def self_test_file(size: int) -> Iterator[SelfTestFile]:
    """Make one of `size` bytes (68 or more) and drop it afterwards.

    Raises:
        OSError: Out of memory or descriptors.
    """
    memory = os.memfd_create("clamgate-self-test", os.MFD_CLOEXEC)
    try:
        os.write(memory, EICAR)
        os.ftruncate(memory, size)
        yield SelfTestFile(memory, size)
    finally:
        os.close(memory)


def finds_test_file(endpoint: Endpoint, size: int, patience: Patience) -> bool:
    """Ask the clamd there whether it finds the test file of this size.

    Raises:
        ClamdError: It gave no clear answer.
        OSError: The test file cannot be made.
    """
    with self_test_file(size) as content, connect(endpoint, patience) as connection:
        answer = connection.scan(content, patience)
    match answer:
        case Refused(reason):
            raise RefusedError(f"it says of our test file: {reason}")
        case NotServed(reason):
            raise BrokenError(f"it says of our test file: {reason}")
    return isinstance(answer, Found)

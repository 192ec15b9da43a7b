"""How large a message a clamd really looks at.

A file beyond clamd's own MaxFileSize (or MaxScanSize) is answered with ``OK`` unless its conf has
AlertExceedsMax: "nothing found" and "not looked at" are then the same word. So a clamd has to prove
itself with a test file (see `selftest`): at 1 MiB when it comes up, and further when a longer
message comes. It is believed until it goes down, because a new clamd.conf needs a restart.
"""

from __future__ import annotations

from collections.abc import Callable
from threading import Lock

from clamgate.clamd.patience import Patience
from clamgate.clamd.selftest import EICAR
from clamgate.core.events import ClamdLimit, Fault
from clamgate.core.settings import KIB, MIB

USUAL = 1 * MIB
"""Bytes at which a clamd is proven when it comes up: most mail is shorter."""

SMALLEST = 4 * KIB
"""Bytes that no clamd is configured to skip. If it finds nothing there it knows no EICAR."""

_NO_SIGNATURE = (
    "it does not find the EICAR test file, so it cannot be tested whether it looks at large"
    " messages; a signature for it belongs into its database"
)

FindsTestFile = Callable[[int, Patience], bool]
"""Whether the clamd finds the test file of this many bytes; may raise `ClamdError`, `OSError`."""


class SizeProof:
    """What is known of the sizes that one clamd looks at, since it came up. Safe for threads.

    Args:
        clamd: Its name, for events.
        wanted: MaxFileSize in bytes: no message is longer.
        finds: Asks it.
        report: Is told, once, of a limit below `wanted`, or that nothing can be proven.
    """

    def __init__(
        self,
        clamd: str,
        wanted: int,
        finds: FindsTestFile,
        report: Callable[[ClamdLimit | Fault], None],
    ) -> None:
        self._clamd = clamd
        self._wanted = max(wanted, len(EICAR))
        self._finds = finds
        self._report = report
        self._asking = Lock()
        self._proven = 0
        self._too_large = self._wanted + 1
        self._unprovable = False

    @property
    def proven(self) -> int:
        """The largest size in bytes at which it was seen to find the test file."""
        return self._proven

    def establish(self, patience: Patience) -> None:
        """Find out about messages of the usual size, when the clamd comes up.

        Raises:
            ClamdError: It gave no clear answer.
            OSError: The test file cannot be made.
        """
        usual = min(USUAL, self._wanted)
        if self._try(usual, patience):
            return
        if usual > SMALLEST and self._try(SMALLEST, patience):
            self._narrow(patience)
            return
        self._unprovable = True
        self._report(Fault(f"clamd {self._clamd}", _NO_SIGNATURE))

    def covers(self, length: int, patience: Patience) -> bool:
        """Say whether it looks at files of this length; ask it, if that is not known yet.

        Raises:
            ClamdError: It gave no clear answer.
            OSError: The test file cannot be made.
        """
        while (known := self._known(length)) is None:
            if self._asking.acquire(timeout=patience.pause()):
                try:
                    self._ask(length, patience)
                finally:
                    self._asking.release()
            else:
                patience.wake()
        return known

    def _known(self, length: int) -> bool | None:
        if self._unprovable or length <= self._proven:
            return True
        return False if length >= self._too_large else None

    def _ask(self, length: int, patience: Patience) -> None:
        if self._known(length) is not None:
            return  # another thread has just asked
        if self._too_large <= self._wanted:  # its limit is near, and has been told
            self._try(length, patience)
            return
        # The next power of two, so that growing messages do not cost a test each.
        step = min(1 << (length - 1).bit_length(), self._wanted)
        if not self._try(step, patience):
            self._narrow(patience)

    def _narrow(self, patience: Patience) -> None:
        """Close in on the limit, to a sixteenth, so that an admin is told something useful."""
        while self._too_large - self._proven > max(1, self._proven // 16):
            self._try((self._proven + self._too_large) // 2, patience)
        self._report(ClamdLimit(self._clamd, self._proven, self._wanted))

    def _try(self, size: int, patience: Patience) -> bool:
        found = self._finds(size, patience)
        if found:
            self._proven = max(self._proven, size)
        else:
            self._too_large = min(self._too_large, size)
        return found

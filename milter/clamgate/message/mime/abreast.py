"""The parts of one message scanned side by side, and their verdicts told in the parts' order."""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from types import TracebackType
from typing import Self

from clamgate.core.parts import FoundPart
from clamgate.core.scanning import Scanner
from clamgate.core.verdict import Verdict
from clamgate.message.mime.octets import Octets
from clamgate.message.mime.part import Part
from clamgate.message.mime.source import PartSource
from clamgate.message.mime.workspace import Workspace

_AT_ONCE = 4
"""Parts of one message that are scanned at once; clamd is asked for room for each."""
_LOOK = 2.0
"""Seconds between two signs of life while a part is scanned elsewhere."""


class _OverError(Exception):
    """Ends a scan that nobody waits for any more."""


class PartScans:
    """Scans parts in threads of its own, and those that are in a file in its caller's.

    No scan waits for another one, so none can wait for ever: each stands in line for a clamd by
    itself. A message of one part has no thread.

    Args:
        scanner: Scans one thing. It is called from several threads.
        workspace: Where parts are copied to.
        keepalive: Called from the caller's thread every few seconds.
        check: Raises when the time is over; called as often.

    Attributes:
        error: Why the first part that could not be scanned could not; no more are taken then.
    """

    def __init__(
        self,
        scanner: Scanner,
        workspace: Workspace,
        keepalive: Callable[[], None],
        check: Callable[[], None],
    ) -> None:
        self.error: Exception | None = None
        self._scanner = scanner
        self._workspace = workspace
        self._keepalive = keepalive
        self._check = check
        self._threads: ThreadPoolExecutor | None = None
        self._under_way: deque[tuple[FoundPart, Future[Verdict]]] = deque()
        self._held: tuple[FoundPart, Octets] | None = None
        self._is_over = threading.Event()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Break off what is still under way."""
        self._is_over.set()
        if self._threads is not None:
            self._threads.shutdown(cancel_futures=True)

    def add(self, part: Part) -> None:
        """Take a part; one that is in a file is scanned at once, the last one is held back."""
        self._hand_over()
        self._held = part.found, part.content
        if not isinstance(part.content, bytes):
            self._scan_here()  # its file is gone when the search for parts goes on

    def ready(self) -> Iterator[tuple[FoundPart, Verdict]]:
        """Yield what is known by now, in order, and wait as long as too many are under way."""
        while self._under_way and (len(self._under_way) >= _AT_ONCE or self._is_first_done()):
            yield from self._next()

    def rest(self) -> Iterator[tuple[FoundPart, Verdict]]:
        """Yield the verdicts on all that were taken."""
        self._scan_here()
        while self._under_way:
            yield from self._next()

    def raise_error(self) -> None:
        """Raise the error, if there is one."""
        if self.error is not None:
            raise self.error

    def _is_first_done(self) -> bool:
        return self._under_way[0][1].done()

    def _next(self) -> Iterator[tuple[FoundPart, Verdict]]:
        part, scan = self._under_way.popleft()
        while not wait((scan,), _LOOK).done:
            self._keepalive()
            self._check()
        error = scan.exception()
        if error is None:
            yield part, scan.result()
        elif isinstance(error, Exception):
            self.error = self.error or error
        else:
            raise error

    def _hand_over(self) -> None:
        if self._held is None:
            return
        if self._threads is None:
            self._threads = ThreadPoolExecutor(_AT_ONCE - 1, "part")
        part, content = self._held
        self._held = None
        scan = self._threads.submit(self._scan, content, self._stop_if_over)
        self._under_way.append((part, scan))

    def _scan_here(self) -> None:
        if self._held is None:
            return
        part, content = self._held
        self._held = None
        scan: Future[Verdict] = Future()
        self._under_way.append((part, scan))
        try:
            scan.set_result(self._scan(content, self._keepalive))
        except Exception as error:  # noqa: BLE001  it is told in its turn
            scan.set_exception(error)

    def _scan(self, content: Octets, keepalive: Callable[[], None]) -> Verdict:
        with PartSource(content, self._workspace) as source:
            return self._scanner.scan(source, keepalive).verdict

    def _stop_if_over(self) -> None:
        if self._is_over.is_set():
            raise _OverError

"""The quarantine's part in a message, done in threads of Python's own and not in libmilter's.

pymilter gives each session a thread state of Python's, and libmilter lets any of its threads serve
any session. So what Python's C API takes for the state of such a thread (PyGILState_Ensure) may be
another session's, or have been freed. The process dies by SIGSEGV where a C library calls back into
Python: sqlite3 at the end of a connection that SQLAlchemy has given a function, libpq for a notice.
So what fails there is told in words: an exception would take the frames that it came through along,
and with them, perhaps, a connection that then ends in one of libmilter's threads.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable
from functools import partial
from threading import Thread
from typing import TypeVar

from clamgate.core.releasing import Claim, ReleaseError, ReleaseGate
from clamgate.core.storing import Store, StoreError, StoreRecord, StoreSource

_Done = TypeVar("_Done")


class StoreApart:
    """A `Store` that waits while another stores."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def store(self, source: StoreSource, record: StoreRecord) -> str:
        """See `Store`."""
        return _apart(partial(self._store.store, source, record), StoreError)


class GateApart:
    """A `ReleaseGate` that waits while another decides."""

    def __init__(self, gate: ReleaseGate) -> None:
        self._gate = gate

    def admit(self, claim: Claim) -> str | None:
        """See `ReleaseGate`."""
        return _apart(partial(self._gate.admit, claim), ReleaseError)


def _apart(work: Callable[[], _Done], refusal: type[Exception]) -> _Done:
    """Do it in a thread, and return what comes of it.

    Args:
        work: What to do.
        refusal: What is raised, whatever it raises, and if no thread can be started.
    """
    done: list[_Done] = []
    failures: list[str] = []

    def run() -> None:
        try:
            done.append(work())
        except BaseException as error:  # noqa: BLE001  refused below
            unforeseen = "" if isinstance(error, refusal) else f"{type(error).__name__}: "
            failures.append(f"{unforeseen}{error}")
            _let_go(error)

    thread = Thread(target=run, name="quarantine", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # too many processes, no memory
        raise refusal(f"the quarantine cannot be used: {error}") from error
    thread.join()
    for failure in failures:
        raise refusal(failure)
    return done[0]


def _let_go(error: BaseException) -> None:
    """End in this thread what an exception holds.

    It may be part of a cycle, which Python would find at any time, in whichever thread.
    """
    seen: set[int] = set()
    chain: list[BaseException | None] = [error]
    while chain:
        one = chain.pop()
        if one is not None and id(one) not in seen:
            seen.add(id(one))
            traceback.clear_frames(one.__traceback__)
            chain += [one.__cause__, one.__context__]

"""The quarantine's part in a message, done in threads of Python's own and not in libmilter's.

pymilter gives each session a thread state of Python's, and libmilter lets any of its threads serve
any session. So what Python's C API takes for the state of such a thread (PyGILState_Ensure) may be
another session's, or have been freed. The process dies by SIGSEGV where a C library calls back into
Python: sqlite3 at the end of a connection that SQLAlchemy has given a function, libpq for a notice.
"""

from __future__ import annotations

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
    """Do it in a thread, and return or raise what comes of it.

    Args:
        work: What to do.
        refusal: What it may raise, and is raised if no thread can be started.
    """
    done: list[_Done] = []
    failures: list[BaseException] = []

    def run() -> None:
        try:
            done.append(work())
        except refusal as error:
            # Without its causes: what they hold, a connection for one, ends in this thread.
            failures.append(refusal(str(error)))
        except BaseException as error:  # noqa: BLE001  raised below
            failures.append(error)

    thread = Thread(target=run, name="quarantine", daemon=True)
    try:
        thread.start()
    except RuntimeError as error:  # too many processes, no memory
        raise refusal(f"the quarantine cannot be used: {error}") from error
    thread.join()
    for failure in failures:
        raise failure
    return done[0]

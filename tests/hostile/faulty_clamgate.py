"""The real filter with faults planted in it: `faulty_clamgate.py PLAN COMMAND...`.

PLAN says what breaks: "session" has each method of a session raise if its client's host name asks
for it (``fault.header.SystemExit.after``: in `header`, after its work was done; ``before`` is the
other way); "log" has the log raise at every event of a message, and "observer" what stands in
front of it too, which no part of the filter may do.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterable
from typing import Any

from clamgate.cli.main import main
from clamgate.core.events import Event, Fault, Happened, MessageExempt, MessageJudged
from clamgate.mta.session import Session
from clamgate.mta.transaction import Transaction
from clamgate.observe.fanout import Fanout
from clamgate.observe.log import LogObserver

SESSION_METHODS = ("connect", "mail", "rcpt", "data", "header", "body", "end", "abort", "close")
_OF_MAIL = (MessageJudged, MessageExempt, Fault)


class PlantedError(BaseException):
    """Not even an Exception."""


ERRORS: dict[str, Callable[[], BaseException]] = {
    "RuntimeError": lambda: RuntimeError("planted\r\nX-Injected: yes"),
    "MemoryError": MemoryError,
    "SystemExit": lambda: SystemExit(0),
    "KeyboardInterrupt": KeyboardInterrupt,
    "UnicodeDecodeError": lambda: UnicodeDecodeError("utf-8", b"\xff", 0, 1, "planted"),
    "PlantedError": lambda: PlantedError("planted"),
}


def make_error(name: str) -> BaseException:
    """Return a new error of that name in `ERRORS`."""
    return ERRORS[name]()


def _break_session(name: str) -> None:
    """Break a method; a field of a header goes straight to the session's transaction."""
    if name == "header":
        _break(Transaction, "add_header", name, lambda it: it._client.host)
    else:
        _break(Session, name, name, lambda it: vars(it).get("wanted_fault", ""))


def _break(kind: type, method: str, name: str, wanted_by: Callable[[Any], str]) -> None:
    original = getattr(kind, method)

    def breaking(self: Any, *args: Any, **kwargs: Any) -> object:
        if name == "connect":
            vars(self)["wanted_fault"] = args[0]
        fault = wanted_by(self).split(".")
        wanted = fault[:2] == ["fault", name]
        if wanted and fault[3] == "before":
            raise make_error(fault[2])
        result = original(self, *args, **kwargs)
        if wanted:
            raise make_error(fault[2])
        return result

    setattr(kind, method, breaking)


def _break_log() -> None:
    original, error = LogObserver.note, ERRORS["RuntimeError"]

    def breaking(self: LogObserver, events: Iterable[Happened]) -> None:
        for event, at in events:
            if isinstance(event, _OF_MAIL):
                raise error()
            original(self, [(event, at)])

    LogObserver.note = breaking  # type: ignore[method-assign]


def _break_fanout() -> None:
    original, error = Fanout.observe, ERRORS["PlantedError"]

    def breaking(self: Fanout, event: Event) -> None:
        if isinstance(event, _OF_MAIL):
            raise error()
        original(self, event)

    Fanout.observe = breaking  # type: ignore[method-assign]


def _plant(plan: str) -> None:
    match plan:
        case "session":
            for name in SESSION_METHODS:
                _break_session(name)
        case "log":
            _break_log()
        case "observer":
            _break_fanout()


if __name__ == "__main__":
    _plant(sys.argv.pop(1))
    main()

"""Waiting for something to become true, with a deadline; the one place where tests sleep."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TypeVar

Found = TypeVar("Found")

POLL_SECONDS = 0.05
PATIENCE = 60.0
"""Seconds to wait for what takes few: the machine may be busy."""


def wait_until(look: Callable[[], Found], awaited: str, timeout: float = PATIENCE) -> Found:
    """Return what `look` finds as soon as it is truthy; it looks once more after the deadline.

    Raises:
        TimeoutError: It was not within `timeout` seconds; the text tells what it was last.
    """
    until = time.monotonic() + timeout
    while True:
        is_last = time.monotonic() > until
        if found := look():
            return found
        if is_last:
            raise TimeoutError(f"{awaited} did not come within {timeout:g} s (now: {found!r})")
        time.sleep(POLL_SECONDS)


def let_time_pass(seconds: float) -> None:
    """Do nothing: for an outage that is to last so long, where there is no event to wait for."""
    time.sleep(seconds)

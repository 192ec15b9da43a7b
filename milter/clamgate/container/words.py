"""How processes end, in words and as a shell counts them."""

from __future__ import annotations

import signal

_SIGNALLED = 128


def shell_status(status: int) -> int:
    """Return an exit status as a shell has it: death by signal N, which is -N here, is 128 + N."""
    return _SIGNALLED - status if status < 0 else status


def how_it_ended(status: int) -> str:
    """Say how a process ended. `status` is its exit status, or -N for signal N."""
    if status >= 0:
        return f"ended with status {status}"
    try:
        name = signal.Signals(-status).name
    except ValueError:
        name = f"signal {-status}"
    return f"was killed by {name}"

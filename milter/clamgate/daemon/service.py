"""The whole filter, put together and run."""

from __future__ import annotations

import gc
from collections.abc import Callable
from contextlib import ExitStack

from clamgate.core.settings import Settings
from clamgate.daemon import privileges
from clamgate.daemon.master.master import SIGNALS, Master
from clamgate.daemon.master.premises import open_premises
from clamgate.daemon.master.reloading import Reread
from clamgate.daemon.signals import SignalQueue
from clamgate.daemon.title import set_title


def serve(settings: Settings, reread: Reread, ready: Callable[[], None]) -> int:
    """Run the filter until SIGTERM or SIGINT, and return the exit status.

    This process must have a single thread: it forks.

    Args:
        settings: Everything a conf says.
        reread: Reads the conf anew, for a reload.
        ready: Called once the workers serve.

    Raises:
        StartError: It cannot start; nothing is left behind.
    """
    privileges.raise_descriptor_limit()
    with ExitStack() as stack:
        signals = stack.enter_context(SignalQueue(SIGNALS))
        premises = open_premises(settings, stack)
        set_title("clamgate: master")
        # What is there now is there for good: children share it as long as nobody touches it.
        gc.collect()
        gc.freeze()
        return Master(settings, premises, signals, reread, ready).run()

"""The real filter with something planted in its processes: `planted.py PLAN COMMAND...`.

PLAN says what: "impatient" has a silent worker count as hung after 6 s instead of 30, and workers
report so much more often that one that is merely slow does not; "hanging" is that, and the milter
threads of a worker hang while a file named `hang` lies beside the conf;
"boot" has no worker come up, "later" only those after the first two; "full" has no process forked
while a file named `full` lies beside the conf; "slow" has no clerk and no expirer get ready while
one named `slow` does.
"""

from __future__ import annotations

import errno
import itertools
import os
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from clamgate.cli.main import main
from clamgate.daemon.clerk.clerk import Clerk
from clamgate.daemon.errors import StartError
from clamgate.daemon.expirer import Expirer
from clamgate.daemon.master import plan
from clamgate.daemon.master.crew import Crew
from clamgate.daemon.worker import duty
from clamgate.daemon.worker.libmilter import LibMilter
from clamgate.mta.adapter import Adapter


def _folder() -> Path:
    (folder,) = {Path(word).parent for word in sys.argv if word.endswith(".conf")}
    return folder


def _be_impatient() -> None:
    plan.SILENCE = 6.0
    the_duty: Any = duty
    the_duty._BEAT = 0.25


def _hang_on_request() -> None:
    original = Adapter.negotiate
    folder = _folder()

    def unknown(_self: Adapter, *_args: Any) -> int:
        try:
            (folder / "hang").rename(folder / f"hung.{os.getpid()}")
        except FileNotFoundError:
            return 0
        threading.Event().wait()
        return 0

    vars_of_class: Any = Adapter
    vars_of_class.unknown = unknown
    vars_of_class.negotiate = original


def _fail_to_boot(after: int) -> None:
    start = Crew.start
    boot = LibMilter.start
    count = itertools.count(1)
    numbers: list[int] = []

    def counting(self: Crew, *args: Any) -> None:
        numbers.append(next(count))
        start(self, *args)

    def failing(self: LibMilter, *args: Any) -> Any:
        if numbers[-1] > after:
            raise StartError("planted: no worker comes up")
        return boot(self, *args)

    the_crew: Any = Crew
    the_engine: Any = LibMilter
    the_crew.start = counting
    the_engine.start = failing


def _be_full_on_request() -> None:
    fork = os.fork
    full = _folder() / "full"

    def failing() -> int:
        if full.exists():
            raise OSError(errno.EAGAIN, os.strerror(errno.EAGAIN))
        return fork()

    the_system: Any = os
    the_system.fork = failing


def _be_slow_on_request() -> None:
    slow = _folder() / "slow"

    def slowed(original: Callable[[Any], Any]) -> Callable[[Any], Any]:
        def open_slowly(self: Any) -> Any:
            while slow.exists():
                time.sleep(0.02)
            return original(self)

        return open_slowly

    the_clerk: Any = Clerk
    the_expirer: Any = Expirer
    the_clerk._open = slowed(Clerk._open)
    the_expirer._open = slowed(Expirer._open)


if __name__ == "__main__":
    match sys.argv.pop(1):
        case "impatient":
            _be_impatient()
        case "hanging":
            _be_impatient()
            _hang_on_request()
        case "boot":
            _fail_to_boot(after=0)
        case "later":
            _fail_to_boot(after=2)
        case "full":
            _be_full_on_request()
        case "slow":
            _be_slow_on_request()
    main()

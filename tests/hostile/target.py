"""The daemon under attack, and what must hold of it at the end."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.hostile.judging_clamd import JudgingClamd
from tests.hostile.tally import Tally
from tests.processes import children, descriptors, memory, reset_peak, title, tree
from tests.running_filter import RunningFilter
from tests.waiting import wait_until

from clamgate.clamd.sessions import IDLE_SECONDS, MOST

_FEW_ARENAS = ("env", "MALLOC_ARENA_MAX=2")
"""glibc keeps some of what was freed in each of its arenas (mallopt(3)), and how many threads get
is chance: some 10 MiB with 64 sessions, in which what the filter itself keeps would be lost."""

CONF = """\
MaxFileSize 25M
MaxSpoolMemory 4M
OnInfected Reject
RejectMsg infected: %v
OnOversize Blackhole
OnFail Defer
AddHeader Replace
LogInfected Full
LogClean Full
LogVerbose yes
"""


@dataclass(frozen=True, slots=True)
class Target:
    """A running filter with a clamd of its own, and where to count."""

    running: RunningFilter
    clamd: JudgingClamd
    tally: Tally

    @property
    def endpoint(self) -> str:
        return self.running.endpoint

    @property
    def pids(self) -> tuple[int, ...]:
        """All of its processes."""
        return tuple(tree(self.running.pid))

    @property
    def descriptors(self) -> int:
        """How many its processes have open, in all, but for the connections it keeps to clamd."""

        def count() -> int:
            kept = self.clamd.connected()
            found = sum(map(descriptors, self.pids))
            return found - len(kept) if kept == self.clamd.connected() else 0

        return wait_until(count, "a count in which no connection to clamd came or went")

    @property
    def empty(self) -> int:
        """How many messages it let through because nothing at all was in them."""
        return self.running.log.count("Not scanning an empty message")

    def wait_for_empty(self, count: int, awaited: str) -> None:
        """Wait until the log, which comes a little later, has so many of them in it."""
        wait_until(lambda: self.empty >= count, awaited)

    def note_peak(self) -> None:
        """Keep the most memory it had so far; a test may begin to count anew."""
        self.tally.peak(
            self.running.socket_path.parent.name, sum(memory(pid, "VmHWM") for pid in self.pids)
        )

    def wait_until_served(self, judged: int) -> None:
        """Wait until well-behaved sessions have had so many right answers in all."""
        wait_until(lambda: self.tally.harmed or self.tally.judged >= judged, "well-behaved mail")

    @contextmanager
    def grows_at_most(self, mib: int) -> Iterator[None]:
        """See that it never has more than so much memory on top of what it has now."""
        self.note_peak()
        pids = self.pids
        before = sum(memory(pid, "VmRSS") for pid in pids)
        for pid in pids:
            reset_peak(pid)
        yield
        self.note_peak()
        grown = sum(memory(pid, "VmHWM") for pid in pids) - before
        assert grown <= mib * 1024, f"{grown / 1024:.1f} MiB more, {mib} are allowed"

    @contextmanager
    def nothing_left_open(self) -> Iterator[None]:
        """See that it ends with as many descriptors as it has now, or fewer.

        It may just be asking clamd for its version, over one more connection; for those that it
        should not keep this waits less long than it keeps any.
        """
        before = self.descriptors
        yield
        wait_until(
            lambda: len(self.clamd.connected()) <= MOST,
            f"no more than {MOST} connections to clamd",
            IDLE_SECONDS / 2,
        )
        wait_until(lambda: self.descriptors <= before, f"no more than {before} descriptors")


@contextmanager
def under_attack(folder: Path, conf: str, clamd: JudgingClamd, tally: Tally) -> Iterator[Target]:
    """Run a filter, and see at the end that it is as well as at its start."""
    conf = f"ClamdSocket {clamd.endpoint}\n{conf}"
    with RunningFilter(folder, conf, through=_FEW_ARENAS) as running:
        target = Target(running, clamd, tally)
        yield target
        target.note_peak()
        ends_cleanly(running)


def ends_cleanly(running: RunningFilter) -> None:
    """Stop a filter, and see that it leaves neither children, open messages nor complaints."""
    ours = children(running.pid)
    assert all(title(child).startswith("clamgate: ") for child in ours)
    assert [one for child in ours for one in children(child)] == []
    running.signal(signal.SIGTERM)
    assert running.wait() == 0
    log = running.log
    assert "Traceback" not in log
    assert "Exception ignored" not in log
    assert "messages still in flight: 0" in log
    assert all(line.isprintable() for line in log.splitlines())

"""The whole comparison: every conf by every case, and every bad conf."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from itertools import chain

from tests.oracle import MISSING, PROGRAM
from tests.oracle_comparison.compare import Compared, Wanted, compare, misplaced
from tests.oracle_comparison.confs import CONFS, Conf
from tests.oracle_comparison.mails import CASES
from tests.oracle_comparison.programs import Sockets, clamds, said_by_oracle, said_by_ours
from tests.oracle_comparison.refusals import BAD_CONFS, Start, start_both
from tests.oracle_comparison.wanted import WANTED

from clamgate.harness.private_clamd import installed

AT_ONCE = 4
"""Confs at a time: much of it is waiting for programs to start and to end."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it.

    Attributes:
        pairs: Every conf by every case.
        starts: Every bad conf.
        wanted: The differences that were expected.
    """

    pairs: tuple[Compared, ...]
    starts: tuple[Start, ...]
    wanted: tuple[Wanted, ...]

    @property
    def problems(self) -> list[str]:
        """All that is not as it should be."""
        return [
            *(f"{' by '.join(one.pair)}: {text}" for one in self.pairs for text in one.problems),
            *(text for start in self.starts for text in start.problems),
            *misplaced(self.wanted, (one.pair for one in self.pairs)),
        ]


def cannot_compare() -> str | None:
    """Say what is missing on this machine, None if nothing is."""
    if PROGRAM is None:
        return MISSING
    return None if installed() else "clamd is not installed (Debian: apt install clamav-daemon)"


def compare_all() -> Comparison:
    """Run it all; it takes about half a minute."""
    with clamds() as sockets, ThreadPoolExecutor(AT_ONCE) as pool:
        results = pool.map(partial(compare_under, sockets), CONFS)
        starts = pool.map(start_both, BAD_CONFS)
        try:
            return Comparison(tuple(chain.from_iterable(results)), tuple(starts), WANTED)
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def compare_under(sockets: Sockets, conf: Conf) -> list[Compared]:
    """Compare all cases under one conf."""
    try:
        theirs = said_by_oracle(conf, sockets, CASES)
        ours = said_by_ours(conf, sockets, CASES)
    except Exception as error:
        error.add_note(f"under the conf {conf.name}")
        raise
    return [compare(conf.name, case, theirs[case.name], ours[case.name], WANTED) for case in CASES]

"""Take many mutated mails apart, and keep what was the slowest and the fattest."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from dataclasses import dataclass
from random import Random
from time import perf_counter

from tests.hiding.payloads import harmless
from tests.hiding.places import singles
from tests.mutation.mutate import mutated

from clamgate.message.mime.extractor import Extractor
from clamgate.message.mime.strict import is_canonical


@dataclass(slots=True)
class Extreme:
    """The most of something, and the mail that took it."""

    most: float = 0.0
    mail: bytes = b""

    def consider(self, amount: float, mail: bytes) -> None:
        """Keep it if it is more."""
        if amount > self.most:
            self.most, self.mail = amount, mail


@dataclass(slots=True)
class Tally:
    """What was seen of all mails.

    Attributes:
        mails: How many.
        parts: Of all of them.
        canonical: Mails that are.
        disagreeing: Mails that are canonical, though the extractor found an anomaly in them.
        cut_off: Mails of which a bound cut something off.
        slowest: In seconds.
        fattest: In bytes, at the peak.
    """

    mails: int
    parts: int
    canonical: int
    disagreeing: list[bytes]
    cut_off: int
    slowest: Extreme
    fattest: Extreme


def run(count: int, samples: Sequence[bytes] = (), seed: int = 0) -> Tally:
    """Mutate `count` mails out of the samples, or of all hiding places, and take each apart."""
    samples = samples or [place.message(harmless(400)) for place in singles()]
    chance = Random(seed)  # noqa: S311  a fixed one: what it finds is found again
    tally = Tally(count, 0, 0, [], 0, Extreme(), Extreme())
    tracemalloc.start()
    try:
        for _ in range(count):
            _take_apart(mutated(chance, samples), tally)
    finally:
        tracemalloc.stop()
    return tally


def _take_apart(mail: bytes, tally: Tally) -> None:
    tracemalloc.reset_peak()
    before, _ = tracemalloc.get_traced_memory()
    began = perf_counter()
    canonical = is_canonical(mail)
    extractor = Extractor(mail)
    tally.parts += sum(1 for _ in extractor.parts())
    tally.slowest.consider(perf_counter() - began, mail)
    tally.fattest.consider(tracemalloc.get_traced_memory()[1] - before, mail)
    tally.canonical += canonical
    tally.cut_off += extractor.cut_off is not None
    if canonical and extractor.anomalies:
        tally.disagreeing.append(mail)

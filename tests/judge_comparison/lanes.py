"""Ways into an MTA, each with a scripted filter and what the MTA makes of its failures.

Flows of one lane go one after the other, lanes side by side.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from itertools import cycle

from tests.judge_comparison.flow import Fallback, Flow, Health
from tests.scripted_milter import ScriptedMilter

from clamgate.harness.ports import free_port

WAYS: tuple[tuple[Fallback, Health], ...] = (
    (Fallback.TEMPFAIL, Health.WELL),
    *((fallback, health) for health in Health for fallback in Fallback),
)
"""Most flows are for the first, so it is there twice; Sendmail listens on 10 ports at most."""

PATIENCE: dict[Health, int] = {Health.WELL: 30, Health.SHORT_OF_TIME: 6, Health.ABSENT: 30}
"""How many seconds an MTA waits for the filter.

Those that are short of it have few flows each, and are done when the others are; and a filter that
does answer has to do so in time, however busy the machine is.
"""


@dataclass(frozen=True, slots=True)
class Lane:
    """One of them.

    Attributes:
        port: Of 127.0.0.1, where the filter listens, or nobody does.
        milter: None if the filter is absent.
        flows: What goes this way.
    """

    fallback: Fallback
    health: Health
    port: int
    milter: ScriptedMilter | None
    flows: tuple[Flow, ...]

    @property
    def seconds(self) -> int:
        """How long the MTA waits for the filter."""
        return PATIENCE[self.health]


@contextmanager
def lanes(flows: Iterable[Flow]) -> Iterator[tuple[Lane, ...]]:
    """Distribute flows over lanes, whose filters run inside the block; none is empty."""
    with ExitStack() as stack:
        yield tuple(_lane(stack, *way, share) for way, share in _shares(flows) if share)


def _shares(
    flows: Iterable[Flow],
) -> list[tuple[tuple[Fallback, Health], tuple[Flow, ...]]]:
    shares: list[list[Flow]] = [[] for _ in WAYS]
    turns = {way: cycle([at for at, one in enumerate(WAYS) if one == way]) for way in WAYS}
    for flow in flows:
        shares[next(turns[flow.fallback, flow.health])].append(flow)
    return [(way, tuple(share)) for way, share in zip(WAYS, shares, strict=True)]


def _lane(stack: ExitStack, fallback: Fallback, health: Health, flows: tuple[Flow, ...]) -> Lane:
    if health is Health.ABSENT:
        port = free_port()
        return Lane(fallback, health, port, None, flows)
    milter = stack.enter_context(ScriptedMilter())
    assert isinstance(milter.endpoint, tuple)
    return Lane(fallback, health, milter.endpoint[1], milter, flows)

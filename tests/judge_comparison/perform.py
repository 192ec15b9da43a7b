"""All flows through one MTA."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import chain

from tests.judge_comparison.contestants import Contestant, Server
from tests.judge_comparison.dialogue import converse
from tests.judge_comparison.flow import Flow
from tests.judge_comparison.lanes import Lane, lanes
from tests.judge_comparison.seen import Seen, delivered_words, flow_of, held_words
from tests.mail_server import Queued
from tests.sink import Delivery, Sink


def perform(contestant: Contestant, flows: Sequence[Flow]) -> Mapping[str, Seen]:
    """Return what came of each flow, by its name."""
    with Sink() as sink, lanes(flows) as ways, contestant(sink.port, ways) as server:
        with ThreadPoolExecutor(len(ways)) as pool:
            told = list(pool.map(_go_along, ways, server.ports))
        server.wait_until_delivered()
        return _assemble(flows, dict(chain.from_iterable(told)), server, sink)


def _go_along(lane: Lane, port: int) -> list[tuple[str, Seen]]:
    return [(flow.name, _go(flow, lane, port)) for flow in lane.flows]


def _go(flow: Flow, lane: Lane, port: int) -> Seen:
    if lane.milter is None:
        return Seen(converse(port, flow.steps))
    lane.milter.wait_until_idle()
    lane.milter.teach(flow.script, flow.wants)
    replies = converse(port, flow.steps)
    lane.milter.wait_until_idle()
    return Seen(replies, faults=lane.milter.take_faults())


def _assemble(
    flows: Sequence[Flow], seen: Mapping[str, Seen], server: Server, sink: Sink
) -> Mapping[str, Seen]:
    deliveries: dict[str, list[Delivery]] = defaultdict(list)
    for delivery in sink.deliveries:
        deliveries[flow_of(delivery)].append(delivery)
    held: dict[str, list[Queued]] = defaultdict(list)
    for message in server.queue():
        held[message.sender.partition("@")[0]].append(message)
    names = {flow.name for flow in flows}
    strays = (deliveries.keys() | held.keys()) - names
    if strays:
        raise AssertionError(f"mail of no flow: {strays}")
    return {
        name: Seen(
            seen[name].replies,
            delivered_words(deliveries[name]),
            held_words(held[name]),
            seen[name].faults,
        )
        for name in names
    }

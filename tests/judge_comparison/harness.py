"""The harness MTA, in the place of a real one."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.judge_comparison.lanes import Lane
from tests.mail_server import HOST_NAME, Queued

from clamgate.harness.link import Deadlines
from clamgate.harness.mta.delivery import Relay
from clamgate.harness.mta.filters import Milter
from clamgate.harness.mta.front import Front, Terms
from clamgate.harness.mta.hold import Held, HoldQueue
from clamgate.harness.mta.obedience import DefaultAction


class HarnessMta:
    """A front for every lane, all with one queue of what is on hold.

    Attributes:
        ports: Where on 127.0.0.1 they listen, once started.
    """

    def __init__(self, sink_port: int, lanes: Sequence[Lane]) -> None:
        self.ports: tuple[int, ...] = ()
        self._sink_port = sink_port
        self._lanes = lanes
        self._stack = ExitStack()
        self._hold = HoldQueue(Path())

    def __enter__(self) -> Self:
        with ExitStack() as stack:
            self._hold = HoldQueue(Path(stack.enter_context(tempfile.TemporaryDirectory())))
            fronts = [stack.enter_context(self._front(lane)) for lane in self._lanes]
            self.ports = tuple(front.port for front in fronts)
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def queue(self) -> tuple[Queued, ...]:
        """Return what is on hold; nothing else waits in this MTA."""
        return tuple(_queued(held) for held in self._hold.list())

    def wait_until_delivered(self) -> None:
        """Return at once: mail is delivered before the client gets its answer."""

    def _front(self, lane: Lane) -> Front:
        milter = Milter(
            ("127.0.0.1", lane.port),
            DefaultAction(lane.fallback.value),
            Deadlines(connect=lane.seconds, command=lane.seconds, message=lane.seconds),
        )
        relay = Relay("127.0.0.1", self._sink_port)
        return Front([milter], relay, self._hold, Terms(name=HOST_NAME))


def _queued(held: Held) -> Queued:
    parcel = held.parcel
    recipients = tuple(one.address.decode() for one in parcel.recipients)
    reason = held.reason.decode(errors="replace")
    return Queued("hold", parcel.queue_id, parcel.sender.decode(), recipients, (reason,))

"""When a worker that was told to leave may do so. No I/O, no clock."""

from __future__ import annotations

from collections.abc import Callable

from clamgate.daemon.reports import Order

_STRICTER = {None: 0, Order.DRAIN: 1, Order.STOP: 2, Order.QUIT: 3}


class Leaving:
    """The order a worker is under, and until when it may take its time.

    Args:
        drain: DrainTimeout, in seconds.
        stop: StopTimeout, in seconds.
    """

    def __init__(self, drain: float, stop: float) -> None:
        self.order: Order | None = None
        self._limits = {Order.DRAIN: drain, Order.STOP: stop, Order.QUIT: 0.0}
        self._until = 0.0

    def tell(self, order: Order, now: float) -> bool:
        """Take an order, and say whether it is a new one. None takes a stricter one back."""
        if _STRICTER[order] <= _STRICTER[self.order]:
            return False
        self.order = order
        self._until = now + self._limits[order]
        return True

    def overdue(self, now: float) -> bool:
        """Whether the time that the order leaves is over."""
        return self.order is not None and now >= self._until

    def may_leave(self, connections: Callable[[], int], awaited: int, now: float) -> bool:
        """Say whether nothing is left to wait for.

        Args:
            connections: Counts the open ones.
            awaited: Messages that began before STOP, and have not ended.
            now: The time.
        """
        match self.order:
            case None:
                return False
            case Order.DRAIN:
                return connections() == 0
            case Order.STOP:
                return awaited == 0 or self.overdue(now)
            case Order.QUIT:
                return True

from __future__ import annotations

import os
import signal
import threading
from collections.abc import Iterator

import pytest

from clamgate.daemon.signals import SignalQueue


@pytest.fixture
def queue() -> Iterator[SignalQueue]:
    caught = (signal.SIGUSR1, signal.SIGUSR2)
    before = {number: signal.getsignal(number) for number in caught}
    with SignalQueue(caught) as queue:
        yield queue
    for number, handler in before.items():
        signal.signal(number, handler)


def test_signals_are_given_out_in_order(queue: SignalQueue) -> None:
    os.kill(os.getpid(), signal.SIGUSR2)
    os.kill(os.getpid(), signal.SIGUSR1)
    assert queue.wait(10) + queue.wait(0) == [signal.SIGUSR2, signal.SIGUSR1]


def test_wait_ends_with_its_timeout(queue: SignalQueue) -> None:
    assert queue.wait(0) == []


def test_another_thread_can_wake_it(queue: SignalQueue) -> None:
    thread = threading.Thread(target=queue.wake)
    thread.start()
    assert queue.wait(10) == [0]
    thread.join()

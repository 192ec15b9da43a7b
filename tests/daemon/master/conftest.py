"""What a master forks from, in a test's own process."""

from __future__ import annotations

import signal
import socket
from collections.abc import Iterator

import pytest

from clamgate.daemon.listener import Listener
from clamgate.daemon.master.offspring import Offspring
from clamgate.daemon.master.premises import Premises
from clamgate.daemon.signals import SignalQueue
from clamgate.observe.relay import make_channel


@pytest.fixture
def offspring() -> Iterator[Offspring]:
    before = signal.getsignal(signal.SIGUSR1)
    with SignalQueue((signal.SIGUSR1,)) as signals:
        yield Offspring(signals, quiet=True)
    signal.signal(signal.SIGUSR1, before)


@pytest.fixture
def premises() -> Iterator[Premises]:
    """Without a control socket; nobody listens."""
    reader, writer = make_channel()
    with reader, writer, socket.socket(socket.AF_UNIX) as listener:
        yield Premises(None, Listener(listener, "unix:/m"), None, reader, writer, "")

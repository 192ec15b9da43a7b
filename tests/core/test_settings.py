from __future__ import annotations

import pytest

from clamgate.core.settings import Endpoint, TcpEndpoint, UnixEndpoint


@pytest.mark.parametrize(
    ("endpoint", "text"),
    [
        (UnixEndpoint("/run/x.sock"), "unix:/run/x.sock"),
        (TcpEndpoint("scanner", 3310), "tcp:scanner:3310"),
        (TcpEndpoint("::1", 3310), "tcp:[::1]:3310"),
        (TcpEndpoint("", 7357, "inet"), "inet:7357"),
        (TcpEndpoint("127.0.0.1", 7357, "inet"), "inet:7357@127.0.0.1"),
        (TcpEndpoint("::1", 7357, "inet6"), "inet6:7357@::1"),
    ],
)
def test_endpoints_read_as_in_a_conf(endpoint: Endpoint, text: str) -> None:
    assert str(endpoint) == text

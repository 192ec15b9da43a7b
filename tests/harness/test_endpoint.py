"""Where a filter or a server listens, as people write it."""

from __future__ import annotations

import pytest

from clamgate.harness.endpoint import host_and_port, milter_endpoint
from clamgate.harness.link import Endpoint


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("/run/x.sock", "/run/x.sock"),
        ("/run/x:1", "/run/x:1"),
        ("unix:/run/x", "/run/x"),
        ("local:x", "x"),
        ("inet:7357@mx", ("mx", 7357)),
        ("inet:7357", ("localhost", 7357)),
        ("inet6:7357@::1", ("::1", 7357)),
        ("inet6:7357@[::1]", ("::1", 7357)),
        ("inet:mx:7357", ("mx", 7357)),
        ("inet6:[::1]:7357", ("::1", 7357)),
        ("mx:7357", ("mx", 7357)),
        ("[::1]:7357", ("::1", 7357)),
        (":7357", ("localhost", 7357)),
    ],
)
def test_sockets(text: str, endpoint: Endpoint) -> None:
    assert milter_endpoint(text) == endpoint


@pytest.mark.parametrize(
    "text",
    ["", "mx", "unix:", "inet:", "inet:x@mx", "inet:0@mx", "mx:65536", "mx:+1", "mx:", "mx:²"],
)
def test_what_is_no_socket(text: str) -> None:
    with pytest.raises(ValueError, match="write /path, unix:/path, inet:port@host or host:port"):
        milter_endpoint(text)


def test_a_default_port() -> None:
    assert host_and_port("mx", 25) == ("mx", 25)
    assert host_and_port("[::1]", 25) == ("::1", 25)
    assert host_and_port("mx:2525", 25) == ("mx", 2525)
    with pytest.raises(ValueError, match="''"):
        host_and_port("", 25)

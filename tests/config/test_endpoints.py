from __future__ import annotations

import socket
from ipaddress import ip_network

import pytest

from clamgate.config.endpoints import (
    Clients,
    clamd_socket,
    local_net,
    metrics_listen,
    milter_socket,
    smtp_server,
)
from clamgate.config.endpoints import network as one_network
from clamgate.core.settings import Endpoint, TcpEndpoint, UnixEndpoint

MILTER_FORMS = "must be unix:/path, inet:port@address or inet6:port@address"
CLAMD_FORMS = "must be unix:/path or tcp:host:port"
ABSOLUTE = "must be an absolute path, one that begins with /"
TOO_LONG = "the path of a socket can be 107 bytes long at most"


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("/run/m.sock", UnixEndpoint("/run/m.sock")),
        ("/run/odd:name", UnixEndpoint("/run/odd:name")),
        ("unix:/run/m.sock", UnixEndpoint("/run/m.sock")),
        ("local:/run/m.sock", UnixEndpoint("/run/m.sock")),
        (":/run/m.sock", UnixEndpoint("/run/m.sock")),
        ("inet:7357", TcpEndpoint("", 7357, "inet")),
        ("inet:7357@127.0.0.1", TcpEndpoint("127.0.0.1", 7357, "inet")),
        ("inet:7357@[127.0.0.1]", TcpEndpoint("127.0.0.1", 7357, "inet")),
        ("inet:7357@mail.example.com", TcpEndpoint("mail.example.com", 7357, "inet")),
        ("inet:0@127.0.0.1", TcpEndpoint("127.0.0.1", 0, "inet")),
        ("inet6:7357@::1", TcpEndpoint("::1", 7357, "inet6")),
        ("inet6:7357@[::1]", TcpEndpoint("::1", 7357, "inet6")),
        ("INET:65535", TcpEndpoint("", 65535, "inet")),
    ],
)
def test_milter_sockets(text: str, endpoint: Endpoint) -> None:
    assert milter_socket(text) == endpoint


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("m.sock", MILTER_FORMS),
        ("7357", f"{MILTER_FORMS}: write inet:7357@127.0.0.1"),
        ("localhost:7357", f"{MILTER_FORMS}: write inet:7357@localhost"),
        ("unix:m.sock", ABSOLUTE),
        ("unix:", ABSOLUTE),
        ("/" + 107 * "x", TOO_LONG),
        ("/" + 54 * "ä", TOO_LONG),
        ("tcp:127.0.0.1:7357", f"{MILTER_FORMS}: write inet:7357@127.0.0.1"),
        ("tcp:/m.sock", MILTER_FORMS),
        ("7357@127.0.0.1", MILTER_FORMS),
        ("inet:", '"" is no port: write its number'),
        ("inet:no-such-service", '"no-such-service" is no port: write its number'),
        ("inet:65536", "a port is a number from 1 to 65535"),
        ("inet:99999999999999999999", "a port is a number from 1 to 65535"),
    ],
)
def test_milter_sockets_refused(text: str, advice: str) -> None:
    with pytest.raises(ValueError) as caught:
        milter_socket(text)
    assert str(caught.value) == advice


def test_a_port_may_have_a_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(socket, "getservbyname", lambda name, kind: {("m", "tcp"): 7}[name, kind])
    assert milter_socket("inet:m") == TcpEndpoint("", 7, "inet")


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("unix:/run/clamd.ctl", UnixEndpoint("/run/clamd.ctl")),
        ("UNIX:/run/clamd.ctl", UnixEndpoint("/run/clamd.ctl")),
        ("tcp:scanner", TcpEndpoint("scanner", 3310)),
        ("tcp:192.0.2.1", TcpEndpoint("192.0.2.1", 3310)),
        ("TCP:scanner.example.com:7357", TcpEndpoint("scanner.example.com", 7357)),
        ("tcp:::1:3310", TcpEndpoint("::1", 3310)),
        ("tcp:2001:db8::5:3311", TcpEndpoint("2001:db8::5", 3311)),
        ("tcp:[::1]", TcpEndpoint("::1", 3310)),
        ("tcp:[2001:db8::5]:3311", TcpEndpoint("2001:db8::5", 3311)),
    ],
)
def test_clamd_sockets(text: str, endpoint: Endpoint) -> None:
    assert clamd_socket(text) == endpoint


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("/run/clamd.ctl", f"{CLAMD_FORMS}: write unix:/run/clamd.ctl"),
        ("scanner:3310", f"{CLAMD_FORMS}: write tcp:scanner:3310"),
        ("3310", f"{CLAMD_FORMS}: write tcp:127.0.0.1:3310"),
        ("scanner", CLAMD_FORMS),
        ("unix:clamd.ctl", ABSOLUTE),
        ("inet:3310@scanner", CLAMD_FORMS),
        ("tcp:", CLAMD_FORMS),
        ("tcp::3310", CLAMD_FORMS),
        ("tcp:two words:3310", CLAMD_FORMS),
        ("tcp:scanner:", '"" is no port: write its number'),
        ("tcp:scanner:0", "a port is a number from 1 to 65535"),
        ("tcp:[::1", "must be tcp:[address]:port"),
        ("tcp:[::1]3310", "must be tcp:[address]:port"),
        ("tcp:[::1]:", '"" is no port: write its number'),
        (
            "tcp:2001:db8:1",
            '"2001:db8" is no IPv6 address: write tcp:[address]:port, as in tcp:[::1]:3310',
        ),
    ],
)
def test_clamd_sockets_refused(text: str, advice: str) -> None:
    with pytest.raises(ValueError) as caught:
        clamd_socket(text)
    assert str(caught.value) == advice


@pytest.mark.parametrize(
    ("text", "network"),
    [
        ("192.0.2.1", "192.0.2.1/32"),
        ("192.0.2.0/24", "192.0.2.0/24"),
        ("192.0.2.77/24", "192.0.2.0/24"),
        ("0.0.0.0/0", "0.0.0.0/0"),
        ("2001:db8::1", "2001:db8::1/128"),
        ("2001:db8::1/32", "2001:db8::/32"),
        ("::ffff:192.0.2.1", "192.0.2.1/32"),
        ("::ffff:192.0.2.1/120", "192.0.2.0/24"),
        ("::ffff:192.0.2.1/64", "::/64"),
    ],
)
def test_networks(text: str, network: str) -> None:
    assert local_net(text) == Clients((ip_network(network),))


@pytest.mark.parametrize("text", ["local", "Local", "LOCAL"])
def test_mail_that_did_not_come_by_smtp(text: str) -> None:
    assert local_net(text) == Clients(local=True)


class FakeResolver:
    """Knows one name, and notes what it is asked."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def __call__(
        self,
        host: str,
        port: None,
        *,
        type: socket.SocketKind,  # noqa: A002  getaddrinfo's name
    ) -> list[tuple[int, int, int, str, tuple[str, int]]]:
        assert port is None
        assert type is socket.SOCK_STREAM
        self.asked.append(host)
        if host != "gate.example":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        found = ["192.0.2.9", "2001:db8::9", "192.0.2.9", "fe80::9%eth0"]
        return [(0, 0, 0, "", (address, 0)) for address in found]


@pytest.fixture
def resolver(monkeypatch: pytest.MonkeyPatch) -> FakeResolver:
    fake = FakeResolver()
    monkeypatch.setattr(socket, "getaddrinfo", fake)
    return fake


def test_a_host_name_stands_for_all_its_addresses(resolver: FakeResolver) -> None:
    addresses = ("192.0.2.9/32", "2001:db8::9/128", "fe80::9/128")
    assert local_net("gate.example").networks == tuple(map(ip_network, addresses))
    assert resolver.asked == ["gate.example"]


def test_with_a_mask_it_stands_for_its_first(resolver: FakeResolver) -> None:
    assert local_net("gate.example/24") == Clients((ip_network("192.0.2.0/24"),))
    assert resolver.asked == ["gate.example"]


def test_a_name_without_address(resolver: FakeResolver) -> None:
    with pytest.raises(ValueError) as caught:
        local_net("nowhere.example")
    assert str(caught.value) == (
        '"nowhere.example" has no address (Name or service not known): write a network such as'
        " 192.0.2.0/24, a host that the resolver knows, or local"
    )
    assert resolver.asked == ["nowhere.example"]


def test_a_name_that_cannot_be_one() -> None:
    with pytest.raises(ValueError) as caught:
        local_net("x" * 64 + ".example")
    assert "has no address (no host name)" in str(caught.value)


@pytest.mark.parametrize("text", ["192.0.2.0/", "192.0.2.0/255.255.255.0", "192.0.2.0/x", "::/-1"])
def test_a_mask_must_be_a_number(text: str) -> None:
    with pytest.raises(ValueError) as caught:
        local_net(text)
    assert str(caught.value) == (
        "after the slash must stand the number of bits of the network, as in 192.0.2.0/24"
    )


@pytest.mark.parametrize(
    ("text", "advice"),
    [
        ("192.0.2.0/33", "a network of 192.0.2.0 can have 32 bits at most"),
        ("2001:db8::/129", "a network of 2001:db8:: can have 128 bits at most"),
        ("192.0.2.0/99999999999999999999", "a network of 192.0.2.0 can have 32 bits at most"),
    ],
)
def test_a_mask_can_be_too_long(text: str, advice: str) -> None:
    with pytest.raises(ValueError) as caught:
        local_net(text)
    assert str(caught.value) == advice


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:10026", TcpEndpoint("127.0.0.1", 10026)),
        ("mail.example.com:smtp", TcpEndpoint("mail.example.com", 25)),
        ("[::1]:25", TcpEndpoint("::1", 25)),
    ],
)
def test_smtp_servers(text: str, endpoint: TcpEndpoint) -> None:
    assert smtp_server(text) == endpoint


@pytest.mark.parametrize("text", ["127.0.0.1", ":25", "a b:25", "host:", "host:99999"])
def test_smtp_servers_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be HOST:PORT|is no port|a port is"):
        smtp_server(text)


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("127.0.0.1:9357", TcpEndpoint("127.0.0.1", 9357)),
        ("[::]:9357", TcpEndpoint("::", 9357)),
        ("localhost:0", TcpEndpoint("localhost", 0)),
    ],
)
def test_where_metrics_are_served(text: str, endpoint: TcpEndpoint) -> None:
    assert metrics_listen(text) == endpoint


@pytest.mark.parametrize("text", ["9357", ":9357", "a b:25", "127.0.0.1", "unix:/m"])
def test_where_they_cannot_be(text: str) -> None:
    with pytest.raises(ValueError, match=r"must be HOST:PORT, such as 127|is no port"):
        metrics_listen(text)


def test_a_network_alone() -> None:
    assert one_network("192.0.2.0/24") == (ip_network("192.0.2.0/24"),)
    with pytest.raises(ValueError, match="local has no address"):
        one_network("local")

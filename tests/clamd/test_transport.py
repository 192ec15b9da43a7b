from __future__ import annotations

import os
import resource
import socket
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from tests.clamd.support import Bytes, ManualClock, nothing, patience
from tests.fake_clamd import (
    OK,
    Behaviour,
    Exchange,
    FakeClamd,
    closes,
    closes_unread,
    hangs,
    resets,
    says,
    stops_stream,
)

from clamgate.clamd.errors import BrokenError, ConnectError, OverdueError
from clamgate.clamd.patience import Heartbeat, Patience
from clamgate.clamd.protocol import Answer, Found, NothingFound, ProtocolError, StreamTooLong
from clamgate.clamd.transport import connect
from clamgate.core.settings import TcpEndpoint, UnixEndpoint

MAIL = b"From clamav-milter\nSubject: x\r\n\r\nhello\0\xff\r\n"
LONG = b"0123456789abcdef" * 65536 * 5


def scan(fake: FakeClamd, content: bytes, seconds: float = 30) -> Answer:
    until = patience(seconds)
    with connect(fake.endpoint, until) as connection:
        return connection.scan(Bytes(content), until)


@pytest.mark.parametrize("content", [b"", MAIL, LONG])
def test_a_local_clamd_gets_a_descriptor(fake: FakeClamd, content: bytes) -> None:
    assert scan(fake, content) == NothingFound()
    assert fake.messages == [content]


@pytest.mark.parametrize("content", [b"", MAIL, LONG])
def test_a_remote_clamd_gets_a_stream(tcp_fake: FakeClamd, content: bytes) -> None:
    assert scan(tcp_fake, content) == NothingFound()
    assert tcp_fake.messages == [content]


def test_it_tells_its_version(fake: FakeClamd) -> None:
    until = patience()
    with connect(fake.endpoint, until) as connection:
        assert connection.version(until) == "ClamAV 1.4.6-fake/1/today"


def test_a_reply_may_drip_in(fake: FakeClamd) -> None:
    reply = b"fd[9]: Eicar FOUND\0"
    fake.script = [says(*(reply[n : n + 1] for n in range(len(reply))))]
    assert scan(fake, MAIL) == Found("Eicar")


def test_what_follows_the_reply_is_ignored(fake: FakeClamd) -> None:
    fake.script = [says(OK + b"fd[9]: Eicar FOUND\0")]
    assert scan(fake, MAIL) == NothingFound()


@pytest.mark.parametrize(
    "behaviour", [closes, closes_unread, resets, says(b"fd[9]: O"), says(b"x" * 99999)]
)
def test_an_answer_that_does_not_come_is_a_break(
    fake: FakeClamd, tcp_fake: FakeClamd, behaviour: Behaviour
) -> None:
    for clamd in (fake, tcp_fake):
        clamd.script = [behaviour]
        with pytest.raises(BrokenError):
            scan(clamd, LONG)


def test_nonsense_is_a_protocol_error(fake: FakeClamd) -> None:
    fake.script = [says(b"220 mail.example.org ESMTP\0")]
    with pytest.raises(ProtocolError, match="ESMTP"):
        scan(fake, MAIL)


def test_why_a_stream_was_refused_can_still_be_read(tcp_fake: FakeClamd) -> None:
    tcp_fake.script = [stops_stream(b"INSTREAM size limit exceeded. ERROR\0", after=100_000)]
    assert scan(tcp_fake, LONG) == StreamTooLong()


@pytest.mark.parametrize("content", [MAIL, LONG])
def test_waiting_ends_at_the_deadline(fake: FakeClamd, tcp_fake: FakeClamd, content: bytes) -> None:
    for clamd in (fake, tcp_fake):
        clamd.script = [hangs]
        with pytest.raises(OverdueError):
            scan(clamd, content, seconds=0.05)


def test_a_clamd_that_takes_nothing_in_ends_at_the_deadline_too(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as mute:
        endpoint = TcpEndpoint("127.0.0.1", mute.getsockname()[1])
        with connect(endpoint, patience()) as connection, pytest.raises(OverdueError):
            connection.scan(Bytes(LONG * 4), patience(0.05))


def test_a_full_queue_is_waited_at_not_taken_for_a_refusal(folder: Path) -> None:
    path = str(folder / "full")
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen(0)
        with (
            connect(UnixEndpoint(path), patience()),
            pytest.raises(OverdueError),
        ):
            connect(UnixEndpoint(path), patience(0.05))


def test_signs_of_life_are_given_while_it_scans(fake: FakeClamd) -> None:
    beats: list[None] = []

    def beat() -> None:
        beats.append(None)
        if len(beats) == 3:
            fake.released.set()

    def slow(exchange: Exchange) -> None:
        hangs(exchange)
        exchange.send(OK)

    fake.script = [slow]
    until = patience(30, beat, interval=0.01)
    with connect(fake.endpoint, until) as connection:
        assert connection.scan(Bytes(MAIL), until) == NothingFound()
    assert len(beats) >= 3


def test_signs_of_life_are_given_while_a_long_stream_is_sent(tcp_fake: FakeClamd) -> None:
    clock = ManualClock()
    beats: list[float] = []

    class Long(Bytes):
        def chunks(self) -> Iterator[bytes]:
            for chunk in super().chunks():
                clock.advance(3)
                yield chunk

    until = Patience(Heartbeat(lambda: beats.append(clock.now), clock, 5), 3600)
    with connect(tcp_fake.endpoint, until) as connection:
        assert connection.scan(Long(bytes(10 * 65536)), until) == NothingFound()
    assert len(beats) == 5


def test_signs_of_life_are_given_after_a_slow_lookup(
    tcp_fake: FakeClamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = tcp_fake.endpoint
    assert isinstance(endpoint, TcpEndpoint)
    clock = ManualClock()
    beats: list[float] = []

    def slow(*_: object, **__: object) -> list[object]:
        clock.advance(7)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", endpoint.port))]

    monkeypatch.setattr(socket, "getaddrinfo", slow)
    with connect(endpoint, Patience(Heartbeat(lambda: beats.append(0), clock, 5), 3600)):
        assert len(beats) == 1


def test_what_a_sign_of_life_raises_is_not_put_down_to_the_clamd(fake: FakeClamd) -> None:
    def gone() -> None:
        raise ConnectionResetError("the MTA is gone")

    fake.script = [hangs]
    until = patience(30, gone, interval=0.01)
    with (
        connect(fake.endpoint, until) as connection,
        pytest.raises(ConnectionResetError, match="MTA"),
    ):
        connection.scan(Bytes(MAIL), until)


@pytest.mark.parametrize("kind", ["absent", "dead"])
def test_a_socket_nobody_answers_on(folder: Path, kind: str) -> None:
    path = folder / kind
    if kind == "dead":
        with socket.socket(socket.AF_UNIX) as left:
            left.bind(str(path))
    with pytest.raises(ConnectError, match=r"refused|No such file"):
        connect(UnixEndpoint(str(path)), patience())


def test_a_port_nobody_answers_on() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        endpoint = TcpEndpoint("127.0.0.1", taken.getsockname()[1])
        with pytest.raises(ConnectError, match=r"127\.0\.0\.1: Connection refused"):
            connect(endpoint, patience())


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", "x" * 70])
def test_a_host_that_cannot_be_resolved_is_named(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if host.endswith(".invalid"):  # the resolver is not asked

        def unknown(*_: object, **__: object) -> None:
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

        monkeypatch.setattr(socket, "getaddrinfo", unknown)
    with pytest.raises(ConnectError, match=host):
        connect(TcpEndpoint(host, 3310), patience())


def resolve_to(monkeypatch: pytest.MonkeyPatch, *addresses: tuple[str, int]) -> list[str]:
    """Have every host resolve to these, and return the list of hosts that were asked for."""
    asked: list[str] = []

    def resolver(host: str, port: int, **_: object) -> list[object]:
        asked.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", address) for address in addresses]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    return asked


def test_every_address_of_a_host_is_tried(
    tcp_fake: FakeClamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    endpoint = tcp_fake.endpoint
    assert isinstance(endpoint, TcpEndpoint)
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        resolve_to(monkeypatch, closed.getsockname(), ("127.0.0.1", endpoint.port))
        with connect(TcpEndpoint("clamd.example.org", 3310), patience()) as connection:
            assert connection.scan(Bytes(MAIL), patience()) == NothingFound()


def test_an_address_that_does_not_answer_is_left_for_the_next(
    tcp_fake: FakeClamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("clamgate.clamd.transport.CONNECT_TIMEOUT", 0.05)
    endpoint = tcp_fake.endpoint
    assert isinstance(endpoint, TcpEndpoint)
    with ExitStack() as stack:
        mute = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        for _ in range(3):  # fill its queue: the kernel then drops who comes next
            client = stack.enter_context(socket.socket())
            client.setblocking(False)
            client.connect_ex(mute.getsockname())
        resolve_to(monkeypatch, mute.getsockname())
        with pytest.raises(ConnectError, match=r"127\.0\.0\.1: no answer within 0\.05 s"):
            connect(TcpEndpoint("clamd.example.org", 3310), patience())
        resolve_to(monkeypatch, mute.getsockname(), ("127.0.0.1", endpoint.port))
        with connect(TcpEndpoint("clamd.example.org", 3310), patience()) as connection:
            assert connection.scan(Bytes(MAIL), patience()) == NothingFound()


def test_the_end_of_a_stream_is_not_held_back(tcp_fake: FakeClamd) -> None:
    with connect(tcp_fake.endpoint, patience()) as connection:
        assert connection._socket.raw.getsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY)


def test_a_host_is_resolved_anew_each_time(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        asked = resolve_to(monkeypatch, closed.getsockname())
        for _ in range(2):
            with pytest.raises(ConnectError):
                connect(TcpEndpoint("clamd.example.org", 3310), patience())
    assert asked == ["clamd.example.org"] * 2


def test_a_host_without_address_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    resolve_to(monkeypatch)
    with pytest.raises(ConnectError, match=r"clamd\.example\.org: no address"):
        connect(TcpEndpoint("clamd.example.org", 3310), patience())


@pytest.fixture
def many_descriptors() -> Iterator[None]:
    """Take all descriptors up to 1100, as a busy mail filter may have."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    if hard != resource.RLIM_INFINITY and hard < 2000:
        pytest.skip(f"the hard limit of open files is {hard}")
    resource.setrlimit(resource.RLIMIT_NOFILE, (max(soft, 2000), hard))
    taken = [os.open("/dev/null", os.O_RDONLY)]
    while taken[-1] < 1100:
        taken.append(os.dup(taken[0]))
    yield
    for descriptor in taken:
        os.close(descriptor)
    resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@pytest.mark.usefixtures("many_descriptors")
def test_descriptors_above_1023_work(fake: FakeClamd, tcp_fake: FakeClamd) -> None:
    for clamd in (fake, tcp_fake):
        assert scan(clamd, MAIL) == NothingFound()
        clamd.script = [hangs]
        with pytest.raises(OverdueError):
            scan(clamd, MAIL, seconds=0.05)


def test_out_of_descriptors_is_not_the_clamd_s_fault(
    fake: FakeClamd, monkeypatch: pytest.MonkeyPatch
) -> None:
    def none_left(*_: object) -> None:
        raise OSError(24, "Too many open files")

    monkeypatch.setattr(socket, "socket", none_left)
    with pytest.raises(OSError, match="Too many open files"):
        connect(fake.endpoint, patience())


def test_content_that_cannot_be_had_is_not_the_clamd_s_fault(
    fake: FakeClamd, tcp_fake: FakeClamd
) -> None:
    class Lost(Bytes):
        def descriptor(self) -> int:
            raise OSError(5, "Input/output error")

        def chunks(self) -> Iterator[bytes]:
            yield b"start"
            raise OSError(5, "Input/output error")

    for clamd in (fake, tcp_fake):
        with (
            connect(clamd.endpoint, patience(30, nothing)) as connection,
            pytest.raises(OSError, match="Input/output error"),
        ):
            connection.scan(Lost(b""), patience())

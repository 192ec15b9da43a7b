"""The link: exchanges over a socket, with deadlines, against a filter that does as it is told."""

from __future__ import annotations

import socket
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace

import pytest
from tests.harness.replying import replying
from tests.scripted_milter import Script, ScriptedMilter

from clamgate.harness import link as link_module
from clamgate.harness.link import (
    Deadlines,
    Exchange,
    FilterGoneError,
    Link,
    NoAnswerError,
    connect_unix,
)
from clamgate.harness.ports import free_port
from clamgate.harness.wire import (
    Accept,
    Actions,
    AddHeader,
    Answer,
    Body,
    Connect,
    Continue,
    Data,
    EndOfMessage,
    Header,
    Helo,
    Mail,
    Options,
    Progress,
    ProtocolError,
    Quarantine,
    Quit,
    Rcpt,
    Reject,
    Steps,
    encode,
    offer,
)

HASTY = Deadlines(command=0.3)
"""For a first command that is not answered: all before it is, however busy the machine is."""
EDITS = Options(6, Actions.ADD_HEADERS | Actions.QUARANTINE)


def to_the_end(link: Link) -> Exchange:
    for command in (Connect(b"h"), Mail(b"<>"), Rcpt(b"<a>"), Data(), Header(b"A", b" b")):
        link.exchange(command)
    return link.exchange(EndOfMessage())


def test_it_agrees_on_options_at_once() -> None:
    with ScriptedMilter(wants=EDITS) as milter, Link(milter.endpoint, offer(6)) as link:
        assert link.session.agreed == EDITS


def test_a_command_gets_its_reply() -> None:
    with ScriptedMilter({Helo: (Reject(),)}) as milter, Link(milter.endpoint) as link:
        assert link.exchange(Connect(b"h")) == Exchange(Continue())
        assert link.exchange(Helo(b"h")) == Exchange(Reject())


def test_edits_and_progress_are_gathered_in_order() -> None:
    edits = (AddHeader(b"A", b"1"), Quarantine(b"why"), AddHeader(b"B", b"2"))
    script: Script = {EndOfMessage: (Progress(), *edits, Progress(), Accept())}
    with ScriptedMilter(script, wants=EDITS) as milter, Link(milter.endpoint) as link:
        assert to_the_end(link) == Exchange(Accept(), edits, 2)


def test_no_reply_is_waited_for_where_silence_was_agreed_on() -> None:
    silent = Options(6, steps=Steps.NR_CONNECT | Steps.NR_HELO)
    with ScriptedMilter(wants=silent) as milter, Link(milter.endpoint) as link:
        assert link.exchange(Connect(b"h")) == Exchange()
        assert link.exchange(Helo(b"h")) == Exchange()
        assert link.exchange(Mail(b"<>")) == Exchange(Continue())


def test_a_step_that_was_declined_is_not_sent() -> None:
    with ScriptedMilter(wants=Options(6, steps=Steps.NO_HELO)) as milter:
        with Link(milter.endpoint) as link:
            link.exchange(Connect(b"h"))
            assert link.exchange(Helo(b"h")) == Exchange()
            link.exchange(Quit())
            link.await_close()
        assert milter.commands() == [Connect(b"h"), Quit()]


def test_nobody_there(tmp_path: Path) -> None:
    with pytest.raises(
        FilterGoneError, match=r"no filter answers at /.*/nobody.sock: No such file"
    ):
        Link(str(tmp_path / "nobody.sock"))
    with pytest.raises(
        FilterGoneError, match=r"no filter answers at 127.0.0.1:\d+: Connection refused"
    ):
        Link(("127.0.0.1", free_port()))


def test_a_filter_whose_queue_is_full_is_waited_for(tmp_path: Path) -> None:
    path = str(tmp_path / "busy.sock")
    with socket.create_server(path, family=socket.AF_UNIX, backlog=0) as busy, ExitStack() as held:
        first = held.enter_context(connect_unix(path, 30.0))
        with pytest.raises(BlockingIOError):
            connect_unix(path, 0.05)
        with ThreadPoolExecutor() as pool:
            waiting = pool.submit(connect_unix, path, 30.0)
            held.enter_context(busy.accept()[0])
            held.enter_context(waiting.result(30.0))
        assert first.fileno() >= 0


def test_a_filter_that_says_nothing_to_the_offer() -> None:
    with (
        ScriptedMilter(wants=b"") as milter,
        pytest.raises(NoAnswerError, match="deadline passed without an answer to the offer"),
    ):
        Link(milter.endpoint, deadlines=Deadlines(connect=0.3))


def test_a_filter_that_never_replies() -> None:
    with ScriptedMilter({Connect: ()}) as milter, Link(milter.endpoint, deadlines=HASTY) as link:
        started = time.monotonic()
        with pytest.raises(NoAnswerError, match="deadline passed without an answer to Connect"):
            link.exchange(Connect(b"h"))
        assert 0.25 < time.monotonic() - started < 10


def test_a_reply_in_part_is_none() -> None:
    with (
        ScriptedMilter({Connect: (b"\0\0\0",)}) as milter,
        Link(milter.endpoint, deadlines=HASTY) as link,
        pytest.raises(NoAnswerError),
    ):
        link.exchange(Connect(b"h"))


def test_progress_starts_the_deadline_anew(monkeypatch: pytest.MonkeyPatch) -> None:
    """The filter takes 100 s, by a clock that it turns on itself before it says anything."""
    clock = [0.0]

    def answer() -> Iterator[Answer]:
        for reply in (*[Progress()] * 4, Accept()):
            clock[0] += 20.0
            yield reply

    monkeypatch.setattr(link_module, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    with (
        replying(answer()) as endpoint,
        Link(endpoint, deadlines=Deadlines(message=30.0)) as link,
    ):
        assert link.exchange(EndOfMessage()) == Exchange(Accept(), (), 4)


def test_a_filter_that_hangs_up() -> None:
    with ScriptedMilter() as milter, Link(milter.endpoint) as link:
        link.exchange(Connect(b"h"))
        milter.close()
        with pytest.raises(FilterGoneError):
            link.exchange(Helo(b"h"))


@pytest.mark.parametrize(
    ("said", "complaint"),
    [
        (b"\0\0\0\0", "gives its length as 0"),
        (b"\xff\xff\xff\xff", "gives its length as 4294967295"),
        (b"\0\0\0\1?", "begins with b'\\?'"),
        (b"\0\0\0\2cx", "Continue: 1 bytes too many"),
        (encode(Quarantine(b"why")), "before the end of the message"),
        (encode(Options()), "in answer to Connect"),
    ],
)
def test_a_filter_that_breaks_the_protocol(said: bytes, complaint: str) -> None:
    with (
        ScriptedMilter({Connect: (said,)}) as milter,
        Link(milter.endpoint) as link,
        pytest.raises(ProtocolError, match=complaint),
    ):
        link.exchange(Connect(b"h"))


def test_one_reply_too_many_is_noticed_before_the_next_command() -> None:
    with (
        ScriptedMilter({Connect: (Continue(), Accept())}) as milter,
        Link(milter.endpoint) as link,
    ):
        assert link.exchange(Connect(b"h")) == Exchange(Continue())
        with pytest.raises(ProtocolError, match=r"letter=b'a'.*nobody waits"):
            link.exchange(Helo(b"h"))


def test_a_reply_where_silence_was_agreed_on_is_noticed() -> None:
    lies = ScriptedMilter({Body: (Continue(),)}, wants=Options(6, steps=Steps.NR_BODY))
    with lies as milter, Link(milter.endpoint) as link:
        for command in (Connect(b"h"), Mail(b"<>"), Rcpt(b"<a>"), Body(b"x")):
            link.exchange(command)
        with pytest.raises(ProtocolError, match=r"letter=b'c'.*nobody waits"):
            link.await_close()


def test_a_filter_that_does_not_close() -> None:
    with (
        ScriptedMilter() as milter,
        Link(milter.endpoint, deadlines=HASTY) as link,
        pytest.raises(NoAnswerError, match="without closing the connection"),
    ):
        link.await_close()


def test_raw_bytes_go_out_as_they_are() -> None:
    with ScriptedMilter() as milter, Link(milter.endpoint) as link:
        link.send_raw(b"\0\0\0\1!")
        link.await_close()
        with pytest.raises(AssertionError, match="begins with b'!'"):
            milter.check()

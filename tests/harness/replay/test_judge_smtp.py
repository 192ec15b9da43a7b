"""An SMTP server as the judge of mail."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from threading import Thread
from typing import Self

import pytest
from tests.sink import Sink

from clamgate.harness.ports import free_port
from clamgate.harness.replay.judge_smtp import SmtpJudge
from clamgate.harness.replay.judgement import Judgement, Verdict
from clamgate.harness.replay.parcel import Given, Parcel, pack
from clamgate.harness.replay.sources import Mail
from clamgate.harness.replay.trial import JudgeGoneError


def parcel(raw: bytes, *recipients: bytes) -> Parcel:
    return pack(1, Mail("x", raw), Given(b"<a@example.org>", recipients or (b"<b@example.net>",)))


@pytest.fixture(scope="module")
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def judge(port: int) -> SmtpJudge:
    return SmtpJudge("127.0.0.1", port, "client.example.org", 60.0)


def test_what_is_taken_arrives_as_it_is_in_the_file(sink: Sink) -> None:
    sink.forget()
    raw = b"From x Tue Nov 24 03:08:32 2026\nSubject: \xe9\nno field\n\n.dot\none\r\ntwo"
    judged = judge(sink.port).judge(parcel(raw, b"<b@example.net>", b"<c@example.net>"))
    assert judged == Judgement(Verdict.ACCEPTED, "EndOfMessage")
    (got,) = sink.deliveries
    assert (got.sender, got.recipients) == ("a@example.org", ("b@example.net", "c@example.net"))
    assert got.content == b"Subject: \xe9\r\nno field\r\n\r\n.dot\r\none\r\ntwo\r\n"


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [("451 4.3.0 later", Verdict.TEMPFAILED), ("550 5.7.1 no", Verdict.REJECTED)],
)
def test_a_refusal(sink: Sink, reply: str, verdict: Verdict) -> None:
    sink.refuse_next(reply)
    assert judge(sink.port).judge(parcel(b"A: b\n\n")) == Judgement(verdict, "EndOfMessage", reply)


class ScriptedServer:
    """Takes one connection, and answers each line (and the end of DATA) with the next reply."""

    def __init__(self, *replies: bytes) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.lines: list[bytes] = []
        self._replies = replies
        self._thread = Thread(target=self._serve)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._thread.join(30)
        self._listener.close()

    def _serve(self) -> None:
        connection, _ = self._listener.accept()
        with connection, connection.makefile("rwb") as stream:
            for reply in self._replies:
                stream.write(reply + b"\r\n")
                stream.flush()
                if reply.startswith(b"354"):
                    while stream.readline() not in {b".\r\n", b""}:
                        pass
                else:
                    self.lines.append(stream.readline())


@pytest.mark.parametrize(
    ("replies", "judged"),
    [
        (
            (b"554 5.7.1 go away",),
            Judgement(Verdict.REJECTED, "connect", "554 5.7.1 go away"),
        ),
        (
            (b"220 hi", b"500 what", b"501 no name"),
            Judgement(Verdict.REJECTED, "Helo", "501 no name"),
        ),
        ((b"220 hi", b"250 mx", b"450 slow"), Judgement(Verdict.TEMPFAILED, "Mail", "450 slow")),
        (
            (b"220 hi", b"250 mx", b"250 ok", b"550-two\r\n550 lines"),
            Judgement(Verdict.REJECTED, "Rcpt", "550 two lines"),
        ),
        (
            (b"220 hi", b"250 mx", b"250 ok", b"250 ok", b"452 full"),
            Judgement(Verdict.TEMPFAILED, "Data", "452 full"),
        ),
    ],
)
def test_a_refusal_at_each_step(replies: tuple[bytes, ...], judged: Judgement) -> None:
    with ScriptedServer(*replies, b"221 bye") as server:
        assert judge(server.port).judge(parcel(b"A: b\n\n")) == judged


def test_one_recipient_of_two_is_refused() -> None:
    replies = (b"220 hi", b"250 mx", b"250 ok", b"550 no", b"250 ok", b"354 go", b"250 kept")
    with ScriptedServer(*replies, b"221 bye") as server:
        judged = judge(server.port).judge(parcel(b"A: b\n\n", b"<b@x.org>", b"<c@x.org>"))
    assert judged == Judgement(Verdict.ACCEPTED, "EndOfMessage", refused=(("<b@x.org>", "550 no"),))


def test_a_server_that_hangs_up_gave_no_answer() -> None:
    with ScriptedServer(b"220 hi", b"250 mx") as server:
        judged = judge(server.port).judge(parcel(b"A: b\n\n"))
    assert judged.verdict is Verdict.UNANSWERED
    assert "closed" in judged.text


def test_what_mail_says_is_what_the_server_knows_of() -> None:
    raw = b"Subject: \xe9\n\n"
    extensions = b"250-mx\r\n250-SIZE\r\n250-8BITMIME\r\n250 SMTPUTF8"
    with ScriptedServer(b"220 hi", extensions, b"550 no", b"221 bye") as server:
        judge(server.port).judge(parcel(raw, "<j\xf6rg@x.org>".encode()))
    assert server.lines[1] == b"mail FROM:<a@example.org> SIZE=14 BODY=8BITMIME SMTPUTF8\r\n"


def test_where_nobody_listens_it_is_gone() -> None:
    port = free_port()
    with pytest.raises(JudgeGoneError, match=f"no SMTP server answers at 127.0.0.1:{port}"):
        judge(port).judge(parcel(b"A: b\n\n"))

"""A milter as the judge of mail."""

from __future__ import annotations

import pytest
from tests.scripted_milter import ScriptedMilter

from clamgate.harness.link import Deadlines
from clamgate.harness.mail import Peer
from clamgate.harness.ports import free_port
from clamgate.harness.replay.judge_milter import MilterJudge
from clamgate.harness.replay.judgement import Judgement, Verdict
from clamgate.harness.replay.parcel import Given, pack
from clamgate.harness.replay.sources import Mail as MailFile
from clamgate.harness.replay.trial import JudgeGoneError
from clamgate.harness.wire import (
    Connect,
    EndOfMessage,
    Family,
    Mail,
    Options,
    Rcpt,
    ReplyCode,
    Steps,
    TempFail,
)

PARCEL = pack(
    3, MailFile("x", b"Subject: x\n\nbody\n"), Given(b"<a@x>", (b"<b@x>", b"<c@x>"), b"alice")
)
ONE_ANSWER = Options(6, steps=Steps.NR_HEADER | Steps.NR_EOH | Steps.NR_BODY)
"""Of the content, only its end is answered."""
QUICK = Deadlines(message=0.2)


def test_a_mail_goes_in_its_envelope_from_the_client_that_is_given() -> None:
    peer = Peer(b"mx.example", Family.INET6, b"2001:db8::1")
    with ScriptedMilter({EndOfMessage: (ReplyCode(b"550 no"),)}) as milter:
        judged = MilterJudge(milter.endpoint, peer).judge(PARCEL)
        assert judged == Judgement(Verdict.REJECTED, "EndOfMessage", "550 no")
        sent = milter.commands()
        assert sent[0] == Connect(b"mx.example", Family.INET6, 40125, b"2001:db8::1")
        assert Mail(b"<a@x>") in sent
        assert [it.path for it in sent if isinstance(it, Rcpt)] == [b"<b@x>", b"<c@x>"]
        assert milter.macros(Mail)[b"{auth_authen}"] == b"alice"
        assert milter.macros(EndOfMessage)[b"i"] == b"replay3"


def test_each_mail_has_a_session_of_its_own() -> None:
    with ScriptedMilter({Connect: (TempFail(),)}) as milter:
        judge = MilterJudge(milter.endpoint)
        assert judge.judge(PARCEL) == Judgement(Verdict.TEMPFAILED, "Connect")
        judge.judge(PARCEL)
        assert len(milter.sessions) == 2


@pytest.mark.parametrize(
    ("answer", "deadlines", "why"),
    [
        ((), QUICK, "the deadline passed without an answer to EndOfMessage"),
        ((b"\0\0\0\x01Z",), Deadlines(), "a filter sends nothing that begins with b'Z'"),
    ],
)
def test_no_proper_answer_is_a_judgement(
    answer: tuple[bytes, ...], deadlines: Deadlines, why: str
) -> None:
    with ScriptedMilter({EndOfMessage: answer}, wants=ONE_ANSWER) as milter:
        judged = MilterJudge(milter.endpoint, deadlines=deadlines).judge(PARCEL)
    assert judged == Judgement(Verdict.UNANSWERED, "", why)


def test_an_offer_that_is_not_answered_properly() -> None:
    with ScriptedMilter(wants=b"\0\0\0\x01Z") as milter:
        judged = MilterJudge(milter.endpoint).judge(PARCEL)
    assert (judged.verdict, judged.stage) == (Verdict.UNANSWERED, "negotiation")


def test_where_nobody_listens_it_is_gone() -> None:
    endpoint = ("127.0.0.1", free_port())
    with pytest.raises(JudgeGoneError, match="no filter answers at"):
        MilterJudge(endpoint).judge(PARCEL)

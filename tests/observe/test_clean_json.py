"""What is written in one go is what is written piece by piece, wherever it is written at all."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import example, given
from hypothesis import strategies as st
from tests.observe.examples import EICAR, judged, message

from clamgate.core.contents import Contents
from clamgate.core.decision import Disposition, Excepted, Share
from clamgate.core.envelope import Client, HeaderFacts
from clamgate.core.events import MessageJudged
from clamgate.core.rules import Action
from clamgate.core.verdict import Clean, Empty, Failed
from clamgate.observe.clean_json import clean_line
from clamgate.observe.mail_records import Known
from clamgate.observe.records import record

VERSION = "ClamAV 1.4.6/27456/Tue Nov 24 08:35:05 2026"
NOW = 1_795_500_000.25

PATHS = st.sampled_from(
    [b"<a@b.example>", b"<>", b"a@b", b"<", b"", b'"q"@b', b"\\@b", b"\xc3\xa4@b"]
)
SUBJECTS = st.sampled_from(
    [b"Hello", b" a  b ", b"", b"\ta\r\n b", b"=?utf-8?q?x?=", b'"', b"\x7f", b"\xff", b"x" * 600]
)
EVENTS = st.builds(
    lambda sender, recipients, subject, names, seconds: replace(
        judged(
            Clean(),
            replace(
                message(
                    sender=sender,
                    recipients=tuple(recipients),
                    headers=HeaderFacts((subject,), names[0]),
                    queue_id=names[1],
                    client=Client("[x]", None, 0, local=True, helo='"'),
                ),
            ),
        ),
        seconds=seconds,
    ),
    PATHS,
    st.lists(PATHS, max_size=3) | st.integers(0, 900).map(lambda n: [b""] * n),
    SUBJECTS | st.binary(max_size=9),
    st.tuples(
        st.sampled_from([b"<i@d>", b"\n", None]), st.sampled_from(["4Xy", "", "a b", '"', "\u00e9"])
    ),
    st.floats(0, 1e6),
)


def slowly(event: MessageJudged) -> str:
    return record(event, NOW, Known()).to_json("worker 1", "T")


def quickly(event: MessageJudged) -> str:
    known = Known()
    first, again = (clean_line(event, NOW, "worker 1", "T", known) for _ in range(2))
    assert first == again
    return first


@given(EVENTS, st.sampled_from([None, b"user", b'"']))
@example(judged(Clean()), None)
def test_they_write_the_same(event: MessageJudged, auth: bytes | None) -> None:
    envelope = replace(event.message.envelope, auth_name=auth)
    event = replace(event, message=replace(event.message, envelope=envelope))
    assert quickly(event) in ("", slowly(event))


def test_ordinary_mail_is_written_in_one_go() -> None:
    event = judged(Clean())
    for one in (
        event,
        replace(event, report=replace(event.report, clamd_version=VERSION)),
        judged(Clean(), message(sender=b"<>", recipients=())),
    ):
        assert quickly(one) == slowly(one) != ""


def test_what_there_is_more_to_say_of_is_not() -> None:
    event = judged(Clean())
    decision, report = event.decision, event.report
    share = Share(b"<a@b>", Action.ACCEPT, Action.ACCEPT, "r")
    for one in (
        judged(EICAR),
        judged(Empty()),
        judged(Failed("r")),
        replace(event, stored="id"),
        replace(event, decision=replace(decision, verdict=EICAR)),
        replace(event, decision=replace(decision, ruled=True)),
        replace(event, decision=replace(decision, shares=(share,))),
        replace(event, report=replace(report, anomalies=("odd",))),
        replace(event, report=replace(report, contents=Contents((), (), ("why",)))),
        judged(Clean(), message(headers=HeaderFacts())),
    ):
        assert quickly(one) == ""
    for one in (
        replace(event, decision=replace(decision, excepted=(Excepted("s", "e"),))),
        judged(Clean(), disposition=Disposition.DEFER, rule='a "rule"'),
    ):
        assert quickly(one) == slowly(one) != ""

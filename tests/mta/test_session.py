from __future__ import annotations

import re
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest
from tests.mta.doubles import Edge, make_edge

from clamgate.core.decision import DeleteHeader, Disposition
from clamgate.core.envelope import Client
from clamgate.core.events import (
    ConnectionExempt,
    Fault,
    MessageExempt,
    MessageJudged,
    MessageReleased,
)
from clamgate.core.releasing import BodyDigest, Claim
from clamgate.core.rules import Action, HeaderMode, Rules
from clamgate.core.scanning import ScanError
from clamgate.core.settings import Exclusions, Spooling
from clamgate.core.signatures import Glob, SignatureClass, SignatureClasses
from clamgate.core.storing import Kept, StoreError, StoreRecord
from clamgate.core.verdict import Clean, Empty, Failed, Infected, Verdict
from clamgate.mta.session import Step


def keepalive() -> None:
    """The MTA is told to wait on."""


def send(edge: Edge, *, headers: list[tuple[bytes, bytes]], body: list[bytes]) -> Disposition:
    session = edge.session
    assert session.mail(b"<a@x.example>", None) is Step.CONTINUE
    assert session.rcpt(b"<b@y.example>") is Step.CONTINUE
    assert session.data() is Step.CONTINUE
    for name, value in headers:
        session.header(name, value)
    for chunk in body:
        assert session.body(chunk) is Step.CONTINUE
    decision = session.end("Q1", keepalive)
    session.abort()
    return decision.disposition


def test_the_scanner_gets_the_exact_bytes_after_the_mail_mark(tmp_path: Path) -> None:
    edge = make_edge(tmp_path)
    send(
        edge,
        headers=[(b"Subject", b" one\n\ttwo"), (b"X-Raw", b"  caf\xe9\x00")],
        body=[b"line\r\n", b"\x00\xff"],
    )
    assert edge.scanner.scanned == [
        b"From clamav-milter\nSubject: one\r\n\ttwo\r\nX-Raw:  caf\xe9\x00\r\n\r\nline\r\n\x00\xff"
    ]


def test_a_message_without_body_has_no_empty_line(tmp_path: Path) -> None:
    edge = make_edge(tmp_path)
    send(edge, headers=[(b"Subject", b" hi")], body=[])
    assert edge.scanner.scanned == [b"From clamav-milter\nSubject: hi\r\n"]


def test_a_message_without_header_is_marked_as_mail_too(tmp_path: Path) -> None:
    edge = make_edge(tmp_path)
    send(edge, headers=[], body=[b"text"])
    assert edge.scanner.scanned == [b"From clamav-milter\n\r\ntext"]


def test_an_empty_message_is_not_scanned(tmp_path: Path) -> None:
    edge = make_edge(tmp_path, verdict=Infected(("X",)))
    assert send(edge, headers=[], body=[]) is Disposition.ACCEPT
    assert edge.scanner.scanned == []
    assert edge.observer.of(MessageJudged)[0].report.verdict == Empty()


def test_one_event_says_all_of_a_message(tmp_path: Path) -> None:
    edge = make_edge(tmp_path, rules=Rules(add_header=HeaderMode.REPLACE, scanned_value="me"))
    edge.session.connect("mx.example", "192.0.2.1", 4711, has_address=True)
    send(
        edge,
        headers=[
            (b"Subject", b" one"),
            (b"subject", b" two"),
            (b"Message-Id", b" <1@x>"),
            (b"Date", b" today"),
            (b"DATE", b" later"),
            (b"X-Virus-Status", b" Clean"),
            (b"x-virus-scanned", b" yes"),
        ],
        body=[b"hello"],
    )
    (event,) = edge.observer.of(MessageJudged)
    assert edge.observer.events == [event]
    message = event.message
    assert message.envelope.client.address == ip_address("192.0.2.1")
    assert message.envelope.reverse_path == b"<a@x.example>"
    assert message.envelope.recipients == (b"<b@y.example>",)
    assert message.envelope.queue_id == "Q1"
    assert message.headers.subjects == (b"one", b"two")
    assert message.headers.message_id == b"<1@x>"
    assert message.headers.date == b"today"
    assert (message.headers.virus_scanned, message.headers.virus_status) == (1, 1)
    assert message.size == sum(
        map(
            len,
            [
                b"Subject: one\r\nsubject: two\r\nMessage-Id: <1@x>\r\nDate: today\r\n",
                b"DATE: later\r\nX-Virus-Status: Clean\r\nx-virus-scanned: yes\r\n\r\nhello",
            ],
        )
    )
    assert event.report.clamd == "unix:/fake"
    assert event.decision.disposition is Disposition.ACCEPT
    assert event.seconds > 0


def test_local_net_ends_it_at_connect(tmp_path: Path) -> None:
    exclusions = Exclusions(networks=(ip_network("192.0.2.0/24"),))
    edge = make_edge(tmp_path, exclusions=exclusions)
    step = edge.session.connect("mx", "192.0.2.1", 1, has_address=True)
    assert step is Step.ACCEPT
    assert len(edge.observer.of(ConnectionExempt)) == 1


@pytest.mark.parametrize(
    ("host", "address", "has_address", "local"),
    [
        ("localhost", None, False, True),
        ("LOCALHOST", None, False, True),
        ("", None, False, True),
        ("unknown", None, False, False),
        ("localhost", None, True, False),
        ("localhost", "127.0.0.1", True, False),
    ],
)
def test_what_counts_as_local(
    tmp_path: Path,
    host: str,
    address: str | None,
    has_address: bool,  # noqa: FBT001  a parameter of the table
    local: bool,  # noqa: FBT001  as above
) -> None:
    edge = make_edge(tmp_path, exclusions=Exclusions(local=True))
    step = edge.session.connect(host, address, 0, has_address=has_address)
    assert (step is Step.ACCEPT) is local


def test_skip_authenticated_ends_it_at_mail_and_leaves_nothing_open(tmp_path: Path) -> None:
    edge = make_edge(tmp_path, exclusions=Exclusions(auth_names=frozenset({b"tom"})))
    assert edge.session.mail(b"<a@x>", b"tom") is Step.ACCEPT
    assert edge.in_flight.count == 0
    (event,) = edge.observer.of(MessageExempt)
    assert event.message.envelope.auth_name == b"tom"
    assert edge.session.mail(b"<a@x>", b"dick") is Step.CONTINUE


ALLOWED = Exclusions(recipients=(re.compile(rb"@ok>"),))


def test_allowed_recipients_end_it_at_data(tmp_path: Path) -> None:
    edge = make_edge(tmp_path, exclusions=ALLOWED)
    edge.session.mail(b"<a@x>", None)
    edge.session.rcpt(b"<b@ok>")
    assert edge.session.data() is Step.ACCEPT
    assert edge.in_flight.count == 0


def test_allowed_recipients_end_it_at_the_end_where_there_is_no_data_step(tmp_path: Path) -> None:
    edge = make_edge(tmp_path, exclusions=ALLOWED)
    edge.session.mail(b"<a@x>", None)
    edge.session.rcpt(b"<b@ok>")
    edge.session.body(b"x")
    assert edge.session.end("", keepalive).disposition is Disposition.ACCEPT
    assert edge.scanner.scanned == []


def test_one_recipient_more_and_it_is_scanned(tmp_path: Path) -> None:
    edge = make_edge(tmp_path, exclusions=ALLOWED)
    edge.session.mail(b"<a@x>", None)
    edge.session.rcpt(b"<b@ok>")
    edge.session.rcpt(b"<b@other>")
    assert edge.session.data() is Step.CONTINUE
    edge.session.body(b"x")
    edge.session.end("", keepalive)
    assert len(edge.scanner.scanned) == 1


@pytest.mark.parametrize(
    "error", [ScanError("no clamd", 3), OSError(28, "No space left"), ZeroDivisionError("bug")]
)
def test_any_scan_trouble_is_failed_and_on_fail_decides(tmp_path: Path, error: Exception) -> None:
    edge = make_edge(tmp_path, error=error, rules=Rules(on_fail=Action.REJECT))
    disposition = send(edge, headers=[(b"A", b" b")], body=[])
    assert disposition is Disposition.REJECT
    (judged,) = edge.observer.of(MessageJudged)
    assert isinstance(judged.report.verdict, Failed)
    assert edge.in_flight.count == 0
    assert edge.budget.used == 0


def test_a_message_with_a_failed_step_is_not_judged_by_the_rest(tmp_path: Path) -> None:
    edge = make_edge(tmp_path)
    edge.session.mail(b"<a@x>", None)
    edge.session.header(b"A", b" b")
    edge.session.fail("header: UnicodeDecodeError")
    edge.session.fail("a later one")
    edge.session.body(b"x")
    assert edge.session.end("", keepalive).disposition is Disposition.DEFER
    assert edge.scanner.scanned == []
    (judged,) = edge.observer.of(MessageJudged)
    assert judged.report.verdict == Failed("header: UnicodeDecodeError")
    assert [event.reason for event in edge.observer.of(Fault)] == [
        "header: UnicodeDecodeError",
        "a later one",
    ]


def test_an_end_without_a_beginning_is_failed(tmp_path: Path) -> None:
    edge = make_edge(tmp_path)
    assert edge.session.end("", keepalive).disposition is Disposition.DEFER


def test_a_failure_is_forgotten_with_its_message(tmp_path: Path) -> None:
    edge = make_edge(tmp_path)
    edge.session.mail(b"<a@x>", None)
    edge.session.fail("broken")
    assert send(edge, headers=[(b"A", b" b")], body=[]) is Disposition.ACCEPT


def test_abort_and_close_give_back_what_was_kept(tmp_path: Path) -> None:
    edge = make_edge(tmp_path)
    edge.session.mail(b"<a@x>", None)
    edge.session.body(b"x" * 500_000)
    assert edge.in_flight.count == 1
    edge.session.abort()
    edge.session.abort()
    assert (edge.in_flight.count, edge.budget.used) == (0, 0)
    edge.session.mail(b"<a@x>", None)
    edge.session.body(b"x" * 500_000)
    edge.session.close()
    assert (edge.in_flight.count, edge.budget.used) == (0, 0)


def test_the_answer_is_given_before_the_transaction_counts_as_done(tmp_path: Path) -> None:
    edge = make_edge(tmp_path)
    edge.session.mail(b"<a@x>", None)
    edge.session.end("", keepalive)
    assert edge.in_flight.count == 1
    edge.session.abort()
    assert edge.in_flight.count == 0


def test_messages_of_one_connection_do_not_mix(tmp_path: Path) -> None:
    edge = make_edge(tmp_path)
    send(edge, headers=[(b"Subject", b" first")], body=[b"1"])
    send(edge, headers=[(b"Subject", b" second")], body=[b"2"])
    first, second = edge.observer.of(MessageJudged)
    assert first.message.headers.subjects == (b"first",)
    assert second.message.headers.subjects == (b"second",)
    assert edge.scanner.scanned[1].endswith(b"second\r\n\r\n2")
    assert first.report.verdict == Clean()


STORE = Rules(on_infected=Action.STORE)


def test_a_message_is_stored_whole_before_it_is_answered(tmp_path: Path) -> None:
    edge = make_edge(
        tmp_path,
        verdict=Infected(("Bad",)),
        rules=STORE,
        spooling=Spooling(max_file_size=40),
    )
    disposition = send(edge, headers=[(b"Subject", b" one")], body=[b"x" * 100, b"y" * 100])
    assert disposition is Disposition.BLACKHOLE
    ((content, record),) = edge.store.stored
    assert content == b"Subject: one\r\n\r\n" + b"x" * 100 + b"y" * 100
    assert [len(one) for one in edge.scanner.scanned] == [40]
    assert record == StoreRecord(
        message=edge.observer.of(MessageJudged)[0].message,
        verdict=Infected(("Bad",)),
        signature_class="malware",
        kept=(Kept(b"<b@y.example>", Action.STORE, "OnInfected Store", "Infected (Bad), malware"),),
        time=1_800_000_000.0,
    )
    assert edge.observer.of(MessageJudged)[0].stored == "id-1"
    assert edge.budget.used == 0


def test_an_empty_message_can_be_stored(tmp_path: Path) -> None:
    edge = make_edge(tmp_path, rules=Rules(on_clean=Action.STORE))
    assert send(edge, headers=[], body=[]) is Disposition.BLACKHOLE
    assert [content for content, _ in edge.store.stored] == [b""]


@pytest.mark.parametrize(
    ("on_fail", "disposition"),
    [
        (Action.DEFER, Disposition.DEFER),
        (Action.REJECT, Disposition.REJECT),
        (Action.ACCEPT, Disposition.DEFER),
    ],
)
@pytest.mark.parametrize("error", [StoreError("disk full"), OSError(28, "No space left")])
def test_what_cannot_be_stored_ends_as_on_fail_says_and_is_never_accepted(
    tmp_path: Path, on_fail: Action, disposition: Disposition, error: Exception
) -> None:
    rules = Rules(on_infected=Action.STORE, on_fail=on_fail)
    edge = make_edge(tmp_path, verdict=Infected(("Bad",)), rules=rules, store_error=error)
    assert send(edge, headers=[(b"A", b" b")], body=[]) is disposition
    (fault,) = edge.observer.of(Fault)
    assert fault.where == "quarantine"
    assert str(error) in fault.reason
    (judged,) = edge.observer.of(MessageJudged)
    assert judged.report.verdict == Infected(("Bad",))
    assert (judged.stored, judged.decision.kept) == ("", ())
    assert edge.budget.used == 0


@pytest.mark.parametrize(
    ("verdict", "on_fail", "disposition"),
    [
        (Clean(), Action.ACCEPT, Disposition.ACCEPT),
        (Clean(), Action.TAG, Disposition.DEFER),
        (Infected(("Bad",)), Action.ACCEPT, Disposition.DEFER),
        (Infected(("Bad",)), Action.REJECT, Disposition.REJECT),
    ],
)
def test_giving_up_does_not_deliver_what_is_known_to_be_bad(
    tmp_path: Path, verdict: Verdict, on_fail: Action, disposition: Disposition
) -> None:
    rules = Rules(on_infected=Action.TAG, on_fail=on_fail)
    edge = make_edge(tmp_path, verdict=verdict, rules=rules)
    edge.session.mail(b"<a@x>", None)
    edge.session.body(b"x")
    assert edge.session.end("", keepalive).disposition is Disposition.ACCEPT
    assert edge.session.give_up("the MTA refuses an edit").disposition is disposition


def test_give_up_answers_as_on_fail_says(tmp_path: Path) -> None:
    edge = make_edge(tmp_path, rules=Rules(on_fail=Action.ACCEPT))
    assert edge.session.give_up("boom").disposition is Disposition.ACCEPT
    assert edge.observer.of(Fault)[0].reason == "boom"


class Gate:
    """Admits what carries this token."""

    def __init__(self) -> None:
        self.asked: list[Claim] = []

    def admit(self, claim: Claim) -> str | None:
        self.asked.append(claim)
        return "261125-x" if claim.token == b"good" else None


def test_a_release_is_let_through_unscanned_and_without_its_field(tmp_path: Path) -> None:
    gate = Gate()
    edge = make_edge(tmp_path, verdict=Infected(("X",)), gate=gate)
    edge.session.connect("localhost", "127.0.0.1", 9, has_address=True)
    edge.session.mail(b"<a@x.example>", None)
    edge.session.rcpt(b"<b@y.example>")
    edge.session.header(b"x-clamgate-RELEASE", b" good")
    edge.session.body(b"text")
    edge.session.body(b"\r\n")
    decision = edge.session.end("Q1", keepalive)
    assert decision.disposition is Disposition.ACCEPT
    assert decision.edits == (DeleteHeader("X-Clamgate-Release", 1),)
    assert edge.scanner.scanned == []
    (event,) = edge.observer.of(MessageReleased)
    assert (event.stored, event.message.envelope.queue_id) == ("261125-x", "Q1")
    digest = BodyDigest()
    digest.update(b"text")
    assert gate.asked == [
        Claim(
            b"good",
            Client("localhost", ip_address("127.0.0.1"), 9),
            (b"<b@y.example>",),
            digest.value(),
        )
    ]


@pytest.mark.parametrize("tokens", [[b" bad"], [b" bad", b" good"]])
def test_any_other_claim_is_scanned_like_all_mail_and_taken_off(
    tmp_path: Path, tokens: list[bytes]
) -> None:
    rules = Rules(on_infected=Action.TAG)
    edge = make_edge(tmp_path, verdict=Infected(("X",)), rules=rules, gate=Gate())
    edge.session.mail(b"<a@x.example>", None)
    for token in tokens:
        edge.session.header(b"X-Clamgate-Release", token)
    decision = edge.session.end("Q1", keepalive)
    assert decision.edits[: len(tokens)] == tuple(
        DeleteHeader("X-Clamgate-Release", n) for n in range(len(tokens), 0, -1)
    )
    assert len(edge.scanner.scanned) == 1
    assert edge.observer.of(MessageReleased) == []


def test_a_release_that_is_not_whole_is_none(tmp_path: Path) -> None:
    gate = Gate()
    edge = make_edge(tmp_path, gate=gate)
    edge.session.mail(b"<a@x.example>", None)
    edge.session.header(b"X-Clamgate-Release", b" good")
    edge.session.fail("a field is missing")
    assert edge.session.end("Q1", keepalive).disposition is Disposition.DEFER
    assert gate.asked == []


def test_the_event_has_the_helo_name_and_the_class(tmp_path: Path) -> None:
    classes = SignatureClasses([SignatureClass("phishing", (Glob("Phish.*"),))])
    edge = make_edge(tmp_path, verdict=Infected(("Phish.A", "B")), rules=Rules(classes=classes))
    edge.session.connect("mx.example", "192.0.2.1", 25, has_address=True)
    for name in ("first.example", "again.example"):
        assert edge.session.helo(name) is Step.CONTINUE
    send(edge, headers=[(b"Subject", b" hi")], body=[])
    (event,) = edge.observer.of(MessageJudged)
    assert event.signature_class == "phishing"
    assert event.message.envelope.client.helo == "again.example"
    assert event.message.envelope.client.host == "mx.example"

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import milter
import pytest
from tests.core.policies import rule
from tests.mta.doubles import Edge, RecordingCtx, make_edge

from clamgate.core.addresses import AddressSet
from clamgate.core.events import Fault, MessageJudged
from clamgate.core.rules import Action, Rules
from clamgate.core.settings import Exclusions
from clamgate.core.verdict import Failed, Infected
from clamgate.mta.adapter import Adapter
from clamgate.mta.transaction import Transaction

ALL = 0x1FFFFF
BAD = UnicodeDecodeError("utf-8", b"\xff", 0, 1, "invalid start byte")


@pytest.fixture
def ctx() -> RecordingCtx:
    return RecordingCtx(macros={"i": "Q1"})


@pytest.fixture
def edge(tmp_path: Path) -> Edge:
    return make_edge(tmp_path)


def adapter_of(edge: Edge, exclusions: Exclusions | None = None) -> Adapter:
    return Adapter(lambda: edge.session, exclusions or Exclusions())


def negotiated(adapter: Adapter, ctx: RecordingCtx, offered: int = ALL) -> list[int]:
    options = [0x1FF, offered, 0, 0]
    assert adapter.negotiate(ctx, options) == milter.CONTINUE
    return options


def test_without_exclusions_no_step_before_the_end_needs_a_reply(
    edge: Edge, ctx: RecordingCtx
) -> None:
    options = negotiated(adapter_of(edge), ctx)
    no_reply = milter.P_NR_CONN | milter.P_NR_HELO | milter.P_NR_MAIL | milter.P_NR_RCPT
    no_reply |= milter.P_NR_HDR | milter.P_NR_EOH | milter.P_NR_BODY
    left_out = milter.P_NOUNKNOWN | milter.P_NOEOH | milter.P_NODATA
    assert options[1] == no_reply | left_out | milter.P_HDR_LEADSPC
    assert options[0] == (milter.ADDHDRS | milter.CHGHDRS | milter.QUARANTINE | milter.SETSYMLIST)


def test_removing_recipients_is_negotiated_only_if_a_rule_may_need_it(
    edge: Edge, ctx: RecordingCtx
) -> None:
    adapter = Adapter(lambda: edge.session, Exclusions(), removes_recipients=True)
    assert negotiated(adapter, ctx)[0] & milter.DELRCPT
    assert not negotiated(adapter_of(edge), RecordingCtx())[0] & milter.DELRCPT


def test_a_body_is_another_only_where_parts_may_be_taken_out(edge: Edge, ctx: RecordingCtx) -> None:
    adapter = Adapter(lambda: edge.session, Exclusions(), replaces_bodies=True)
    assert negotiated(adapter, ctx)[0] & milter.CHGBODY
    assert not negotiated(adapter_of(edge), RecordingCtx())[0] & milter.CHGBODY


@pytest.mark.parametrize("refused", ["delrcpt", "undecodable"])
def test_a_recipient_who_cannot_be_removed_gets_nothing_even_under_on_fail_accept(
    tmp_path: Path, refused: str
) -> None:
    ahead = (rule(Action.STORE, recipients=AddressSet(domains=frozenset({b"y"}))),)
    rules = Rules(ahead=ahead, on_infected=Action.ACCEPT, on_fail=Action.ACCEPT)
    edge = make_edge(tmp_path, verdict=Infected(("X",)), rules=rules)
    ctx = RecordingCtx(refuse=frozenset({refused}))
    adapter = adapter_of(edge)
    negotiated(adapter, ctx)
    adapter.envfrom(ctx, b"<a@x>")
    adapter.envrcpt(ctx, b"<b@x>")
    adapter.envrcpt(ctx, b"<\xff@y>" if refused == "undecodable" else b"<c@y>")
    adapter.body(ctx, b"x")
    assert adapter.eom(ctx) == milter.TEMPFAIL
    assert len(edge.store.stored) == 1


@pytest.mark.parametrize(
    ("exclusions", "kept"),
    [
        (Exclusions(local=True), milter.P_NR_CONN),
        (Exclusions(auth_names=frozenset({b"x"})), milter.P_NR_MAIL),
        # With DATA comes the end of the header, or libmilter drops mail that has no header.
        (
            Exclusions(recipients=(__import__("re").compile(b"x"),)),
            milter.P_NODATA | milter.P_NOEOH,
        ),
    ],
)
def test_a_step_that_may_answer_early_keeps_its_reply(
    edge: Edge, ctx: RecordingCtx, exclusions: Exclusions, kept: int
) -> None:
    options = negotiated(adapter_of(edge, exclusions), ctx)
    plain = negotiated(adapter_of(edge), RecordingCtx())
    assert plain[1] & ~options[1] == kept


def test_the_macros_asked_for_at_mail_are_never_an_empty_list(
    edge: Edge, ctx: RecordingCtx
) -> None:
    negotiated(adapter_of(edge), ctx)
    assert ("setsymlist", milter.M_ENVFROM, "i {mail_addr} {auth_authen}") in ctx.calls


def test_an_mta_that_offers_nothing_gets_a_reply_to_every_step(
    edge: Edge, ctx: RecordingCtx
) -> None:
    adapter = adapter_of(edge)
    options = [milter.ADDHDRS, 0, 0, 0]
    assert adapter.negotiate(ctx, options) == milter.CONTINUE
    assert options == [milter.ADDHDRS, 0, 0, 0]
    assert ctx.calls == []
    assert adapter.connect(ctx, "mx", 2, ("192.0.2.1", 25)) == milter.CONTINUE
    assert adapter.envfrom(ctx, b"<a@x>") == milter.CONTINUE
    assert adapter.header(ctx, "Subject", b"no space") == milter.CONTINUE
    assert adapter.eom(ctx) == milter.ACCEPT
    assert edge.scanner.scanned == [b"From clamav-milter\nSubject: no space\r\n"]


def test_a_failed_negotiation_refuses_the_connection(
    edge: Edge, capsys: pytest.CaptureFixture[str]
) -> None:
    ctx = RecordingCtx(refuse=frozenset({"setsymlist"}))
    options = [0x1FF, ALL, 0, 0]
    assert adapter_of(edge).negotiate(ctx, options) == milter.REJECT
    assert len(edge.observer.of(Fault)) == 1


def test_a_whole_message(edge: Edge, ctx: RecordingCtx) -> None:
    adapter = adapter_of(edge)
    negotiated(adapter, ctx)
    assert adapter.connect(ctx, "mx", 10, ("2001:db8::1", 25, 0, 0)) == milter.NOREPLY
    assert adapter.helo(ctx, "client.example") == milter.NOREPLY
    assert adapter.envfrom(ctx, b"<a@x>", b"SIZE=9") == milter.NOREPLY
    assert adapter.envrcpt(ctx, b"<b@y>", b"NOTIFY=NEVER") == milter.NOREPLY
    assert adapter.header(ctx, "Sübject", b" caf\xe9") == milter.NOREPLY
    assert adapter.eoh(ctx) == milter.NOREPLY
    assert adapter.body(ctx, b"body") == milter.NOREPLY
    assert adapter.eom(ctx) == milter.ACCEPT
    assert adapter.close(ctx) == milter.CONTINUE
    assert edge.scanner.scanned == [
        "From clamav-milter\nSübject:".encode() + b" caf\xe9\r\n\r\nbody"
    ]
    (judged,) = edge.observer.of(MessageJudged)
    assert judged.message.envelope.queue_id == "Q1"
    assert str(judged.message.envelope.client.address) == "2001:db8::1"
    assert judged.message.envelope.client.helo == "client.example"
    assert edge.observer.of(Fault) == []
    assert ("progress",) in ctx.calls
    assert edge.in_flight.count == 0


def test_an_early_answer_is_given_where_its_reply_was_kept(
    tmp_path: Path, ctx: RecordingCtx
) -> None:
    exclusions = Exclusions(local=True, auth_names=frozenset({b"tom"}))
    edge = make_edge(tmp_path, exclusions=exclusions)
    adapter = adapter_of(edge, exclusions)
    negotiated(adapter, ctx)
    assert adapter.connect(ctx, "localhost", 0, None) == milter.ACCEPT
    assert adapter.connect(ctx, "localhost", 1, "/some/socket") == milter.CONTINUE
    ctx.macros["{auth_authen}"] = "tom"
    assert adapter.envfrom(ctx, b"<a@x>") == milter.ACCEPT


def test_an_auth_name_that_is_not_utf8_excludes_nobody(tmp_path: Path) -> None:
    exclusions = Exclusions(auth_names=frozenset({b"tom"}))
    edge = make_edge(tmp_path, exclusions=exclusions)
    adapter = adapter_of(edge, exclusions)
    ctx = RecordingCtx(macros={"{auth_authen}": BAD, "i": BAD})
    negotiated(adapter, ctx)
    assert adapter.envfrom(ctx, b"<a@x>") == milter.CONTINUE
    adapter.body(ctx, b"x")
    assert adapter.eom(ctx) == milter.ACCEPT
    assert len(edge.scanner.scanned) == 1


class _Broken(BaseException):
    """Not even an Exception."""


STEPS: list[tuple[str, tuple[Any, ...]]] = [
    ("connect", ("mx", 2, ("192.0.2.1", 25))),
    ("envfrom", (b"<a@x>",)),
    ("envrcpt", (b"<b@y>",)),
    ("data", ()),
    ("header", ("A", b" b")),
    ("body", (b"x",)),
]
SESSION_METHODS = {"envfrom": "mail", "envrcpt": "rcpt"}


@pytest.mark.parametrize("broken", ["envfrom", "envrcpt", "data", "header", "body"])
def test_a_callback_that_breaks_ends_as_on_fail_says(
    edge: Edge, ctx: RecordingCtx, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    def explode(*_args: object) -> None:
        raise _Broken(broken)

    if broken == "header":
        monkeypatch.setattr(Transaction, "add_header", explode)
    else:
        monkeypatch.setattr(edge.session, SESSION_METHODS.get(broken, broken), explode)
    adapter = adapter_of(edge)
    negotiated(adapter, ctx)
    for name, args in STEPS:
        code = getattr(adapter, name)(ctx, *args)
        assert code in (milter.NOREPLY, milter.CONTINUE), name
    assert adapter.eom(ctx) == milter.TEMPFAIL
    assert edge.scanner.scanned == []
    assert [fault.reason for fault in edge.observer.of(Fault)] == [f"{broken}: _Broken: {broken}"]


@pytest.mark.parametrize(
    ("on_fail", "code"), [(Action.DEFER, milter.TEMPFAIL), (Action.REJECT, milter.REJECT)]
)
def test_an_end_that_breaks_is_answered_as_on_fail_says(
    tmp_path: Path, ctx: RecordingCtx, on_fail: Action, code: int
) -> None:
    edge = make_edge(tmp_path, error=_Broken("boom"), rules=Rules(on_fail=on_fail))
    adapter = adapter_of(edge)
    negotiated(adapter, ctx)
    adapter.envfrom(ctx, b"<a@x>")
    adapter.body(ctx, b"x")
    assert adapter.eom(ctx) == code
    assert edge.in_flight.count == 0


def test_what_goes_wrong_after_the_answer_does_not_change_it(
    tmp_path: Path, ctx: RecordingCtx, monkeypatch: pytest.MonkeyPatch
) -> None:
    """pymilter would deliver a message whose end of message raised."""
    edge = make_edge(tmp_path, verdict=Infected(("X",)), rules=Rules(on_infected=Action.REJECT))
    adapter = adapter_of(edge)
    negotiated(adapter, ctx)
    adapter.envfrom(ctx, b"<a@x>")
    adapter.body(ctx, b"x")
    monkeypatch.setattr(edge.session, "abort", _explode)
    monkeypatch.setattr(edge.session, "close", _explode)
    assert adapter.eom(ctx) == milter.REJECT
    assert adapter.abort(ctx) == milter.CONTINUE
    assert adapter.close(ctx) == milter.CONTINUE


def test_an_observer_that_breaks_the_rule_and_raises_lets_nothing_through(
    edge: Edge, ctx: RecordingCtx, monkeypatch: pytest.MonkeyPatch
) -> None:
    adapter = adapter_of(edge)
    negotiated(adapter, ctx)
    monkeypatch.setattr(edge.observer, "observe", _explode)
    monkeypatch.setattr(Transaction, "add_header", _explode)
    adapter.envfrom(ctx, b"<a@x>")
    assert adapter.header(ctx, "A", b" b") == milter.NOREPLY
    adapter.body(ctx, b"x")
    assert adapter.eom(ctx) == milter.TEMPFAIL
    assert edge.scanner.scanned == []


def _explode(*_args: object) -> None:
    raise _Broken


def test_an_edit_that_is_refused_defers_what_would_be_delivered(tmp_path: Path) -> None:
    edge = make_edge(tmp_path, verdict=Infected(("X",)))
    ctx = RecordingCtx(refuse=frozenset({"quarantine"}))
    adapter = adapter_of(edge)
    negotiated(adapter, ctx)
    adapter.envfrom(ctx, b"<a@x>")
    adapter.body(ctx, b"x")
    assert adapter.eom(ctx) == milter.TEMPFAIL


@pytest.fixture
def restored_excepthook() -> Iterator[None]:
    before = sys.excepthook
    yield
    sys.excepthook = before


def test_what_pymilter_cannot_decode_fails_the_message_at_hand(
    edge: Edge, ctx: RecordingCtx
) -> None:
    adapter = adapter_of(edge)
    negotiated(adapter, ctx)
    adapter.envfrom(ctx, b"<a@x>")
    adapter.excepthook(UnicodeDecodeError, BAD, None)
    adapter.body(ctx, b"x")
    assert adapter.eom(ctx) == milter.TEMPFAIL
    (judged,) = edge.observer.of(MessageJudged)
    assert isinstance(judged.report.verdict, Failed)
    assert "UnicodeDecodeError" in judged.report.verdict.reason


def test_an_exception_of_nobodys_is_shown_as_usual(
    edge: Edge, capsys: pytest.CaptureFixture[str]
) -> None:
    adapter_of(edge).excepthook(ValueError, ValueError("stray"), None)
    assert "stray" in capsys.readouterr().err

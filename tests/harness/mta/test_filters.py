"""Several milters, each asked over a connection of its own."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.harness.mta.fronts import Watcher
from tests.scripted_milter import Script, ScriptedMilter

from clamgate.harness.link import Deadlines
from clamgate.harness.mta.draft import Draft, Recipient, draft_of
from clamgate.harness.mta.filters import Filters, Milter
from clamgate.harness.mta.obedience import DEFERRED, GO_ON, Course, DefaultAction, Ruling
from clamgate.harness.wire import (
    Abort,
    Accept,
    Actions,
    AddHeader,
    Body,
    Command,
    Connect,
    Data,
    Discard,
    EndOfHeader,
    EndOfMessage,
    Header,
    Helo,
    Macros,
    Mail,
    Options,
    Quarantine,
    Quit,
    Rcpt,
    Reject,
    Skip,
    Steps,
    TempFail,
    encode,
)

DRAFT = draft_of(b"A: 1\r\nB:2\r\n\r\nbody\r\n", b"s@x", (Recipient(b"a@x"),), received=b"R: us")
ALL = Options(6, Actions(0x1FF), Steps.NONE)
REFUSED = Ruling(Course.REFUSE, b"550 5.7.1 Command rejected")
LATER = Ruling(Course.REFUSE, DEFERRED)
ONE_ANSWER = Options(6, Actions(0x1FF), Steps.NR_HEADER | Steps.NR_EOH | Steps.NR_BODY)
"""Of the content, only its end is answered."""
QUICK = Deadlines(message=0.2)


@contextmanager
def asking(
    *milters: ScriptedMilter,
    action: DefaultAction = DefaultAction.TEMPFAIL,
    deadlines: Deadlines | None = None,
) -> Iterator[tuple[Filters, Watcher]]:
    watcher = Watcher()
    asked = [Milter(it.endpoint, action, deadlines or Deadlines()) for it in milters]
    filters = Filters(asked, watcher)
    yield filters, watcher
    filters.quit()


def to_data(filters: Filters) -> list[Ruling]:
    commands = (Connect(b"h"), Helo(b"h"), Mail(b"<s@x>"), Rcpt(b"<a@x>"), Data())
    return [filters.tell(it, {b"i": b"4F", b"j": b"mx"}) for it in commands]


def inspected(filters: Filters) -> tuple[Draft, Ruling]:
    assert set(to_data(filters)) == {GO_ON}
    return filters.inspect(DRAFT, {b"i": b"4F"})


def test_names_as_in_main_cf() -> None:
    assert str(Milter("/run/x")) == "unix:/run/x"
    assert str(Milter(("127.0.0.1", 25))) == "inet:127.0.0.1:25"


def test_without_milters_all_goes_on() -> None:
    with asking() as (filters, _):
        assert inspected(filters) == (DRAFT, GO_ON)
        assert filters.lasting == GO_ON


def test_what_a_filter_is_shown() -> None:
    with ScriptedMilter() as milter, asking(milter) as (filters, _):
        assert inspected(filters) == (DRAFT, GO_ON)
        assert milter.commands()[5:] == [
            Header(b"A", b"1"),
            Header(b"B", b"2"),
            EndOfHeader(),
            Body(b"body\r\n"),
            EndOfMessage(),
        ]


def test_with_leadspc_values_keep_their_space() -> None:
    script: Script = {EndOfMessage: (AddHeader(b"C", b"3"), Accept())}
    wants = Options(6, Actions(0x1FF), Steps.HDR_LEADSPC)
    with ScriptedMilter(script, wants=wants) as milter, asking(milter) as (filters, _):
        draft, _ = inspected(filters)
        headers = [it for it in milter.commands() if isinstance(it, Header)]
        assert headers == [Header(b"A", b" 1"), Header(b"B", b"2")]
    assert draft.fields[-1].text == b"C:3"


def test_macros_are_sent_for_a_declined_step_of_the_envelope_alone() -> None:
    steps = Steps.NO_MAIL | Steps.NO_HEADERS | Steps.NO_BODY
    with (
        ScriptedMilter(wants=Options(6, Actions(0), steps)) as milter,
        asking(milter) as (filters, _),
    ):
        inspected(filters)
        stages = [it.stage for it in milter.sessions[0] if isinstance(it, Macros)]
        assert stages == [b"C", b"H", b"M", b"R", b"T", b"N", b"E"]
        kinds = [type(it) for it in milter.commands()]
        assert kinds == [Connect, Helo, Rcpt, Data, EndOfHeader, EndOfMessage]


def test_an_old_filter_gets_neither_data_nor_its_macros() -> None:
    with ScriptedMilter(wants=Options(2)) as milter, asking(milter) as (filters, _):
        inspected(filters)
        assert Data not in map(type, milter.commands())
        assert milter.macros(Data) == {}


def test_skip_ends_a_kind() -> None:
    script: Script = {Rcpt: (Skip(),), Body: (Skip(),)}
    with (
        ScriptedMilter(script, wants=Options(steps=Steps.SKIP)) as milter,
        asking(milter) as (filters, _),
    ):
        to_data(filters)
        filters.abort()
        for command in (Mail(b"<s@x>"), Rcpt(b"<a@x>"), Rcpt(b"<b@x>"), Data()):
            assert filters.tell(command, {}) == GO_ON
        long_body = draft_of(b"\r\n" + b"x" * 200_000, b"s@x", ())
        assert filters.inspect(long_body, {}) == (long_body, GO_ON)
        told = [it for it in milter.commands() if isinstance(it, Rcpt | Body)]
        assert told[:2] == [Rcpt(b"<a@x>"), Rcpt(b"<a@x>")]
        assert [type(it) for it in told[2:]] == [Body]


@pytest.mark.parametrize("stage", [Connect, Helo])
def test_a_client_that_is_refused_is_told_to_nobody_else(stage: type[Command]) -> None:
    with (
        ScriptedMilter({stage: (Reject(),)}) as one,
        ScriptedMilter() as two,
        asking(one, two) as (filters, _),
    ):
        told = to_data(filters)
        place = [Connect, Helo].index(stage)
        assert told == [GO_ON] * place + [REFUSED] * (5 - place)
        assert filters.lasting == REFUSED
        assert filters.inspect(DRAFT, {}) == (DRAFT, REFUSED)
        filters.abort()
        assert type(one.commands()[-1]) is stage
        assert len(two.sessions) == place


def test_hold_ends_the_asking_too() -> None:
    script: Script = {EndOfMessage: (AddHeader(b"C", b"3"), Quarantine(b"why"), Accept())}
    with (
        ScriptedMilter(script, wants=ALL) as one,
        ScriptedMilter(wants=ALL) as two,
        asking(one, two) as (filters, _),
    ):
        draft, ruling = inspected(filters)
        assert ruling == Ruling(Course.HOLD, b"why")
        assert draft.fields[-1].text == b"C: 3"
        assert filters.edits == (AddHeader(b"C", b"3"), Quarantine(b"why"))
        assert type(two.commands()[-1]) is Data


@pytest.mark.parametrize(
    ("reply", "ruling"),
    [(Reject(), REFUSED), (TempFail(), LATER), (Discard(), Ruling(Course.DISCARD))],
)
def test_a_decision_outweighs_a_quarantine(
    reply: Reject | TempFail | Discard, ruling: Ruling
) -> None:
    script: Script = {EndOfMessage: (Quarantine(b"why"), reply)}
    with ScriptedMilter(script, wants=ALL) as milter, asking(milter) as (filters, _):
        assert inspected(filters)[1] == ruling


def test_the_next_message_is_told_again() -> None:
    with ScriptedMilter({Mail: (Accept(),)}) as milter, asking(milter) as (filters, _):
        inspected(filters)
        filters.abort()
        assert filters.tell(Mail(b"<t@x>"), {}) == GO_ON
        kinds = [type(it) for it in milter.commands()]
        assert kinds == [Connect, Helo, Mail, Abort, Mail]


def test_a_client_that_was_accepted_is_told_no_more() -> None:
    with ScriptedMilter({Helo: (Accept(),)}) as milter, asking(milter) as (filters, _):
        inspected(filters)
        filters.abort()
        filters.quit()
        assert [type(it) for it in milter.commands()] == [Connect, Helo]


def test_quit() -> None:
    with ScriptedMilter() as milter, asking(milter) as (filters, _):
        filters.tell(Connect(b"h"), {})
        filters.quit()
        milter.wait_for_sessions(1)
        assert [type(it) for it in milter.commands()] == [Connect, Quit]


@pytest.mark.parametrize(
    ("action", "ruling"),
    [
        (DefaultAction.ACCEPT, GO_ON),
        (DefaultAction.TEMPFAIL, LATER),
        (DefaultAction.REJECT, Ruling(Course.REFUSE, b"550 5.5.0 Service unavailable")),
    ],
)
@pytest.mark.parametrize(
    ("answer", "deadlines"),
    [
        ((), QUICK),
        ((encode(Accept())[:3],), QUICK),
        ((b"\0\0\0\1?",), Deadlines()),
        ((AddHeader(b"C", b"3"), b"\0\0\0\1?"), Deadlines()),
    ],
)
def test_a_filter_that_fails_at_the_end(
    answer: tuple[AddHeader | bytes, ...],
    deadlines: Deadlines,
    action: DefaultAction,
    ruling: Ruling,
) -> None:
    with (
        ScriptedMilter({EndOfMessage: answer}, wants=ONE_ANSWER) as milter,
        asking(milter, action=action, deadlines=deadlines) as (filters, watcher),
    ):
        draft, told = inspected(filters)
        assert told == ruling
        # What it asked for before it failed was carried out.
        added = [b"C: 3"] if answer[:1] == (AddHeader(b"C", b"3"),) else []
        assert [it.text for it in draft.fields[3:]] == added
        filters.abort()
        assert filters.tell(Mail(b"<t@x>"), {}) == ruling
        assert len(watcher.troubles) == 1
        assert watcher.troubles[0].endswith(f": {action.value}")


def test_an_edit_that_makes_no_sense_is_a_misconfigured_filter() -> None:
    script: Script = {EndOfMessage: (AddHeader(b"C", b"3"), AddHeader(b"", b"x"), Accept())}
    with ScriptedMilter(script, wants=ALL) as milter, asking(milter) as (filters, watcher):
        _, ruling = inspected(filters)
        assert ruling.text == b"451 4.3.5 Server configuration problem - try again later"
        assert watcher.troubles == [f"milter {milter.postfix_name}: a header has no name: tempfail"]


def test_broken_off_while_it_waits() -> None:
    with ScriptedMilter() as milter, asking(milter) as (filters, watcher):
        filters.tell(Connect(b"h"), {})
        filters.break_off()
        assert filters.tell(Helo(b"h"), {}) == LATER
        assert watcher.troubles == []


def test_time_is_counted() -> None:
    with (
        ScriptedMilter({EndOfMessage: ()}, wants=ONE_ANSWER) as milter,
        asking(milter, deadlines=QUICK) as (filters, _),
    ):
        inspected(filters)
        assert filters.seconds > 0

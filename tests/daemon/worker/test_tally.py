from __future__ import annotations

from tests.observe.examples import judged

from clamgate.core.envelope import Client, Envelope, Message
from clamgate.core.events import ClamdDown, ClamdUp, ConnectionExempt, Fault, MessageExempt
from clamgate.core.verdict import Clean, Failed
from clamgate.daemon.reports import ClamdView
from clamgate.daemon.worker.tally import Tally


def test_messages_are_counted_however_they_end() -> None:
    tally = Tally()
    client = Client(host="x")
    tally.observe(judged(Clean()))
    tally.observe(judged(Failed("x")))
    tally.observe(MessageExempt(Message(Envelope(client)), "AllowList"))
    tally.observe(ConnectionExempt(client, "LocalNet"))
    tally.observe(Fault("a", "b"))
    assert tally.messages == 3


def test_the_last_that_was_heard_of_a_clamd_counts() -> None:
    tally = Tally()
    assert tally.clamds == {}
    tally.observe(ClamdUp("a", "1.4"))
    tally.observe(ClamdDown("b", "refused"))
    tally.observe(ClamdDown("a", "reset"))
    assert tally.clamds == {
        "a": ClamdView(up=False, text="reset"),
        "b": ClamdView(up=False, text="refused"),
    }

"""Mail through the front with Debian's C clamav-milter as its filter, and a real clamd."""

from __future__ import annotations

import smtplib
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests import oracle
from tests.oracle import CMilter
from tests.sink import Sink

from clamgate.harness.mta.delivery import Relay
from clamgate.harness.mta.filters import Milter
from clamgate.harness.mta.front import Front
from clamgate.harness.mta.hold import HoldQueue
from clamgate.harness.private_clamd import EICAR, PrivateClamd, installed

pytestmark = [
    pytest.mark.skipif(oracle.PROGRAM is None, reason=oracle.MISSING),
    pytest.mark.skipif(
        not installed(), reason="clamd is not installed (apt install clamav-daemon)"
    ),
]

HEAD = b"From: a@x.test\r\nSubject: hi\r\n\r\n"


def test_clean_mail_is_marked_and_a_virus_is_held(sink: Sink, hold: HoldQueue) -> None:
    with (
        TemporaryDirectory(prefix="cg-") as folder,
        PrivateClamd(Path(folder)) as clamd,
        CMilter(f"ClamdSocket unix:{clamd.socket_path}\nAddHeader Replace\n") as milter,
        Front([Milter(milter.endpoint)], Relay("127.0.0.1", sink.port), hold) as front,
        smtplib.SMTP("127.0.0.1", front.port) as client,
    ):
        milter.await_clamd()
        client.sendmail("a@x.test", ["b@x.test"], HEAD + b"hello\r\n")
        client.sendmail("a@x.test", ["c@x.test"], HEAD + EICAR + b"\r\n")
    (clean,) = sink.deliveries
    assert (clean.recipients, clean.values(b"X-Virus-Status")) == (("b@x.test",), [b"Clean"])
    (held,) = hold.list()
    assert [it.address for it in held.parcel.recipients] == [b"c@x.test"]
    assert held.reason == b"quarantined by clamav-milter"

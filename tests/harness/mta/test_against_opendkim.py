"""A mail through the front with Debian's opendkim as its filter, which signs it."""

from __future__ import annotations

import smtplib
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.mail_server import program
from tests.oracle import serves
from tests.sink import Sink
from tests.waiting import wait_until

from clamgate.harness.mta.delivery import Relay
from clamgate.harness.mta.filters import Milter
from clamgate.harness.mta.front import Front
from clamgate.harness.mta.hold import HoldQueue

OPENDKIM = program("opendkim")
pytestmark = pytest.mark.skipif(
    OPENDKIM is None, reason="opendkim is not installed (Debian: apt install opendkim)"
)

MAIL = b"From: a@signed.test\r\nTo: b@x.test\r\nSubject: sign me\r\n\r\nhello\r\n"


@pytest.fixture
def opendkim(tmp_path: Path) -> Iterator[str]:
    key, path, conf = (tmp_path / name for name in ("key", "socket", "conf"))
    subprocess.run(["openssl", "genrsa", "-out", key, "2048"], check=True, capture_output=True)
    key.chmod(0o600)
    conf.write_text(
        f"Mode s\nDomain signed.test\nSelector sel\nKeyFile {key}\n"
        f"Socket local:{path}\nInternalHosts 127.0.0.1\nRequireSafeKeys no\n"
    )
    process = subprocess.Popen([str(OPENDKIM), "-f", "-x", conf])
    try:
        wait_until(lambda: serves(str(path)), "opendkim")
        yield str(path)
    finally:
        process.terminate()
        process.wait(60)


def send(opendkim: str, sink: Sink, hold: HoldQueue, content: bytes) -> list[bytes]:
    with (
        Front([Milter(opendkim)], Relay("127.0.0.1", sink.port), hold) as front,
        smtplib.SMTP("127.0.0.1", front.port) as client,
    ):
        client.sendmail("a@signed.test", ["b@x.test"], content)
    (delivery,) = sink.wait_for(1)
    return delivery.values(b"DKIM-Signature")


def test_it_signs_mail_of_its_domain(opendkim: str, sink: Sink, hold: HoldQueue) -> None:
    (signature,) = send(opendkim, sink, hold, MAIL)
    assert b"d=signed.test" in signature
    assert b"s=sel" in signature
    # The hash of "hello\r\n" in the simple canonicalization.
    assert b"bh=zS7KNTV0HyeorkDDGwxB1AV6enuRKzO5rthkhdHIRnY=" in signature.replace(b"\r\n\t ", b"")


def test_it_leaves_mail_of_others_alone(opendkim: str, sink: Sink, hold: HoldQueue) -> None:
    assert send(opendkim, sink, hold, MAIL.replace(b"signed.test", b"other.test")) == []

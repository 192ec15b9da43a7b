"""What must not be attached, and mail of which programs disagree on that, in both MTAs."""

from __future__ import annotations

from collections.abc import Iterator
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.e2e.lane import RECIPIENT, SENDER, SERVERS, Lane
from tests.hiding.payloads import harmless
from tests.message.archives.trees import PE, zipped

from clamgate.harness.private_clamd import EICAR, PrivateClamd

FIELD = b"MIME-Ambiguity-Results"


@pytest.fixture(scope="module", params=SERVERS)
def lane(request: pytest.FixtureRequest) -> Iterator[Lane]:
    with (
        TemporaryDirectory(prefix="cg-") as folder,
        PrivateClamd(Path(folder)) as clamd,
        Lane(request.param, clamd) as lane,
    ):
        yield lane
        lane.clear()


def mail(subject: str, file: bytes, name: str, kind: str = "octet-stream") -> EmailMessage:
    message = EmailMessage(policy=SMTP)
    message["From"], message["To"], message["Subject"] = SENDER, RECIPIENT, subject
    message.set_content("See there.\n")
    message.add_attachment(file, maintype="application", subtype=kind, filename=name)
    return message


def test_names_and_types_decide_and_the_sender_is_told(lane: Lane) -> None:
    conf = (
        "OnInfected Blackhole\nLogVerbose yes\n"
        'OnAttachment "*.exe" Reject\nOnAttachment application/x-msdownload Reject\n'
    )
    with lane.filter(conf) as running:
        refused = {
            "in a zip": (zipped(("x/Evil.EXE", b"x")), "100%.zip", "x/Evil.EXE in 100%.zip"),
            "by its type": (PE, "a%s.jpg", "a%s.jpg"),
            "by its name": (b"x", "grün.exe", "gr?n.exe"),
        }
        for subject, (file, name, shown) in refused.items():
            code, reply = lane.send(mail(subject, file, name).as_bytes())
            assert (code, reply) == (550, f"5.7.1 Attachment not accepted: {shown}")
        file = zipped(("a.txt", b"x"))
        assert lane.send(mail("fine", file, "a.zip").as_bytes())[0] == 250
        assert lane.delivered("fine").values(b"Subject") == [b"fine"]
        # What was found decides first.
        assert lane.send(mail("infected", EICAR, "a.exe").as_bytes())[0] == 250
        inner = "'x/Evil.EXE in 100%.zip', that is part 2: '100%.zip';"
        running.wait_for_log(f"not to be attached: {inner}")
    assert "infected" not in [one.values(b"Subject")[0].decode() for one in lane.sink.deliveries]


def test_what_programs_disagree_on_is_said_to_what_comes_behind(lane: Lane) -> None:
    odd = mail("odd", harmless(300), "a.bin").as_bytes()
    odd = odd.replace(b"boundary=", b'boundary="other"; boundary=')
    plain = mail("plain", harmless(300), "a.bin")
    plain[FIELD.decode()] = "mx.example; ambiguity=none"
    with lane.filter("AmbiguityHeader yes\nReportHostname mx.example\n"):
        assert lane.send(odd)[0] == 250
        assert lane.send(plain.as_bytes())[0] == 250
    (found,) = lane.delivered("odd").values(FIELD)
    assert found.startswith(b'mx.example; ambiguity=found reason="')
    assert lane.delivered("plain").values(FIELD) == [b"mx.example; ambiguity=none"]
    with lane.filter("OnAmbiguous Reject\n"):
        code, reply = lane.send(odd.replace(b"Subject: odd", b"Subject: no"))
        assert (code, reply) == (550, "5.7.1 Mail programs disagree on what is attached: a.bin")

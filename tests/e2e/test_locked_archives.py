"""TryPasswords in both MTAs: a locked zip whose password the message gives away is opened."""

from __future__ import annotations

from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path

from tests.e2e.lane import RECIPIENT, SENDER, Lane
from tests.locked_zip import locked_zip

from clamgate.harness.private_clamd import EICAR

NAME = "Eicar-Test-Signature.UNOFFICIAL"
WORD = "Fz7-kqx"
BAD = locked_zip({"invoice.com": EICAR}, WORD.encode())
GOOD = locked_zip({"invoice.txt": b"hello " * 1000}, WORD.encode())
CONF = 'OnInfected Reject\nRejectMsg "%v in %f"\nTryPasswords yes\nLogVerbose yes\n'


def mail(subject: str, text: str, archive: bytes, name: str = "invoice.zip") -> bytes:
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, RECIPIENT, subject
    message.set_content(text)
    message.add_attachment(archive, maintype="application", subtype="zip", filename=name)
    return message.as_bytes(policy=SMTP)


def test_what_is_inside_is_refused_by_its_signature(lane: Lane) -> None:
    with lane.filter(CONF) as running:
        sent = mail("your invoice", f"See the file. Its password is {WORD}.\n", BAD)
        code, reply = lane.send(sent)
        assert (code, reply) == (550, f"5.7.1 {NAME} in invoice.zip")
        running.wait_for_log("found in part 2: 'invoice.zip'; application/zip; ")
        running.wait_for_log("; opened with a password; sha256 ")
    assert not lane.sink.deliveries


def test_so_is_what_is_inside_of_7z(lane: Lane) -> None:
    """The archive, EICAR with its name encrypted, was made by 7-Zip 26.02."""
    archive = (Path(__file__).parent / "locked-eicar.7z").read_bytes()
    with lane.filter(CONF):
        sent = mail("your invoice", f"Passwort: {WORD}\n", archive, "invoice.7z")
        assert lane.send(sent) == (550, f"5.7.1 {NAME} in invoice.7z")
    assert not lane.sink.deliveries


def test_what_is_clean_inside_arrives_and_so_does_what_stays_locked(lane: Lane) -> None:
    with lane.filter(CONF) as running:
        assert lane.send(mail("clean", f"password: {WORD}\n", GOOD))[0] == 250
        lane.delivered("clean")
        assert lane.send(mail("no word", "I will call you.\n", BAD))[0] == 250
        lane.delivered("no word")
        running.wait_for_log("stays locked: part 2: 'invoice.zip'; application/zip; ")


def test_what_stays_locked_is_for_on_encrypted(lane: Lane) -> None:
    with lane.filter(f"{CONF}OnEncrypted Defer\n") as running:
        assert lane.send(mail("clean too", f"password: {WORD}\n", GOOD))[0] == 250
        lane.delivered("clean too")
        assert lane.send(mail("no word", "I will call you.\n", BAD))[0] // 100 == 4
        running.wait_for_log("is infected (Heuristics.Encrypted.Zip): OnEncrypted Defer")


def test_it_can_be_stripped(lane: Lane) -> None:
    with lane.filter("OnInfected Strip\nTryPasswords yes\n") as running:
        assert lane.send(mail("stripped", f"password: {WORD}\n", BAD))[0] == 250
        got = lane.delivered("stripped")
        assert f"Found:   {NAME}".encode() in got.content
        assert b"UEsDB" not in got.content
        running.wait_for_log(f"removed for {NAME}: part 2: 'invoice.zip'")

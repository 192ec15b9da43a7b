"""Strip in both MTAs: one of two attachments is taken out, and the other arrives as it was sent."""

from __future__ import annotations

import json
import random
import subprocess
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.policy import SMTP
from hashlib import sha256
from pathlib import Path

from tests.e2e.lane import RECIPIENT, SENDER, Lane
from tests.running_filter import BIN
from tests.sink import Delivery

from clamgate.harness.private_clamd import EICAR

NAME = "Eicar-Test-Signature.UNOFFICIAL"
CONF = "OnInfected Strip\nAddHeader Replace\n"


def mail_with(subject: str, *attachments: tuple[str, bytes], text: str = "hello\n") -> bytes:
    """Return a mail as a mail program would make it, with files."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = SENDER, RECIPIENT, subject
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@example.org>"
    message.set_content(text)
    for name, data in attachments:
        message.add_attachment(data, maintype="application", subtype="octet-stream", filename=name)
    return message.as_bytes(policy=SMTP)


def noise(size: int) -> bytes:
    return random.Random(7).randbytes(size)  # noqa: S311  the same in each run


def attachments(delivery: Delivery) -> dict[str | None, bytes]:
    """Return the files of a mail by their names; what has none is a text."""
    read = message_from_bytes(delivery.content, policy=policy.default)
    files = {}
    for one in read.iter_attachments():
        content = one.get_content()
        files[one.get_filename()] = content if isinstance(content, bytes) else content.encode()
    return files


def body_of(mail: bytes) -> bytes:
    return mail.partition(b"\r\n\r\n")[2]


def test_one_of_two_attachments_goes_and_the_other_arrives_byte_for_byte(lane: Lane) -> None:
    good = noise(300_000)
    sent = mail_with("two files", ("good.bin", good), ("bad.com", EICAR))
    with lane.filter(CONF) as running:
        assert lane.send(sent)[0] == 250
        got = lane.delivered("two files")
        files = attachments(got)
        assert files["good.bin"] == good
        assert "bad.com" not in files
        (notice,) = [data for name, data in files.items() if name is None]
        digest = sha256(EICAR).hexdigest()
        for line in (f"SHA-256: {digest}", f"Found:   {NAME}", "Rule:    OnInfected Strip"):
            assert line.encode() in notice
        assert got.values(b"X-Virus-Status") == [f"Stripped ({NAME})".encode()]
        running.wait_for_log(f"removed for {NAME}: part 3: 'bad.com'; application/octet-stream; ")
    # All up to the part that is gone, and all behind it.
    start = body_of(sent).index(
        b"Content-Type: application/octet-stream", body_of(sent).index(b"good")
    )
    assert body_of(got.content).startswith(body_of(sent)[:start])
    boundary = body_of(sent).split(b"\r\n", 1)[0]
    assert body_of(got.content).endswith(b"\r\n" + boundary + b"--\r\n")


def test_odd_lines_arrive_as_they_do_unstripped(lane: Lane) -> None:
    """Dots, long lines, 8-bit, no line end at the end: whatever the MTA makes of them, it does so
    to a body that it got from the filter as to one that it got from the client."""
    lines = [".", "..two", "", "x" * 900, "g\xfcnther", "From here", "blank at the end ", "\t"]
    text = "\r\n".join(lines).encode("latin-1") + b"\r\n"
    sent = mail_with("odd lines", ("bad.com", EICAR))
    boundary = body_of(sent).split(b"\r\n", 1)[0]
    part = (
        b"Content-Type: text/plain; charset=iso-8859-1\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
    )
    odd = boundary + b"\r\n" + part + text
    sent = sent.replace(boundary, odd + boundary, 1)
    dotted = sent.replace(b"\r\n.", b"\r\n..")
    assert dotted != sent
    with lane.filter(CONF):
        assert lane.send(sent)[0] == 250
        assert odd in lane.delivered("odd lines").content


def test_what_cannot_be_stripped_is_refused_and_the_log_says_why(lane: Lane) -> None:
    alone = EmailMessage()
    alone["From"], alone["To"], alone["Subject"] = SENDER, RECIPIENT, "alone"
    alone.set_content(EICAR, maintype="application", subtype="octet-stream", filename="a.com")
    with lane.filter(CONF) as running:
        assert lane.send(alone.as_bytes(policy=SMTP))[0] // 100 == 5
        running.wait_for_log(
            "but nothing else would be left of it: OnUnstrippable Reject [default]"
        )
    assert not lane.sink.deliveries


def test_a_copy_of_the_original_is_kept_and_the_json_log_says_what_went(
    lane: Lane, tmp_path: Path
) -> None:
    sent = mail_with("copy", ("good.bin", b"good"), ("bad.com", EICAR))
    conf = f"{CONF}KeepCopy yes\nQuarantineDirectory {tmp_path}/q\nLogFormat json\n"
    with lane.filter(conf) as running:
        assert lane.send(sent)[0] == 250
        lane.delivered("copy")
        running.wait_for_log('"event":"message"')
        (record,) = [
            json.loads(line) for line in running.log.splitlines() if '"event":"message"' in line
        ]
    assert (record["action"], record["rule"][:16]) == ("accept", "OnInfected Strip")
    assert [(one["names"], one["signatures"]) for one in record["removed"]] == [
        (["bad.com"], [NAME])
    ]
    export = [BIN / "clamgate", "quarantine", "export", "-c", running.conf_path]
    done = subprocess.run(
        [*map(str, export), str(record["stored"])], check=True, capture_output=True
    )
    assert body_of(done.stdout) == body_of(sent)


def test_a_message_of_25_mib(lane: Lane) -> None:
    good = noise(18_000_000)
    sent = mail_with("large", ("good.bin", good), ("bad.com", EICAR))
    assert len(sent) > 24_000_000
    with lane.filter(CONF):
        assert lane.send(sent)[0] == 250
        assert attachments(lane.delivered("large"))["good.bin"] == good

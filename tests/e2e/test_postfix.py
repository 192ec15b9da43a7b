"""The filter behind a real Postfix, in front of a real clamd: row by row."""

from __future__ import annotations

import os
import re
import shutil
import smtplib
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from email import message_from_bytes, policy
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.e2e.lane import RECIPIENT, SENDER, Lane, mail, why_no_lane
from tests.postfix import PrivatePostfix
from tests.running_filter import BIN
from tests.sink import Delivery, Sink
from tests.waiting import let_time_pass, wait_until

from clamgate.harness.private_clamd import EICAR, EICAR_NAME, PrivateClamd

pytestmark = pytest.mark.skipif(why_no_lane() is not None, reason=why_no_lane() or "")

STRICT = (
    'OnInfected Reject\nRejectMsg "Refused: %v"\nAddHeader Replace\n'
    "ReportHostname mail.example.org\nLogInfected Full\nLogClean Full\n"
)


@pytest.fixture(scope="module")
def clamd() -> Iterator[PrivateClamd]:
    with TemporaryDirectory(prefix="cg-") as folder, PrivateClamd(Path(folder)) as clamd:
        yield clamd


@pytest.fixture(scope="module")
def strict(clamd: PrivateClamd) -> Iterator[Lane]:
    with Lane(clamd, STRICT) as lane:
        yield lane


def delivered(lane: Lane, subject: str) -> Delivery:
    """Wait for the mail with this subject."""

    def look() -> Delivery | None:
        found = [
            one for one in lane.sink.deliveries if one.values(b"Subject") == [subject.encode()]
        ]
        return found[0] if found else None

    found = wait_until(look, f"the delivery of {subject}")
    assert found is not None
    return found


def infected(subject: str) -> bytes:
    return mail(subject, "see attachment\n", EICAR)


def test_clean_mail_is_delivered_with_the_headers(strict: Lane) -> None:
    raw = mail("clean").replace(b"From:", b"X-Virus-Status: Clean, honestly\r\nFrom:", 1)
    assert strict.send(raw)[0] == 250
    got = delivered(strict, "clean")
    assert got.values(b"X-Virus-Status") == [b"Clean"]
    (scanned,) = got.values(b"X-Virus-Scanned")
    assert re.fullmatch(rb"clamav-milter clamgate-\S+ at mail\.example\.org", scanned)
    assert got.body == b"hello\r\n"


def test_eicar_is_refused_with_the_signature_in_the_text(strict: Lane) -> None:
    code, reply = strict.send(infected("bad"))
    assert (code, reply) == (550, f"5.7.1 Refused: {EICAR_NAME}")
    log = strict.filter.wait_for_log("infected by")
    assert re.search(
        rf"Message \S+ from <{SENDER}> to <{RECIPIENT}> with subject 'bad' "
        rf"message-id '<bad@example.org>' date '.*' infected by {re.escape(EICAR_NAME)}",
        log,
    )


def test_a_large_attachment_arrives_whole(strict: Lane) -> None:
    attachment = os.urandom(20 * 1024 * 1024)
    assert strict.send(mail("large", attachment=attachment))[0] == 250
    got = message_from_bytes(delivered(strict, "large").content, policy=policy.default)
    (part,) = got.iter_attachments()
    assert part.get_content() == attachment


def test_8_bit_and_nul_bytes_pass_unharmed(strict: Lane) -> None:
    body = bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b"") + b"\0after\r\n"
    raw = b"Subject: odd\r\nX-Odd: caf\xe9\r\n\r\n" + body
    assert strict.send(raw)[0] == 250
    got = delivered(strict, "odd")
    assert got.values(b"X-Odd") == [b"caf\xe9"]
    # Postfix itself keeps NUL in a body it relays; what it does is not ours to change.
    assert got.body.replace(b"\0", b"") == body.replace(b"\0", b"")


def test_two_recipients_each_get_it(strict: Lane) -> None:
    assert strict.send(mail("two"), "one@example.net", "two@example.net")[0] == 250
    assert set(delivered(strict, "two").recipients) == {"one@example.net", "two@example.net"}


def test_mail_of_the_sendmail_command_is_filtered_too(strict: Lane) -> None:
    strict.postfix.sendmail(mail("local"), SENDER, RECIPIENT)
    assert delivered(strict, "local").values(b"X-Virus-Status") == [b"Clean"]
    strict.postfix.sendmail(infected("local bad"), SENDER, RECIPIENT)
    bounce = wait_until(
        lambda: [one for one in strict.sink.deliveries if one.sender == "<>"], "a bounce"
    )[0]
    assert bounce.recipients == (SENDER,)
    assert EICAR_NAME.encode() in bounce.content.replace(b"\r\n", b"")


def test_quarantine_holds_the_mail_and_it_can_be_released(clamd: PrivateClamd) -> None:
    with Lane(clamd, "OnInfected Quarantine\nAddHeader Replace\n") as lane:
        assert lane.send(infected("held"))[0] == 250
        (held,) = lane.postfix.wait_for_queue("hold")
        assert held.sender == SENDER
        assert lane.sink.deliveries == ()
        lane.postfix.wait_for_log(rf"{held.id}: milter-hold: END-OF-MESSAGE")
        lane.postfix.release(held.id)
        got = delivered(lane, "held")
        assert got.values(b"X-Virus-Status") == [f"Infected ({EICAR_NAME})".encode()]


def test_tag_delivers_with_a_marked_subject(clamd: PrivateClamd) -> None:
    with Lane(clamd, 'OnInfected Tag\nTagSubject "[VIRUS] "\n') as lane:
        assert lane.send(infected("offer"))[0] == 250
        got = delivered(lane, "[VIRUS] offer")
        assert got.values(b"X-Virus-Status") == [f"Infected ({EICAR_NAME})".encode()]


def test_defer_is_a_451(clamd: PrivateClamd) -> None:
    with Lane(clamd, "OnInfected Defer\n") as lane:
        code, _ = lane.send(infected("later"))
        assert code == 451
        assert lane.postfix.queue() == ()


def test_blackhole_takes_it_and_delivers_nothing(clamd: PrivateClamd) -> None:
    with Lane(clamd, "OnInfected Blackhole\n") as lane:
        assert lane.send(infected("gone"))[0] == 250
        assert lane.send(mail("kept"))[0] == 250
        delivered(lane, "kept")
        lane.wait_until_empty()
        assert len(lane.sink.deliveries) == 1


def test_a_chrooted_postfix_reaches_a_socket_in_its_queue_directory(clamd: PrivateClamd) -> None:
    """As the README has it for Debian: the socket's folder, owner, group and mode."""
    with (
        Sink() as sink,
        PrivatePostfix(
            sink.port,
            smtpd_milters="unix:clamgate/milter.sock",
            non_smtpd_milters="$smtpd_milters",
            chroot=True,
        ) as postfix,
    ):
        folder = postfix.queue_directory / "clamgate"
        folder.mkdir()
        shutil.chown(folder, "clamav", "postfix")
        folder.chmod(0o2750)
        clamd.socket_path.chmod(0o666)
        clamd.socket_path.parent.chmod(0o755)
        conf = folder.parent / "clamav-milter.conf"
        conf.write_text(
            f"MilterSocket {folder}/milter.sock\nMilterSocketGroup postfix\nMilterSocketMode 660\n"
            f"User clamav\nForeground yes\nClamdSocket unix:{clamd.socket_path}\n{STRICT}"
        )
        with subprocess.Popen(
            [BIN / "clamgate", "run", "-c", conf], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        ) as process:
            try:
                assert process.stdout is not None
                assert process.stdout.readline().startswith(b"+++ Started")
                with smtplib.SMTP("127.0.0.1", postfix.port, timeout=60) as client:
                    client.sendmail(SENDER, [RECIPIENT], mail("chrooted"))
                    with pytest.raises(smtplib.SMTPDataError, match=EICAR_NAME):
                        client.sendmail(SENDER, [RECIPIENT], infected("chrooted"))
                postfix.sendmail(mail("by hand"), SENDER, RECIPIENT)
                got = sink.wait_for(2)
                assert all(one.values(b"X-Virus-Status") == [b"Clean"] for one in got)
            finally:
                process.terminate()
            assert process.wait(30) == 0
            assert list(folder.iterdir()) == []


def test_clamd_killed_in_the_middle_of_a_flow_costs_nothing(clamd: PrivateClamd) -> None:
    """20 messages; clamd dies at the sixth, and is back 5 s later."""
    subjects = [f"flow {n}" for n in range(20)]
    with Lane(clamd, "AddHeader Replace\nLogVerbose yes\n") as lane, ThreadPoolExecutor(4) as pool:
        replies = []
        for number, subject in enumerate(subjects):
            if number == 5:
                clamd.kill()
            replies.append(pool.submit(lane.send, mail(subject)))
        lane.filter.wait_for_log("is down")
        let_time_pass(5)
        clamd.start()
        assert [reply.result(60)[0] for reply in replies] == [250] * 20
        lane.sink.wait_for(20)
        lane.wait_until_empty()
        got = sorted(one.values(b"Subject")[0].decode() for one in lane.sink.deliveries)
        assert got == sorted(subjects)
        assert all(one.values(b"X-Virus-Status") == [b"Clean"] for one in lane.sink.deliveries)
        log = lane.postfix.log()
        assert "status=deferred" not in log
        assert "milter-reject" not in log
        assert log.count("status=sent") == 20


def test_clamd_down_longer_than_clamd_wait_defers_and_the_mail_goes_through_later(
    clamd: PrivateClamd,
) -> None:
    with Lane(clamd, "ClamdWait 1\n") as lane:
        clamd.kill()
        try:
            assert lane.send(mail("patient"))[0] == 451
        finally:
            clamd.start()
        lane.filter.wait_for_log("is up")
        assert lane.send(mail("patient"))[0] == 250
        delivered(lane, "patient")
        assert len(lane.sink.deliveries) == 1

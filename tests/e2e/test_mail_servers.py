"""The filter behind each real MTA, in front of a real clamd: row by row."""

from __future__ import annotations

import os
import re
import smtplib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path

import pytest
from tests.e2e.lane import RECIPIENT, SENDER, Lane, infected, mail
from tests.hiding.places import singles
from tests.mail_server import MailServerError
from tests.postfix import PrivatePostfix
from tests.running_filter import RunningFilter
from tests.sendmail import PrivateSendmail
from tests.waiting import let_time_pass, wait_until

from clamgate.harness.private_clamd import EICAR, EICAR_NAME

STRICT = (
    'OnInfected Reject\nRejectMsg "Refused: %v"\nAddHeader Replace\n'
    "ReportHostname mail.example.org\nLogInfected Full\nLogClean Full\n"
)


@pytest.fixture
def strict(lane: Lane) -> Iterator[RunningFilter]:
    with lane.filter(STRICT) as running:
        yield running


def test_clean_mail_is_delivered_with_the_headers(lane: Lane, strict: RunningFilter) -> None:
    raw = mail("clean").replace(b"From:", b"X-Virus-Status: Clean, honestly\r\nFrom:", 1)
    assert lane.send(raw)[0] == 250
    got = lane.delivered("clean")
    assert got.values(b"X-Virus-Status") == [b"Clean"]
    (scanned,) = got.values(b"X-Virus-Scanned")
    assert re.fullmatch(rb"clamav-milter clamgate-\S+ at mail\.example\.org", scanned)
    assert got.body == b"hello\r\n"


def test_eicar_is_refused_with_the_signature_in_the_text(lane: Lane, strict: RunningFilter) -> None:
    code, reply = lane.send(infected("bad"))
    assert (code, reply) == (550, f"5.7.1 Refused: {EICAR_NAME}")
    log = strict.wait_for_log("infected by")
    assert re.search(
        rf"Message \w{{8,}} from <{SENDER}> to <{RECIPIENT}> with subject 'bad' "
        rf"message-id '<bad@example.org>' date '.*' infected by {re.escape(EICAR_NAME)}",
        log,
    )


def test_what_hides_from_clamd_is_found_in_the_parts(lane: Lane) -> None:
    (place,) = (one for one in singles() if one.name.endswith("uuencode of base64"))
    hidden = place.message(EICAR)
    with lane.filter(f"{STRICT}ScanParts Never\n"):
        assert lane.send(hidden)[0] == 250
    with lane.filter(f"{STRICT}LogVerbose yes\n") as running:
        assert lane.send(hidden) == (550, f"5.7.1 Refused: {EICAR_NAME}")
        digest = sha256(EICAR).hexdigest()
        running.wait_for_log(
            "found in part 2.1: 'file.exe'; text/plain; "
            f"{len(EICAR)} bytes; uuencode, base64; sha256 {digest}"
        )


def test_a_large_attachment_arrives_whole(lane: Lane, strict: RunningFilter) -> None:
    attachment = os.urandom(4 * 1024 * 1024)
    assert lane.send(mail("large", attachment=attachment))[0] == 250
    got = message_from_bytes(lane.delivered("large").content, policy=policy.default)
    (part,) = got.iter_attachments()
    assert part.get_content() == attachment


def test_8_bit_and_nul_bytes_pass_unharmed(lane: Lane, strict: RunningFilter) -> None:
    body = bytes(range(1, 256)).replace(b"\r", b"").replace(b"\n", b"") + b"\0after\r\n"
    raw = b"Subject: odd\r\nX-Odd: caf\xe9\r\n\r\n" + body
    assert lane.send(raw)[0] == 250
    got = lane.delivered("odd")
    assert got.values(b"X-Odd") == [b"caf\xe9"]
    # Postfix itself keeps NUL in a body it relays; what it does is not ours to change.
    assert got.body.replace(b"\0", b"") == body.replace(b"\0", b"")


def test_two_recipients_each_get_it(lane: Lane, strict: RunningFilter) -> None:
    assert lane.send(mail("two"), "one@example.net", "two@example.net")[0] == 250
    assert set(lane.delivered("two").recipients) == {"one@example.net", "two@example.net"}


def test_mail_of_the_sendmail_command_is_filtered_too(lane: Lane, strict: RunningFilter) -> None:
    lane.server.sendmail(mail("local"), SENDER, RECIPIENT)
    assert lane.delivered("local").values(b"X-Virus-Status") == [b"Clean"]
    # Sendmail's command waits for the answer, Postfix's just leaves the mail in the queue.
    waits = isinstance(lane.server, PrivateSendmail)
    refused = pytest.raises(MailServerError, match="ended with 69") if waits else nullcontext()
    with refused:
        lane.server.sendmail(infected("local bad"), SENDER, RECIPIENT)
    bounce = wait_until(
        lambda: [one for one in lane.sink.deliveries if one.sender in {"", "<>"}], "a bounce"
    )[0]
    assert bounce.recipients == (SENDER,)
    assert EICAR_NAME.encode() in bounce.content.replace(b"\r\n", b"")


def test_quarantine_holds_the_mail_and_it_can_be_released(lane: Lane) -> None:
    with lane.filter("OnInfected Quarantine\nAddHeader Replace\n"):
        assert lane.send(infected("held"))[0] == 250
    (held,) = lane.server.wait_for_queue("hold")
    assert held.sender == SENDER
    match lane.server:
        case PrivatePostfix() as postfix:
            assert f"{held.id}! " in postfix.postqueue()
        case PrivateSendmail() as sendmail:
            assert held.id in sendmail.mailq("-qQ")
            assert held.reasons == ("quarantined by clamav-milter",)
    assert lane.sink.deliveries == ()
    lane.server.release(held.id)
    got = lane.delivered("held")
    assert got.values(b"X-Virus-Status") == [f"Infected ({EICAR_NAME})".encode()]


def test_tag_delivers_with_a_marked_subject(lane: Lane) -> None:
    with lane.filter('OnInfected Tag\nTagSubject "[VIRUS] "\n'):
        assert lane.send(infected("offer"))[0] == 250
    got = lane.delivered("[VIRUS] offer")
    assert got.values(b"X-Virus-Status") == [f"Infected ({EICAR_NAME})".encode()]


def test_defer_is_a_451(lane: Lane) -> None:
    with lane.filter("OnInfected Defer\n"):
        code, _ = lane.send(infected("later"))
    assert code == 451
    assert lane.server.queue() == ()


def test_blackhole_takes_it_and_delivers_nothing(lane: Lane) -> None:
    with lane.filter("OnInfected Blackhole\n"):
        assert lane.send(infected("gone"))[0] == 250
        assert lane.send(mail("kept"))[0] == 250
    lane.delivered("kept")
    lane.server.wait_until_delivered()
    assert lane.server.queue() == ()
    assert len(lane.sink.deliveries) == 1


def test_mail_is_refused_for_now_while_the_filter_does_not_run(lane: Lane) -> None:
    with lane.filter(STRICT):
        pass
    with (
        smtplib.SMTP("127.0.0.1", lane.server.port) as client,
        pytest.raises(smtplib.SMTPException, match=r"4[25]1"),
    ):
        client.sendmail(SENDER, RECIPIENT, mail("early"))
    assert lane.server.queue() == ()


def test_mail_to_allowed_recipients_only_is_not_scanned(lane: Lane, tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text("To:^<abuse@.*>$\n")
    with lane.filter(f"{STRICT}AllowList {allowed}\n"):
        assert lane.send(infected("report"), "abuse@example.net")[0] == 250
        assert lane.send(infected("to both"), "abuse@example.net", RECIPIENT)[0] == 550
    assert lane.delivered("report").values(b"X-Virus-Status") == []
    lane.server.wait_until_delivered()
    assert len(lane.sink.deliveries) == 1


def test_clamd_killed_in_the_middle_of_a_flow_costs_nothing(lane: Lane) -> None:
    """20 messages; clamd dies at the sixth, and is back 2 s later."""
    subjects = [f"flow {n}" for n in range(20)]
    conf = "AddHeader Replace\nLogVerbose yes\n"
    with lane.filter(conf) as running, ThreadPoolExecutor(4) as pool:
        replies = []
        for number, subject in enumerate(subjects):
            if number == 5:
                lane.clamd.kill()
            replies.append(pool.submit(lane.send, mail(subject)))
        running.wait_for_log("is down")
        let_time_pass(2)
        lane.clamd.start()
        assert [reply.result(60)[0] for reply in replies] == [250] * 20
        lane.sink.wait_for(20)
    lane.server.wait_until_delivered()
    got = sorted(one.values(b"Subject")[0].decode() for one in lane.sink.deliveries)
    assert got == sorted(subjects)
    assert all(one.values(b"X-Virus-Status") == [b"Clean"] for one in lane.sink.deliveries)


def test_clamd_down_longer_than_clamd_wait_defers_and_the_mail_goes_through_later(
    lane: Lane,
) -> None:
    with lane.filter("ClamdWait 1\nWorkers 1\n") as running:
        running.wait_for_log("is up")
        lane.clamd.kill()
        try:
            assert lane.send(mail("patient"))[0] == 451
        finally:
            lane.clamd.start()
        wait_until(lambda: running.log.count("is up") > 1, "clamd again")
        assert lane.send(mail("patient"))[0] == 250
    lane.delivered("patient")
    assert len(lane.sink.deliveries) == 1

"""The harness against a program that is none of ours: Debian's C clamav-milter, with a real clamd.

That client and oracle understand each other is what all comparisons stand on. What the C program
answers is written down here; it is the specification of a drop-in.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests import oracle
from tests.oracle import CMilter, OracleRefusedError

from clamgate.harness.client import MilterClient, Outcome, judge
from clamgate.harness.mail import Message, Peer
from clamgate.harness.private_clamd import EICAR, EICAR_NAME, PrivateClamd, installed
from clamgate.harness.wire import (
    Accept,
    Actions,
    AddHeader,
    ChangeHeader,
    Command,
    Connect,
    Discard,
    Edit,
    EndOfMessage,
    Family,
    Header,
    InsertHeader,
    Mail,
    Quarantine,
    Reject,
    Reply,
    Steps,
    TempFail,
    offer,
)

pytestmark = [
    pytest.mark.skipif(oracle.PROGRAM is None, reason=oracle.MISSING),
    pytest.mark.skipif(
        not installed(), reason="clamd is not installed (apt install clamav-daemon)"
    ),
]

CLEAN = Message.from_eml(b"From: a@example.org\nSubject: hi\n\nhello\n")
INFECTED = Message.from_eml(b"From: a@example.org\nSubject: hi\n\n" + EICAR + b"\n")
NOTHING = Message()
MARKED = Message.from_eml(
    b"X-Virus-Scanned: one\nSubject: hi\nX-Virus-Status: Clean\nX-VIRUS-scanned: two\n\nhello\n"
)
HELD = Quarantine(b"quarantined by clamav-milter")


@pytest.fixture(scope="module")
def clamd() -> Iterator[str]:
    """Return the ClamdSocket line of a clamd that knows EICAR."""
    with TemporaryDirectory(prefix="cg-") as folder, PrivateClamd(Path(folder)) as running:
        yield f"ClamdSocket unix:{running.socket_path}\n"


@contextmanager
def scanning(conf: str) -> Iterator[CMilter]:
    """Run it, as from when it knows that its clamd is up."""
    with CMilter(conf) as milter:
        milter.await_clamd()
        yield milter


@pytest.fixture(scope="module")
def scanned() -> bytes:
    """Return the value of X-Virus-Scanned where ReportHostname is mx."""
    return f"clamav-milter {oracle.version()} at mx".encode()


def test_clean_mail_passes_and_a_virus_is_held(clamd: str) -> None:
    with scanning(clamd) as milter:
        assert judge(milter.endpoint, CLEAN) == Outcome(Accept(), EndOfMessage)
        assert judge(milter.endpoint, INFECTED) == Outcome(Accept(), EndOfMessage, (HELD,))


@pytest.mark.parametrize(
    ("add_header", "actions"),
    [
        ("No", Actions.QUARANTINE),
        ("Add", Actions.QUARANTINE | Actions.ADD_HEADERS),
        ("Replace", Actions.QUARANTINE | Actions.ADD_HEADERS | Actions.CHANGE_HEADERS),
    ],
)
def test_what_it_agrees_on(clamd: str, add_header: str, actions: Actions) -> None:
    conf = f"{clamd}AddHeader {add_header}\n"
    with scanning(conf) as milter, MilterClient(milter.endpoint) as client:
        agreed = client.link.session.agreed
        assert agreed.actions == actions
        assert agreed.steps == Steps.NO_HELO | Steps.NO_EOH | Steps.NO_UNKNOWN | Steps.NO_DATA
        assert agreed.macros == ()


@pytest.mark.parametrize(
    ("action", "reply"),
    [("Reject", Reject()), ("Defer", TempFail()), ("Blackhole", Discard()), ("Accept", Accept())],
)
def test_a_virus_gets_the_action_of_the_conf(clamd: str, action: str, reply: Reply) -> None:
    with scanning(f"{clamd}OnInfected {action}\n") as milter:
        assert judge(milter.endpoint, INFECTED) == Outcome(reply, EndOfMessage)


def test_replace_drops_the_old_headers_from_the_last_up_and_appends_both(
    clamd: str, scanned: bytes
) -> None:
    with scanning(f"{clamd}AddHeader Replace\nReportHostname mx\n") as milter:
        added: tuple[Edit, ...] = (
            AddHeader(b"X-Virus-Scanned", scanned),
            AddHeader(b"X-Virus-Status", b"Clean"),
        )
        assert judge(milter.endpoint, CLEAN).edits == added
        assert judge(milter.endpoint, MARKED).edits == (
            ChangeHeader(2, b"X-Virus-Scanned", b""),
            ChangeHeader(1, b"X-Virus-Scanned", b""),
            ChangeHeader(1, b"X-Virus-Status", b""),
            *added,
        )
        status = f"Infected ({EICAR_NAME})".encode()
        assert judge(milter.endpoint, INFECTED).edits == (
            AddHeader(b"X-Virus-Scanned", scanned),
            AddHeader(b"X-Virus-Status", status),
            HELD,
        )


def test_add_inserts_both_at_one_and_drops_nothing(clamd: str, scanned: bytes) -> None:
    with scanning(f"{clamd}AddHeader Add\nReportHostname mx\n") as milter:
        assert judge(milter.endpoint, MARKED).edits == (
            InsertHeader(1, b"X-Virus-Scanned", scanned),
            InsertHeader(1, b"X-Virus-Status", b"Clean"),
        )


def test_a_message_of_nothing_gets_no_headers(clamd: str) -> None:
    with scanning(f"{clamd}AddHeader Replace\nOnClean Defer\n") as milter:
        assert judge(milter.endpoint, NOTHING) == Outcome(TempFail(), EndOfMessage)


def test_the_text_of_a_refusal(clamd: str) -> None:
    conf = f"{clamd}OnInfected Reject\nRejectMsg 100% bad: %v\nOnClean Reject\n"
    with scanning(conf) as milter:
        refused = judge(milter.endpoint, INFECTED)
        assert refused.smtp == f"550 5.7.1 100% bad: {EICAR_NAME}".encode()
        assert judge(milter.endpoint, CLEAN).reply == Reject()


def test_exclusions_accept_at_the_step_that_decides(clamd: str, tmp_path: Path) -> None:
    allowed = tmp_path / "allowed"
    allowed.write_text("From:^<good@\nTo:^<in@\n")
    conf = f"{clamd}AllowList {allowed}\nSkipAuthenticated ^ali\nLocalNet 192.0.2.128/25\n"
    with scanning(conf) as milter:
        to_in = replace(INFECTED, recipients=(b"<in@x>",))
        stages = {
            "local": judge(milter.endpoint, INFECTED, Peer(address=b"192.0.2.200")).stage,
            "login": judge(milter.endpoint, replace(INFECTED, login=b"Alice")).stage,
            "sender": judge(milter.endpoint, replace(INFECTED, sender=b"<good@x>")).stage,
            "recipient": judge(milter.endpoint, to_in).stage,
            "one of two": judge(
                milter.endpoint, replace(INFECTED, recipients=(b"<in@x>", b"<out@x>"))
            ).stage,
        }
    assert stages == {
        "local": Connect,
        "login": Mail,
        "sender": Mail,
        "recipient": Header,
        "one of two": EndOfMessage,
    }


@pytest.mark.parametrize(
    ("peer", "stage"),
    [
        (Peer(b"LocalHost", Family.UNKNOWN), Connect),
        (Peer(b"localhost", address=b"127.0.0.1"), EndOfMessage),
        (Peer(b"localhost", Family.UNIX, b"/run/x"), EndOfMessage),
    ],
)
def test_local_is_a_client_without_an_address(clamd: str, peer: Peer, stage: type[Command]) -> None:
    with scanning(f"{clamd}LocalNet local\n") as milter:
        assert judge(milter.endpoint, CLEAN, peer) == Outcome(Accept(), stage)


@pytest.mark.parametrize("version", [2, 3, 4, 6])
def test_mtas_of_every_version_are_served(clamd: str, version: int) -> None:
    with scanning(clamd) as milter:
        outcome = judge(milter.endpoint, INFECTED, offered=offer(version))
        assert outcome == Outcome(Accept(), EndOfMessage, (HELD,))


def test_many_messages_in_a_session(clamd: str) -> None:
    with scanning(f"{clamd}OnInfected Reject\n") as milter, MilterClient(milter.endpoint) as client:
        client.greet(Peer())
        replies = [client.send_message(it).reply for it in (INFECTED, CLEAN, NOTHING, INFECTED)]
        assert replies == [Reject(), Accept(), Accept(), Reject()]
        client.quit()


def test_its_log_can_be_read(clamd: str) -> None:
    with scanning(f"{clamd}LogInfected Full\n") as milter:
        judge(milter.endpoint, replace(INFECTED, queue_id=b"4Q"))
        lines = milter.log().splitlines()
    assert lines[0].startswith("+++ Started at ")
    assert lines[1] == (
        "Message 4Q from <sender@example.org> to <rcpt@example.net> with subject 'hi' "
        f"message-id 'UNKNOWN' date 'UNKNOWN' infected by {EICAR_NAME}"
    )


def test_a_conf_it_refuses(clamd: str) -> None:
    with pytest.raises(OracleRefusedError, match="Unknown option Bogus") as refusal:
        CMilter(f"{clamd}Bogus yes\n").__enter__()
    assert refusal.value.status == 1

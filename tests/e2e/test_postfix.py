"""What only Postfix has: its chroot, and logins that a proxy tells of."""

from __future__ import annotations

import shutil
import smtplib
from collections.abc import Iterator

import pytest
from tests.e2e.lane import RECIPIENT, SENDER, daemon, infected, mail, why_no_lane
from tests.postfix import PrivatePostfix, why_not
from tests.sink import Sink

from clamgate.harness.private_clamd import EICAR_NAME, PrivateClamd

REASON = why_no_lane(why_not())
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as sink:
        yield sink


@pytest.fixture
def postfix(sink: Sink) -> Iterator[PrivatePostfix]:
    with PrivatePostfix(
        sink.port,
        smtpd_milters="unix:clamgate/milter.sock",
        non_smtpd_milters="$smtpd_milters",
        settings={"smtpd_authorized_xclient_hosts": "127.0.0.1"},
        chroot=True,
    ) as postfix:
        yield postfix


def test_a_chrooted_postfix_reaches_a_socket_in_its_queue_directory(
    clamd: PrivateClamd, postfix: PrivatePostfix, sink: Sink
) -> None:
    """As the README has it for Debian: the socket's folder, owner, group and mode."""
    folder = postfix.queue_directory / "clamgate"
    folder.mkdir()
    shutil.chown(folder, "clamav", "postfix")
    folder.chmod(0o2750)
    clamd.socket_path.chmod(0o666)
    clamd.socket_path.parent.chmod(0o755)
    conf = folder.parent / "clamav-milter.conf"
    conf.write_text(
        f"MilterSocket {folder}/milter.sock\nMilterSocketGroup postfix\nMilterSocketMode 660\n"
        f"User clamav\nForeground yes\nClamdSocket unix:{clamd.socket_path}\n"
        'OnInfected Reject\nRejectMsg "%v"\nAddHeader Replace\nSkipAuthenticated ^alice$\n'
    )
    with daemon(conf):
        with smtplib.SMTP("127.0.0.1", postfix.port, timeout=60) as client:
            client.sendmail(SENDER, [RECIPIENT], mail("chrooted"))
            with pytest.raises(smtplib.SMTPDataError, match=EICAR_NAME):
                client.sendmail(SENDER, [RECIPIENT], infected("chrooted"))
        postfix.sendmail(mail("by hand"), SENDER, RECIPIENT)
        got = sink.wait_for(2)
        assert all(one.values(b"X-Virus-Status") == [b"Clean"] for one in got)
        with smtplib.SMTP("127.0.0.1", postfix.port, timeout=60) as client:
            client.ehlo()
            assert client.docmd("XCLIENT", "LOGIN=alice")[0] == 220
            client.sendmail(SENDER, [RECIPIENT], infected("logged in"))
        assert sink.wait_for(3)[2].values(b"X-Virus-Status") == []
    assert list(folder.iterdir()) == []

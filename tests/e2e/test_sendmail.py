"""What only Sendmail has: the lines of the README for its .mc file, and a login as it tells it."""

from __future__ import annotations

import re
import shutil
import smtplib
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.e2e.lane import RECIPIENT, RUN, SENDER, daemon, infected, mail, why_no_lane
from tests.sendmail import PrivateSendmail, why_not
from tests.sink import Sink

from clamgate.harness.ports import free_port
from clamgate.harness.private_clamd import EICAR_NAME, PrivateClamd

REASON = why_no_lane(why_not())
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))

README = Path(__file__).resolve().parents[2] / "README.md"
OVER_TCP, OVER_UNIX = re.findall(r"^INPUT_MAIL_FILTER\(.*\)$", README.read_text(), re.MULTILINE)

LOGGED_IN = "LOCAL_CONFIG\nD{auth_authen}alice\n"
"""Every client counts as authenticated, without a database of passwords."""


@pytest.fixture
def folder(clamd: PrivateClamd) -> Iterator[Path]:
    """As the README has it for /var/spool/clamgate."""
    clamd.socket_path.chmod(0o666)
    clamd.socket_path.parent.chmod(0o755)
    with TemporaryDirectory(prefix="cg-", dir=RUN) as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "clamgate").mkdir(mode=0o755)
        shutil.chown(folder / "clamgate", "clamav", "clamav")
        yield folder


@pytest.mark.parametrize("way", ["tcp", "unix"])
def test_the_lines_of_the_readme(way: str, clamd: PrivateClamd, folder: Path) -> None:
    port = free_port()
    if way == "tcp":
        socket = f"MilterSocket inet:{port}@127.0.0.1\n"
        line = OVER_TCP.replace("7357", str(port))
    else:
        path = f"{folder}/clamgate/milter.sock"
        socket = f"MilterSocket {path}\nMilterSocketMode 660\n"
        line = OVER_UNIX.replace("/var/spool/clamgate/milter.sock", path)
        assert path in line
    conf = folder / "clamav-milter.conf"
    conf.write_text(
        f"{socket}User clamav\nForeground yes\nClamdSocket unix:{clamd.socket_path}\n"
        'OnInfected Reject\nRejectMsg "%v"\nAddHeader Replace\nSkipAuthenticated ^alice$\n'
    )
    with Sink() as sink, daemon(conf):
        with PrivateSendmail(sink.port, lines=f"{line}\n") as sendmail:
            send(sendmail, mail("clean"))
            with pytest.raises(smtplib.SMTPDataError, match=EICAR_NAME):
                send(sendmail, infected("bad"))
            assert sink.wait_for(1)[0].values(b"X-Virus-Status") == [b"Clean"]
        with PrivateSendmail(sink.port, lines=f"{line}\n{LOGGED_IN}") as sendmail:
            send(sendmail, infected("logged in"))
            assert sink.wait_for(2)[1].values(b"X-Virus-Status") == []


def send(sendmail: PrivateSendmail, content: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", sendmail.port, timeout=60) as client:
        client.sendmail(SENDER, [RECIPIENT], content)

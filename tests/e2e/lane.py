"""A whole mail path: SMTP client, a real MTA, the filter, clamd, and the sink it delivers to."""

from __future__ import annotations

import smtplib
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from tempfile import TemporaryDirectory
from types import TracebackType
from typing import Self

import pytest
from tests import postfix, sendmail
from tests.mail_server import MailServer
from tests.running_filter import BIN, STOP_TIMEOUT, RunningFilter
from tests.sink import Delivery, Sink
from tests.waiting import wait_until

from clamgate.harness.private_clamd import EICAR, PrivateClamd, installed

RUN = "/run"
"""Sendmail takes no unix socket below a directory that others can write to, such as /tmp."""

SENDER = "sender@example.org"
RECIPIENT = "rcpt@example.net"

Server = Callable[[int, Path], MailServer]
"""From the sink's port and the filter's socket to an MTA between them."""


def behind_postfix(sink_port: int, milter: Path) -> MailServer:
    """Return a Postfix with the README's lines for a unix socket, but that it is not chrooted."""
    name = f"unix:{milter}"
    return postfix.PrivatePostfix(sink_port, smtpd_milters=name, non_smtpd_milters=name)


def behind_sendmail(sink_port: int, milter: Path) -> MailServer:
    """Return a Sendmail with the README's line for a unix socket."""
    line = f"INPUT_MAIL_FILTER(`clamgate', `S=unix:{milter}, F=T, T=S:30s;R:30s;E:5m')\n"
    return sendmail.PrivateSendmail(sink_port, lines=line)


def why_no_lane(no_server: str | None) -> str | None:
    """Say why no mail path can be had here, None if one can."""
    return no_server or (None if installed() else "clamd is not installed (clamav-daemon)")


SERVERS = [
    pytest.param(make, id=name, marks=pytest.mark.skipif(bool(reason), reason=reason or ""))
    for make, name, reason in (
        (behind_postfix, "postfix", why_no_lane(postfix.why_not())),
        (behind_sendmail, "sendmail", why_no_lane(sendmail.why_not())),
    )
]
"""Each MTA as a parameter of tests, skipped where it cannot be run."""


class Lane:
    """A mail path for as long as the block is open; the filter is started in it for each conf.

    Args:
        make_server: Which MTA.
        clamd: The scanner, which the test may stop and start.

    Attributes:
        server: The MTA.
        sink: What it delivers to.
        socket: Where the filter listens.
    """

    def __init__(self, make_server: Server, clamd: PrivateClamd) -> None:
        self.clamd = clamd
        self._make_server = make_server
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        with self._stack as stack:
            self._folder = Path(stack.enter_context(TemporaryDirectory(prefix="cg-", dir=RUN)))
            self._folder.chmod(0o755)
            self.sink = stack.enter_context(Sink())
            self.socket = self._folder / "milter.sock"
            self.server = stack.enter_context(self._make_server(self.sink.port, self.socket))
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    @contextmanager
    def filter(self, conf: str) -> Iterator[RunningFilter]:
        """Run the filter inside the block; `conf` leaves out its sockets."""
        sockets = f"ClamdSocket unix:{self.clamd.socket_path}\nMilterSocketMode 666\n"
        with RunningFilter(self._folder, sockets + conf) as running:
            assert running.socket_path == self.socket
            yield running
        (self._folder / "output").unlink()

    def send(self, content: bytes, *recipients: str) -> tuple[int, str]:
        """Send a mail by SMTP, and return the reply to its end."""
        with smtplib.SMTP("127.0.0.1", self.server.port, timeout=60) as client:
            client.ehlo()
            client.mail(SENDER, ["BODY=8BITMIME"])
            for recipient in recipients or (RECIPIENT,):
                code, reply = client.rcpt(recipient)
                assert code == 250, reply
            code, reply = client.data(content)
            return code, reply.decode()

    def delivered(self, subject: str) -> Delivery:
        """Wait for the mail with this subject."""

        def look() -> Delivery | None:
            mails = self.sink.deliveries
            found = [one for one in mails if one.values(b"Subject") == [subject.encode()]]
            return found[0] if found else None

        found = wait_until(look, f"the delivery of {subject}")
        assert found is not None
        return found

    def clear(self) -> None:
        """Forget all mail."""
        self.server.clear()
        self.sink.forget()


@contextmanager
def daemon(conf: Path) -> Iterator[None]:
    """Run `clamgate run` with a conf of the test's own, whatever sockets and user that names."""
    with subprocess.Popen(
        [BIN / "clamgate", "run", "-c", conf], stdout=subprocess.PIPE, stderr=subprocess.STDOUT
    ) as process:
        try:
            assert process.stdout is not None
            first_line = process.stdout.readline()
            assert first_line.startswith(b"+++ Started"), first_line
            yield
        finally:
            process.terminate()
        assert process.wait(STOP_TIMEOUT) == 0


def mail(subject: str, text: str = "hello\n", attachment: bytes | None = None) -> bytes:
    """Return a mail as a mail program would make it."""
    message = EmailMessage()
    message["From"] = SENDER
    message["To"] = RECIPIENT
    message["Subject"] = subject
    message["Message-ID"] = f"<{subject.replace(' ', '.')}@example.org>"
    message["Date"] = "Tue, 24 Nov 2026 03:08:32 +0000"
    message.set_content(text)
    if attachment is not None:
        message.add_attachment(
            attachment, maintype="application", subtype="octet-stream", filename="a.bin"
        )
    return message.as_bytes(policy=SMTP)


def infected(subject: str) -> bytes:
    """Return a mail with the EICAR test file attached."""
    return mail(subject, "see attachment\n", EICAR)

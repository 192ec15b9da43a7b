"""A whole mail path: SMTP client, a real Postfix, the filter, and the sink it delivers to."""

from __future__ import annotations

import smtplib
from contextlib import ExitStack
from email.message import EmailMessage
from email.policy import SMTP
from pathlib import Path
from tempfile import mkdtemp
from types import TracebackType
from typing import Self

from tests.postfix import PrivatePostfix, why_not
from tests.running_filter import RunningFilter
from tests.sink import Sink
from tests.waiting import wait_until

from clamgate.harness.private_clamd import PrivateClamd, installed

SENDER = "sender@example.org"
RECIPIENT = "rcpt@example.net"


def why_no_lane() -> str | None:
    """Say why no mail path can be had here, None if one can."""
    return why_not() or (None if installed() else "clamd is not installed (clamav-daemon)")


class Lane:
    """All of it, for as long as the block is open.

    Args:
        clamd: The scanner, which the test may stop and start.
        conf: The filter's conf, but for its sockets.
        settings: Lines for Postfix's main.cf.
    """

    def __init__(self, clamd: PrivateClamd, conf: str, **settings: str) -> None:
        self._stack = ExitStack()
        self._conf = f"ClamdSocket unix:{clamd.socket_path}\nMilterSocketMode 666\n{conf}"
        self._settings = settings

    def __enter__(self) -> Self:
        folder = Path(mkdtemp(prefix="cg-"))
        folder.chmod(0o755)
        self._stack.callback(_remove, folder)
        try:
            self.sink = self._stack.enter_context(Sink())
            self.filter = self._stack.enter_context(RunningFilter(folder, self._conf))
            self.postfix = self._stack.enter_context(
                PrivatePostfix(
                    self.sink.port,
                    smtpd_milters=f"unix:{self.filter.socket_path}",
                    non_smtpd_milters=f"unix:{self.filter.socket_path}",
                    settings=self._settings,
                )
            )
        except BaseException:
            self._stack.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stack.close()

    def send(self, content: bytes, *recipients: str) -> tuple[int, str]:
        """Send a mail by SMTP, and return the reply to its end."""
        with smtplib.SMTP("127.0.0.1", self.postfix.port, timeout=60) as client:
            client.ehlo()
            client.mail(SENDER, ["BODY=8BITMIME"])
            for recipient in recipients or (RECIPIENT,):
                code, reply = client.rcpt(recipient)
                assert code == 250, reply
            code, reply = client.data(content)
            return code, reply.decode()

    def wait_until_empty(self) -> None:
        """Wait until Postfix has nothing in its queue."""
        wait_until(lambda: not self.postfix.queue(), "an empty queue")


def _remove(folder: Path) -> None:
    for entry in folder.iterdir():
        entry.unlink()
    folder.rmdir()


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

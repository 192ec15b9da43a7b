"""Mail through a Postfix that has a container filter it."""

from __future__ import annotations

import smtplib
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from tests.e2e.lane import RECIPIENT, SENDER
from tests.postfix import PrivatePostfix, why_not
from tests.sink import Sink

SECONDS = 240.0
"""For each reply: a filter may wait so long for a clamd that is started again."""


@contextmanager
def behind(milter: str) -> Iterator[tuple[PrivatePostfix, Sink]]:
    """Run a Postfix on this machine with this milter, and the sink that it delivers to.

    The test is skipped where there is no Postfix.
    """
    if reason := why_not():
        pytest.skip(reason)
    with Sink() as sink, PrivatePostfix(sink.port, smtpd_milters=milter) as server:
        yield server, sink


def send(server: PrivatePostfix, content: bytes) -> tuple[int, str]:
    """Send a mail to a Postfix of this machine."""
    return send_to("127.0.0.1", server.port, content)


def send_to(host: str, port: int, content: bytes) -> tuple[int, str]:
    """Send a mail, and return the reply to its end, or what stood in its way earlier."""
    with smtplib.SMTP(host, port, timeout=SECONDS) as client:
        client.ehlo()
        try:
            client.sendmail(SENDER, [RECIPIENT], content)
        except smtplib.SMTPRecipientsRefused as error:
            code, text = error.recipients[RECIPIENT]
            return code, text.decode()
        except smtplib.SMTPResponseException as error:
            return error.smtp_code, str(error)
    return 250, ""

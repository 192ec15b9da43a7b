"""Mail through a real Postfix, with one filter or another, or with none."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from tests.postfix import PrivatePostfix, why_not

from bench.contestants import Contestant
from bench.tables import table

_SESSIONS = 8
_DISCARD = 9
"""A port to which nothing is ever sent."""
_SETTINGS = {
    # What comes after the filter is of no interest: mail is thrown away as soon as it is accepted.
    "default_transport": "discard:",
    "relayhost": "",
    "smtpd_client_connection_count_limit": "0",
    "default_process_limit": "100",
}


@dataclass(frozen=True, slots=True)
class Mailing:
    """How much smtp-source sends in a round: so many messages of so many bytes."""

    messages: int
    size: int


def through_postfix(contestants: Sequence[Contestant], mailing: Mailing, rounds: int) -> str:
    """Send mail through Postfix, round after round, without a filter and with each of these."""
    if reason := why_not():
        return f"not measured: {reason}"
    milters = [("no filter", ""), *((one.name, f"unix:{one.socket}") for one in contestants)]
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, milter in milters:
            with PrivatePostfix(_DISCARD, smtpd_milters=milter, settings=_SETTINGS) as postfix:
                _send(postfix.port, Mailing(_SESSIONS, mailing.size))  # its processes start
                found.setdefault(name, []).append(mailing.messages / _send(postfix.port, mailing))
    rows = [(name, f"{median(rates):.1f}", f"{len(rates)}") for name, rates in found.items()]
    head = (f"{mailing.size} bytes, {_SESSIONS} SMTP sessions at a time", "msg/s", "rounds")
    return table(head, rows)


def _send(port: int, mailing: Mailing) -> float:
    """Have smtp-source send mail, a session for each, and return how many seconds it took."""
    program = shutil.which("smtp-source", path=f"{os.environ['PATH']}:/usr/sbin") or "smtp-source"
    command = (program, "-s", _SESSIONS, "-m", mailing.messages, "-l", mailing.size)
    began = time.perf_counter()
    envelope = ("-f", "sender@example.org", "-t", "rcpt@example.net")
    subprocess.run(  # noqa: S603  no shell, and our own arguments
        [*map(str, command), *envelope, f"127.0.0.1:{port}"], check=True
    )
    return time.perf_counter() - began

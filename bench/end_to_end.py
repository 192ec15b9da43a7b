"""Mail through a real Postfix, with one filter or another, or with none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import inf
from statistics import median

from tests.postfix import PrivatePostfix, why_not

from bench.contestants import Contestant
from bench.load import Turns
from bench.messages import Kind, template
from bench.smtp_load import SmtpLoad
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
    """How much is sent in a round: so many messages of a kind."""

    messages: int
    kind: Kind


def through_postfix(
    contestants: Sequence[Contestant], mailing: Mailing, tokens: Iterator[bytes], rounds: int
) -> str:
    """Send mail through Postfix, round after round, without a filter and with each of these."""
    if reason := why_not():
        return f"not measured: {reason}"
    milters = [("no filter", ""), *((one.name, f"unix:{one.socket}") for one in contestants)]
    found: dict[str, list[float]] = {}
    for _ in range(rounds):
        for name, milter in milters:
            with PrivatePostfix(_DISCARD, smtpd_milters=milter, settings=_SETTINGS) as postfix:
                load = SmtpLoad(postfix.port, template(mailing.kind))
                load.run(_SESSIONS, Turns(tokens, inf, _SESSIONS))  # its processes start
                outcome = load.run(_SESSIONS, Turns(tokens, inf, mailing.messages))
                found.setdefault(name, []).append(mailing.messages / outcome.seconds)
    rows = [(name, f"{median(rates):.1f}", f"{len(rates)}") for name, rates in found.items()]
    head = (f"{mailing.kind.name}, {_SESSIONS} SMTP sessions at a time", "msg/s", "rounds")
    return table(head, rows)

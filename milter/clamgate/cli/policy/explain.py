"""`clamgate policy explain`: which rule would decide, and why."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import click

from clamgate.cli.errors import told_plainly
from clamgate.cli.options import conf_option
from clamgate.config import values
from clamgate.config.loader import load
from clamgate.config.policy_cases import address, message_of, path_of, verdict_of
from clamgate.core.decision import Decision
from clamgate.core.explaining import Explanation, explain
from clamgate.core.policy import decide
from clamgate.core.rules import Kind
from clamgate.observe.text import address_text

_VERDICTS = [kind.value for kind in Kind]


@click.command("explain")
@conf_option
@click.option("--signature", multiple=True, metavar="NAME", help="What clamd found; repeatable.")
@click.option("--verdict", type=click.Choice(_VERDICTS), help="Without it, as signatures have it.")
@click.option("--from", "sender", metavar="ADDRESS", default="sender@example.org")
@click.option("--to", "recipients", multiple=True, metavar="ADDRESS", help="Repeatable.")
@click.option("--client", metavar="IP", help="The SMTP client's address.")
@click.option("--login", metavar="NAME", help="Who the client logged in as.")
@click.option(
    "--attachment",
    "attachments",
    multiple=True,
    metavar="NAME-or-TYPE",
    help="Of a file that is attached, or `unlisted`; repeatable.",
)
@click.option("--ambiguous", is_flag=True, help="Mail programs disagree on what is attached.")
@click.option("--size", metavar="SIZE", default="0", help="The message's, such as 10M.")
def explain_one(conf: str, **given: Any) -> None:
    """Say which rule would decide for a message, and why those before it do not."""
    with told_plainly():
        rules = load(conf).settings.rules
    try:
        kind = None if given["verdict"] is None else Kind(given["verdict"])
        verdict = verdict_of(given["signature"], kind, given["attachments"])
        found = {
            "from": path_of(given["sender"]),
            "to": tuple(map(path_of, given["recipients"])) or (path_of("recipient@example.net"),),
            "client": None if given["client"] is None else address(given["client"]),
            "login": given["login"],
            "size": values.size(given["size"]),
            "attachment": given["attachments"],
            "ambiguous": given["ambiguous"],
        }
    except ValueError as error:
        raise click.UsageError(str(error)) from None
    message, now = message_of(found), time.time()
    for recipient in message.envelope.recipients:
        for line in _words(explain(verdict, message, recipient, rules, now), recipient):
            click.echo(line)
    decision = decide(verdict, message, rules, now)
    click.echo(f"The MTA is told: {_told(decision)}")
    if decision.strips:
        other = decide(verdict, message, rules, now, unstrippable="it cannot be")
        click.echo(f"Where what was found cannot be taken out: {_told(other)}")


def _words(explanation: Explanation, recipient: bytes) -> Iterator[str]:
    case = explanation.case
    yield f"For <{address_text(recipient)}>:"
    for name, of_class in zip(case.signatures, case.classes, strict=True):
        yield f"  {name} is in class {of_class}"
    for name, exception in case.excepted:
        yield f"  {name} does not count: {exception}"
    for rule, failing in explanation.passed_over:
        yield f"  not {rule}: its {failing} does not fit"
    if explanation.overruled is not None:
        yield f"  not {explanation.overruled}: it allows what was found, but not what is attached"
    yield f"  decides: {explanation.rule}"


def _told(decision: Decision) -> str:
    kept = ", ".join(f"<{address_text(one.recipient)}>" for one in decision.kept)
    stored = f"; a copy is stored for {kept}" if kept else ""
    reply = decision.reply
    words = f" {reply.code} {reply.enhanced} {reply.text}" if reply else ""
    without = ", without what was found" if decision.strips else ""
    return f"{decision.disposition.value}{words}{without}{stored}"

"""`clamgate policy test`: a table of expectations, held against the rules of a conf."""

from __future__ import annotations

import time

import click

from clamgate.cli.errors import told_plainly
from clamgate.cli.options import conf_option
from clamgate.config.loader import load
from clamgate.config.policy_cases import PolicyCase, cases_of
from clamgate.config.problems import Findings, Place
from clamgate.config.toml_lines import read_toml
from clamgate.core.explaining import explain
from clamgate.core.rules import Rules
from clamgate.observe.text import address_text


@click.command("test")
@conf_option
@click.argument("cases", metavar="CASES.TOML")
def test_cases(conf: str, cases: str) -> None:
    """Check that the rules do what a table says. The exit status is 0 if they do, else 1."""
    findings = Findings()
    with told_plainly(status=2):
        rules = load(conf).settings.rules
        document = read_toml(cases, Place("command line"), findings)
        wanted = () if document is None else cases_of(document, findings)
        findings.raise_errors()
    now = time.time()
    failures = [words for case in wanted for words in _failures(case, rules, now)]
    for words in failures:
        click.echo(words, err=True)
    wrong = len({words.partition(": ")[0] for words in failures})
    click.echo(f"{len(wanted) - wrong} of {len(wanted)} cases are as expected")
    raise SystemExit(1 if failures else 0)


def _failures(case: PolicyCase, rules: Rules, now: float) -> list[str]:
    recipients = case.message.envelope.recipients
    actions = case.actions if len(case.actions) > 1 else case.actions * len(recipients)
    found = []
    for recipient, action in zip(recipients, actions, strict=True):
        rule = explain(case.verdict, case.message, recipient, rules, now).rule
        if rule.action is not action or case.rule not in str(rule):
            found.append(
                f"{case.place}: {case.name}: for <{address_text(recipient)}> expected"
                f" {action.value}{f' by {case.rule}' if case.rule else ''}, but it is"
                f" {rule.action.value} by {rule}"
            )
    return found

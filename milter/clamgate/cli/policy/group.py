"""The group of the commands."""

from __future__ import annotations

import click

from clamgate.cli.policy.explain import explain_one
from clamgate.cli.policy.trial import test_cases


@click.group()
def policy() -> None:
    """See what the rules of a conf would do."""


for command in (explain_one, test_cases):
    policy.add_command(command)

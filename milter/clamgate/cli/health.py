"""`clamgate health`: is the container well?"""

from __future__ import annotations

import json
import os

import click

from clamgate.cli.errors import told_plainly
from clamgate.config.problems import Findings
from clamgate.container.database_age import max_database_age
from clamgate.container.health import check_all
from clamgate.container.layout import RUN_FOLDERS
from clamgate.container.state import read_state
from clamgate.core.health import Health


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def health(*, as_json: bool) -> None:
    """Ask each service of the container whether it does its work; 0 if all do, else 1."""
    findings = Findings()
    with told_plainly():
        max_age = max_database_age(os.environ, findings)
        findings.raise_errors()
    health = Health.of(check_all(read_state(RUN_FOLDERS), max_age))
    if as_json:
        click.echo(json.dumps(health.to_json(), indent=2, ensure_ascii=False))
    else:
        for check in health.checks:
            click.echo(str(check))
    raise SystemExit(0 if health.ok else 1)

"""`clamgate health`: is the container well?"""

from __future__ import annotations

import json
import os
from dataclasses import asdict

import click

from clamgate.cli.errors import told_plainly
from clamgate.config.problems import Findings
from clamgate.container.database_age import max_database_age
from clamgate.container.health import check_all
from clamgate.container.layout import RUN_FOLDERS
from clamgate.container.state import read_state


@click.command()
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def health(*, as_json: bool) -> None:
    """Ask each service of the container whether it does its work; 0 if all do, else 1."""
    findings = Findings()
    with told_plainly():
        max_age = max_database_age(os.environ, findings)
        findings.raise_errors()
    checks = check_all(read_state(RUN_FOLDERS), max_age)
    well = all(check.ok for check in checks)
    if as_json:
        entries = [asdict(check) for check in checks]
        click.echo(json.dumps({"ok": well, "checks": entries}, indent=2, ensure_ascii=False))
    else:
        for check in checks:
            click.echo(str(check))
    raise SystemExit(0 if well else 1)

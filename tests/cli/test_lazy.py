import subprocess
import sys
from importlib import metadata

import click
import pytest
from click.testing import CliRunner

from clamgate.cli.main import main

LOADED = """
import sys, clamgate.cli.main, clamgate.cli.serving
print(sorted({"sqlalchemy", "aiosmtpd", "rich"} & set(sys.modules)))
"""


def test_serving_loads_nothing_that_only_other_commands_need() -> None:
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, check=True)
    assert found.stdout.decode().strip() == "[]"


@pytest.mark.parametrize("command", ["health", "container"])
def test_what_runs_beside_the_filter_loads_none_of_it(command: str) -> None:
    shown = f"import sys, clamgate.cli.main, clamgate.cli.{command}; print(*sys.modules)"
    found = subprocess.run([sys.executable, "-c", shown], capture_output=True, check=True)
    modules = set(found.stdout.decode().split())
    assert f"clamgate.cli.{command}" in modules
    heavy = {"Milter", "clamgate.daemon.service", "clamgate.mta", "importlib.metadata"}
    if command == "health":  # docker starts it every 30 s
        heavy |= {"clamgate.config.directives", "clamgate.config.loader"}
    assert heavy & modules == set()


def test_the_version() -> None:
    result = CliRunner().invoke(main, ["--version"])
    assert (result.exit_code, result.output) == (0, f"clamgate {metadata.version('clamgate')}\n")


def test_all_commands_are_found_under_their_names() -> None:
    context = click.Context(main)
    names = main.list_commands(context)
    assert {"run", "check", "config", "scan", "demo", "mta", "quarantine", "replay"} <= set(names)
    for name in names:
        command = main.get_command(context, name)
        assert command is not None
        assert command.name == name


def test_a_command_that_there_is_not_is_refused() -> None:
    result = CliRunner().invoke(main, ["frobnicate"])
    assert result.exit_code == 2
    assert "No such command 'frobnicate'" in result.output

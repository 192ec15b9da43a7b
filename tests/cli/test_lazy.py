import subprocess
import sys

import click
from click.testing import CliRunner

from clamgate.cli.main import main

LOADED = """
import sys, clamgate.cli.main, clamgate.cli.serving
print(sorted({"sqlalchemy", "aiosmtpd", "rich"} & set(sys.modules)))
"""


def test_serving_loads_nothing_that_only_other_commands_need() -> None:
    found = subprocess.run([sys.executable, "-c", LOADED], capture_output=True, check=True)
    assert found.stdout.decode().strip() == "[]"


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

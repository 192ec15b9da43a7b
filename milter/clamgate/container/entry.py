"""`clamgate container`: from arguments and environment to running services, and their end."""

from __future__ import annotations

import subprocess
from collections.abc import Mapping, Sequence

from clamgate.config.problems import Findings
from clamgate.container.arguments import Command, read_arguments
from clamgate.container.command import NOT_EXECUTABLE, NOT_FOUND, run_command
from clamgate.container.effective import Confs
from clamgate.container.environment import read_environment
from clamgate.container.errors import ContainerError
from clamgate.container.folders import make_writable
from clamgate.container.layout import Layout, open_run_folder
from clamgate.container.lines import Printer, as_json, as_text
from clamgate.container.memory import memory_limit
from clamgate.container.preparation import check_confs, make_units
from clamgate.container.programs import CLAMD
from clamgate.container.services import fetch_command
from clamgate.container.stack import Stack
from clamgate.container.state import State, write_state


def run(words: Sequence[str], environ: Mapping[str, str], layout: Layout) -> int:
    """Do what the image is asked for, and return the exit status.

    Args:
        words: What stands after the image's name.
        environ: The environment.
        layout: Where things are.

    Raises:
        ConfError: The environment or the filter's conf cannot be used.
        ContainerError: It cannot go on for another reason.
    """
    findings = Findings()
    wishes = read_environment(environ, findings)
    printer = Printer(as_json if wishes.json_lines else as_text)
    for warning in findings.warnings:
        printer.say(f"WARNING: {warning}")
    findings.raise_errors()
    folder = open_run_folder(layout.run_folders)
    confs = Confs(layout, wishes, folder, memory_limit(), printer.say)
    asked = read_arguments(words, str(confs.path(CLAMD)))
    if isinstance(asked, Command):
        return _run_command(asked, confs, printer)
    return _run_services(confs, printer)


def _run_command(command: Command, confs: Confs, printer: Printer) -> int:
    write_state(confs.folder, State(program=command.words[0]))
    confs.clamd()
    if command.needs_database and not confs.database().present:
        _fetch_once(confs, printer)
    try:
        return run_command(command.words)
    except FileNotFoundError:
        printer.say(
            f"there is no program {command.words[0]} in the image: without any, the services run"
        )
        return NOT_FOUND
    except OSError as error:
        printer.say(f"{command.words[0]} cannot be run: {error.strerror}")
        return NOT_EXECUTABLE


def _fetch_once(confs: Confs, printer: Printer) -> None:
    """Get a database for a program that is about to scan."""
    printer.say(f"there is no database in {confs.database_folder()}: freshclam gets one first")
    conf = confs.fetch()
    if reason := make_writable(confs.database_folder(), conf.first("DatabaseOwner", "clamav")):
        raise ContainerError(f"{confs.database_folder()}: {reason}; and it holds no database")
    done = subprocess.run(fetch_command(confs), check=False)  # noqa: S603  our own arguments
    if not confs.database().present:
        raise ContainerError(
            f"freshclam ended with {done.returncode}, and there is no database: see its lines above"
        )


def _run_services(confs: Confs, printer: Printer) -> int:
    def publish(state: State) -> None:
        write_state(confs.folder, state)

    publish(State())
    check_confs(confs, printer.say)
    units = make_units(confs, printer.say)
    wishes = confs.wishes
    folder = str(confs.database_folder()) if wishes.clamd or wishes.freshclam else ""
    return Stack(units, printer, publish, folder).run()

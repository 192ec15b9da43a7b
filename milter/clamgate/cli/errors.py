"""How a command ends badly: plain lines on standard error, and an exit status."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import NoReturn

import click

from clamgate.config.problems import ConfError
from clamgate.container.errors import ContainerError
from clamgate.daemon.control.client import ControlError
from clamgate.daemon.errors import StartError
from clamgate.quarantine.errors import QuarantineError


@contextmanager
def told_plainly(status: int = 1) -> Iterator[None]:
    """Turn the errors that users can mend into lines for them, and end with `status`."""
    try:
        yield
    except ConfError as error:
        for problem in error.problems:
            click.echo(f"ERROR: {problem}", err=True)
        raise SystemExit(status) from None
    except (StartError, ContainerError, ControlError, QuarantineError) as error:
        for line in str(error).splitlines():
            click.echo(f"ERROR: {line}", err=True)
        raise SystemExit(status) from None


def leave(status: int) -> NoReturn:
    """End the process at once: libmilter's threads would not survive Python's own way out."""
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)

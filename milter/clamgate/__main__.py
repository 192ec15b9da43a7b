"""`python -m clamgate` is `clamgate`."""

from __future__ import annotations

from clamgate.cli.main import main

main(prog_name="clamgate")

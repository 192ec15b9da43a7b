from __future__ import annotations

import click

from clamgate.cli.quarantine.options import selecting, selection_of
from clamgate.quarantine.selection import Selection


def test_options_become_a_selection() -> None:
    seen = []

    @click.command()
    @selecting
    def command(**options: object) -> None:
        seen.append(selection_of(options))

    command.main(["--class", "test", "--sender", "", "--released"], standalone_mode=False)
    command.main([], standalone_mode=False)
    assert seen == [Selection(signature_class="test", sender="", released=True), Selection()]

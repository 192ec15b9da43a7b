"""Commands that are imported when they are called: none is to carry what only others need."""

from __future__ import annotations

from importlib import import_module
from typing import Any

import click


class LazyGroup(click.Group):
    """A group with commands that are named here, and found in modules of their own.

    Args:
        elsewhere: The module of each command; the function has the command's name.
    """

    def __init__(self, *args: Any, elsewhere: dict[str, str], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._elsewhere = elsewhere

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, for the help, which then imports them."""
        return sorted({*super().list_commands(ctx), *self._elsewhere})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return a command; import it if it is one of those."""
        if cmd_name not in self._elsewhere:
            return super().get_command(ctx, cmd_name)
        command: click.Command = getattr(import_module(self._elsewhere[cmd_name]), cmd_name)
        return command

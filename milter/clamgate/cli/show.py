"""`clamgate config`: every setting, its value, and where it came from."""

from __future__ import annotations

import json

import click

from clamgate.config.directives import BY_NAME
from clamgate.config.loader import Loaded


def show(loaded: Loaded, *, as_json: bool) -> None:
    """Print a conf in effect: columns for people, or a JSON list for programs."""
    if as_json:
        click.echo(json.dumps(_entries(loaded), indent=2, ensure_ascii=False))
        return
    width = max(map(len, loaded.texts))
    values = {name: _value(name, texts) for name, texts in loaded.texts.items()}
    value_width = min(40, max(map(len, values.values())))
    for name, value in values.items():
        click.echo(f"{name:{width}}  {value:{value_width}}  {loaded.origins[name]}")


def _entries(loaded: Loaded) -> list[dict[str, object]]:
    return [
        {"directive": name, "values": list(texts), "origin": loaded.origins[name]}
        for name, texts in loaded.texts.items()
    ]


def _value(name: str, texts: tuple[str, ...]) -> str:
    """Return the values on one line; of what is unset, what that means."""
    return ", ".join(texts) if texts else f"({BY_NAME[name].unset or 'unset'})"

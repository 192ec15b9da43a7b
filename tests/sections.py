"""What tests have to say at the end of a run, also when they ran in another process."""

from __future__ import annotations

import pytest

_SECTIONS = pytest.StashKey[dict[str, str]]()


def add_section(config: pytest.Config, title: str, text: str) -> None:
    """Have a text printed at the end, whatever comes of the tests."""
    sections_of(config)[title] = text


def sections_of(config: pytest.Config) -> dict[str, str]:
    """Return what is to be printed, by title."""
    return config.stash.setdefault(_SECTIONS, {})

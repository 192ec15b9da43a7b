from __future__ import annotations

import pytest

from clamgate.cli.top.screen import can_be_drawn_on, shows_ascii_only, text_of


@pytest.mark.parametrize(
    ("environment", "ascii_only"),
    [
        ({"LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "C.utf8"}, False),
        ({"LANG": "de_DE.UTF-8", "LC_ALL": "C"}, True),
        ({"LANG": "C", "LC_CTYPE": "C.UTF-8"}, False),
        ({"LANG": "de_DE.ISO-8859-1"}, True),
        ({}, True),
    ],
)
def test_the_locale_tells_what_is_shown(environment: dict[str, str], ascii_only: bool) -> None:  # noqa: FBT001
    assert shows_ascii_only(environment) is ascii_only


def test_what_cannot_be_drawn_on() -> None:
    assert not can_be_drawn_on({"TERM": "dumb"})
    assert not can_be_drawn_on({})


def test_lines_become_one_text() -> None:
    lines = [(("ä", "red"), ("b", "")), (("[bold]", ""),)]
    assert text_of(lines, ascii_only=False).plain == "äb\n[bold]"
    assert text_of(lines, ascii_only=True).plain == "?b\n[bold]"

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from clamgate.config.directives import TABLE
from clamgate.config.manual import manual

PAGE = Path(__file__).parents[2] / "docs" / "directives.md"
LONGEST_LINE = 100


def test_the_page_in_docs_is_what_the_table_says() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "clamgate.config.manual"], check=True, capture_output=True
    ).stdout.decode()
    assert PAGE.read_text() == made, (
        "make it anew: python -m clamgate.config.manual > docs/directives.md"
    )


def test_every_directive_is_in_it_once() -> None:
    lines = manual().splitlines()
    for directive in TABLE:
        if not directive.ignored:
            assert lines.count(f"### {directive.name} {directive.kind.value}") == 1
        else:
            assert sum(f"`{directive.name}`" in line for line in lines) >= 1


def test_what_is_new_is_marked() -> None:
    entry = manual().split("### ScanDeadline")[1].split("###")[0]
    assert "- **New in clamgate**\n- Default: `240`" in entry


def test_what_a_forged_status_does_is_in_it() -> None:
    entry = manual().split("### AddHeader")[1].split("###")[0]
    assert "an\n`X-Virus-Status: Clean` that the sender made up reaches the recipient" in entry


def test_it_is_plain_markdown_of_readable_width() -> None:
    text = manual()
    assert max(map(len, text.splitlines())) <= LONGEST_LINE
    assert not [line for line in text.splitlines() if line != line.rstrip()]
    assert "\n\n\n" not in text
    assert text.endswith("\n")

from __future__ import annotations

import pytest

from clamgate.cli.quarantine.fields import addresses, amount, iso


@pytest.mark.parametrize(
    ("size", "words"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1.0 KiB"),
        (10 * 1024**2, "10.0 MiB"),
        (3 * 1024**4, "3072.0 GiB"),
    ],
)
def test_amounts(size: int, words: str) -> None:
    assert amount(size) == words


def test_addresses() -> None:
    assert addresses(["a@example.org"]) == "<a@example.org>"
    assert addresses(["a\n@example.org", "b", "c"]) == "<a @example.org> +2"
    assert addresses([]) == "<>"


def test_times() -> None:
    assert iso(1_795_608_000.0) == "2026-11-25T12:00:00Z"
    assert iso(None) is None

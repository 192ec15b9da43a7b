"""The daemon under attack, somebody else's mail beside it, and the counts of the whole run."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.hostile.bystander import Bystander
from tests.hostile.judging_clamd import JudgingClamd
from tests.hostile.tally import Tally
from tests.hostile.target import CONF, Target, under_attack
from tests.sections import add_section


@pytest.fixture(scope="package")
def tally(pytestconfig: pytest.Config) -> Iterator[Tally]:
    """What is counted; at the very end, nobody may have been harmed or left waiting."""
    tally = Tally()
    yield tally
    add_section(pytestconfig, "the hostile run", "\n".join(tally.lines()))
    assert tally.harmed == []
    assert tally.missing == []


@pytest.fixture(scope="package")
def target(tally: Tally) -> Iterator[Target]:
    """One daemon that all the tests of this folder have a go at."""
    with (
        TemporaryDirectory(prefix="hostile-") as name,
        JudgingClamd(Path(name, "clamd.sock")) as clamd,
        under_attack(Path(name), CONF, clamd, tally) as target,
    ):
        yield target


@pytest.fixture
def bystander(target: Target) -> Iterator[Bystander]:
    """Well-behaved sessions of that daemon, from before the test until after it."""
    harmed = len(target.tally.harmed)
    with target.nothing_left_open(), Bystander(target.endpoint, target.tally) as bystander:
        yield bystander
    assert target.tally.harmed[harmed:] == []


@pytest.fixture
def folder() -> Iterator[Path]:
    """A folder with a short name, for a daemon of a test's own."""
    with TemporaryDirectory(prefix="hostile-") as name:
        yield Path(name)

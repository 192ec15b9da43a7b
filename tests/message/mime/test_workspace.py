from __future__ import annotations

import pytest

from clamgate.core.settings import MIB, Spooling
from clamgate.message.budget import MemoryBudget
from clamgate.message.mime.octets import HELD, Stored
from clamgate.message.mime.workspace import Workspace
from clamgate.message.spool import Spool, SpoolError


def test_what_is_short_stays_in_memory() -> None:
    budget = MemoryBudget(MIB)
    workspace = Workspace(lambda: Spool(Spooling(), budget))
    with workspace.keep([b"ab", b"", b"c"]) as octets:
        assert octets == b"abc"
        assert budget.used == 0


@pytest.mark.parametrize("memory", [0, 16 * MIB])
def test_what_is_long_is_in_a_spool_that_counts_what_it_holds(memory: int) -> None:
    budget = MemoryBudget(memory)
    workspace = Workspace(lambda: Spool(Spooling(), budget))
    with workspace.keep(b"%08d" % number for number in range(100_000)) as octets:
        assert isinstance(octets, Stored)
        assert len(octets) == 800_000
        assert octets[799_992:] == b"00099999"
        assert octets.find(b"00050000", 399_999, len(octets)) == 400_000
        assert (budget.used > 0) == (memory > 0)
    assert budget.used == 0


def test_without_spools_all_is_in_memory() -> None:
    with Workspace().keep([b"x" * HELD, b"y"]) as octets:
        assert octets == b"x" * HELD + b"y"


def test_what_cannot_be_kept_leaves_nothing() -> None:
    budget = MemoryBudget(0)
    nowhere = Spooling(temporary_directory="/nonexistent")
    with (
        pytest.raises(SpoolError, match="cannot make a file in /nonexistent"),
        Workspace(lambda: Spool(nowhere, budget)).keep([b"x" * MIB]),
    ):
        pass
    assert budget.used == 0

from __future__ import annotations

from pathlib import Path

from clamgate.core.settings import Spooling
from clamgate.core.storing import StoreSource
from clamgate.message.budget import MemoryBudget
from clamgate.message.spool import PIECE, Spool
from clamgate.message.whole import WholeMessage


def whole(tmp_path: Path, *pieces: bytes, skipped: int, kept: int = 1 << 20) -> WholeMessage:
    spooling = Spooling(max_file_size=kept, temporary_directory=str(tmp_path))
    spool = Spool(spooling, MemoryBudget(1 << 24), keep_rest=True)
    for piece in pieces:
        spool.write(piece)
    return WholeMessage(spool.seal(), skipped)


def test_what_is_not_of_the_message_is_left_out_and_it_can_be_read_again(tmp_path: Path) -> None:
    source: StoreSource = whole(tmp_path, b"mark", b"x" * PIECE, b"end", skipped=4, kept=PIECE)
    assert source.size == PIECE + 3
    for _ in range(2):
        assert b"".join(source.chunks()) == b"x" * PIECE + b"end"


def test_nothing_is_left_of_an_empty_one(tmp_path: Path) -> None:
    source = whole(tmp_path, skipped=0)
    assert (source.size, list(source.chunks())) == (0, [])

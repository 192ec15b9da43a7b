from __future__ import annotations

import pytest
from tests.hiding.binhex import binhexed

from clamgate.message.mime.decoders.binhex import decode, decode_files, expand, stands_in
from clamgate.message.mime.limits import CutOffError

MARK = b"(This file must be converted with BinHex 4.0)\r\n"


def test_a_file_in_a_text() -> None:
    text = b"Hi\r\n" + MARK + binhexed(b"abc\x90d", b"a.txt") + b"bye"
    assert stands_in(text)
    assert next(decode_files(text)) == (b"a.txt", "BinHex", b"abc\x90d")


def test_a_declared_one_needs_no_mark() -> None:
    assert next(decode(binhexed(b"abc")))[2] == b"abc"


def test_one_that_is_cut_short_gives_what_there_is() -> None:
    file = bytes(range(1, 100))
    assert file.startswith(next(decode(binhexed(file)[:90]))[2][:20])


def test_nothing_gives_nothing() -> None:
    assert all(data == b"" for _, _, data in decode(b""))


@pytest.mark.parametrize(
    ("data", "expanded"),
    [
        (b"ab", b"ab"),
        (b"a\x90\x04b", b"aaaab"),
        (b"\x90\x00", b"\x90"),
        (b"a\x90", b"a\x90"),
        (b"\x90\x05", b""),
    ],
)
def test_runs(data: bytes, expanded: bytes) -> None:
    assert expand(data) == expanded


def test_what_unfolds_too_far_is_cut_off() -> None:
    with pytest.raises(CutOffError, match="BinHex that unfolds"):
        expand(b"a" + b"\x90\xff" * 100_000)

from __future__ import annotations

from collections.abc import Iterable, Iterator

import pytest
from tests.hiding.binhex import binhexed

from clamgate.message.mime.decoders.binhex import decode, decode_files, expand, stands_in
from clamgate.message.mime.limits import CutOffError

MARK = b"(This file must be converted with BinHex 4.0)\r\n"


def files(found: Iterable[tuple[bytes, str, Iterator[bytes]]]) -> list[tuple[bytes, str, bytes]]:
    return [(name, reading, b"".join(chunks)) for name, reading, chunks in found]


def test_a_file_in_a_text() -> None:
    text = b"Hi\r\n" + MARK + binhexed(b"abc\x90d", b"a.txt") + b"bye"
    assert stands_in(text)
    assert files(decode_files(text))[0] == (b"a.txt", "BinHex", b"abc\x90d")


def test_a_declared_one_needs_no_mark() -> None:
    assert files(decode(binhexed(b"abc")))[0][2] == b"abc"


def test_one_that_is_cut_short_gives_what_there_is() -> None:
    file = bytes(range(1, 100))
    assert file.startswith(files(decode(binhexed(file)[:90]))[0][2][:20])


def test_nothing_gives_nothing() -> None:
    assert all(data == b"" for _, _, data in files(decode(b"")))


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
    assert b"".join(expand([data])) == expanded
    assert b"".join(expand(bytes((byte,)) for byte in data)) == expanded


def test_what_unfolds_too_far_is_cut_off() -> None:
    with pytest.raises(CutOffError, match="BinHex that unfolds"):
        list(expand([b"a" + b"\x90\xff" * 100_000]))

"""gzip, bzip2, xz: one file, packed, whose name is mostly that of the packed one."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from functools import partial

from clamgate.message.archives import inflating
from clamgate.message.archives.entry import HEAD, Entry, text_of
from clamgate.message.archives.inflating import Decompressor
from clamgate.message.archives.limits import Meter

_GZIP = b"\x1f\x8b"
_MAGIC = ((_GZIP, inflating.gzip), (b"BZh", inflating.bzip2), (b"\xfd7zXZ\x00", inflating.xz))
_LZMA = b"\x5d\x00\x00"  # what all programs begin a .lzma with; it has no mark of its own
_PLAIN, _TARS = ("gz", "bz2", "xz", "lzma"), ("tgz", "tbz2", "txz")
_SUFFIXES = {**dict.fromkeys(_PLAIN, ""), **dict.fromkeys(_TARS, ".tar")}
_NAMED = 0x08
_EXTRA = 0x04
_MAX_NAME = 4096
_MAX_STREAMS = 100


def maker_of(data: bytes) -> Callable[[], Decompressor] | None:
    """Return what unpacks it, None if it is none of these."""
    for magic, make in _MAGIC:
        if data.startswith(magic):
            return make
    return inflating.xz if data.startswith(_LZMA) and data[5:13] == b"\xff" * 8 else None


def entries(
    data: bytes, meter: Meter, names: Sequence[str], make: Callable[[], Decompressor]
) -> Iterator[Entry]:
    """Yield the file that is in it.

    Args:
        data: All of it.
        meter: What there is room for.
        names: Its own names.
        make: What `maker_of` has returned.
    """
    within = dict.fromkeys([*_of_gzip(data), *map(_without_suffix, names)])
    yield Entry(
        names=tuple(within),
        head=inflating.head_of(make, data[: 64 * HEAD], HEAD),
        unpack=partial(inflating.all_of, make, data, meter, streams=_MAX_STREAMS),
    )


def _of_gzip(data: bytes) -> Iterator[str]:
    """Yield the name in a gzip header (RFC 1952, 2.3)."""
    if not data.startswith(_GZIP) or not data[3:4] or not data[3] & _NAMED:
        return
    at = 10
    if data[3] & _EXTRA:
        at += 2 + int.from_bytes(data[at : at + 2], "little")
    yield text_of(data[at : at + _MAX_NAME].partition(b"\0")[0])


def _without_suffix(name: str) -> str:
    stem, dot, suffix = name.rpartition(".")
    return stem + _SUFFIXES[suffix.lower()] if dot and suffix.lower() in _SUFFIXES else name

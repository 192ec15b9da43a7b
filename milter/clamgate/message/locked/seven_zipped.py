"""Locked 7z: the files in it, unpacked, in a zip that needs no password."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from clamgate.message.archives import seven_zip
from clamgate.message.archives.limits import Limits, LockedError, Meter
from clamgate.message.locked.seven_zip_key import decrypt
from clamgate.message.locked.zipped import STORED, LockedFile, without_lock

MOST_UNPACKED = 32 << 20
"""Bytes that are unpacked."""

_LONGEST_NAME = 200
# Each byte counts where it is unpacked, and again where it is taken.
_LIMITS = Limits(entries=1000, depth=1, unpacked=2 * MOST_UNPACKED, seconds=10.0)


def is_one(data: bytes) -> bool:
    """Whether it begins as a 7z does."""
    return data.startswith(seven_zip.MAGIC)


def is_locked(data: bytes) -> bool:
    """Whether anything in it needs a password."""
    meter = Meter(_LIMITS)
    with meter.running():
        return seven_zip.is_locked(data, meter)


def opened(data: bytes, words: Iterable[bytes], tick: Callable[[], None]) -> bytes | None:
    """Return a zip of what is in a 7z; None if no word is its password.

    Args:
        data: The archive.
        words: Passwords; those that are no UTF-8 are none that 7z could have.
        tick: Called before each; what it raises ends it.

    Raises:
        UnlistedError: It cannot be unpacked, whatever the password, or is too much.
    """
    for word in words:
        tick()
        try:
            return _with(data, word.decode())
        except (LockedError, UnicodeDecodeError):
            continue
    return None


def _with(data: bytes, password: str) -> bytes:
    unlock = partial(_unlocked, password=password)
    files = []
    meter = Meter(_LIMITS)
    with meter.running():
        for entry in seven_zip.entries(data, meter, unlock):
            meter.entry()
            content = entry.unpack() if entry.is_locked else b""
            name = entry.names[0].encode("utf-8", "replace")[-_LONGEST_NAME:]
            files.append((LockedFile(name, STORED, len(content), 0, frozenset(), b""), content))
    return without_lock(files)


def _unlocked(properties: bytes, packed: bytes, *, password: str) -> bytes:
    return decrypt(properties, packed, password)

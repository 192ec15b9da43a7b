"""A process of its own that tries passwords on one archive: what goes wrong there, ends there.

``python -I -m clamgate.message.locked.child FD``: the archive is on standard input, a password a
line in the file FD. Standard output gets a line, why something in it stays locked (empty if nothing
does), and then an archive of what was opened (nothing if nothing was).
"""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Callable, Iterable, Sequence

from clamgate.message.archives.limits import UnlistedError
from clamgate.message.locked import seven_zipped, zipped
from clamgate.message.locked.zipped import LockedFile

_MEMORY = 512 << 20
_CPU = 20
_SECONDS = 10.0

NOTHING_FITS = "no password fits that is known"
TOO_MANY = "it has too many files"
TOO_LONG = f"trying passwords took {_SECONDS:g} s"


def main() -> None:
    """Do it."""
    _bound(resource.RLIMIT_AS, _MEMORY)
    _bound(resource.RLIMIT_CPU, _CPU)
    _bound(resource.RLIMIT_FSIZE, 0)
    _bound(resource.RLIMIT_CORE, 0)
    archive = sys.stdin.buffer.read()
    with os.fdopen(int(sys.argv[1]), "rb") as stream:
        words = stream.read().split(b"\n")
    opened, why = tried(archive, words)
    sys.stdout.buffer.write(why.encode() + b"\n" + opened)
    sys.stdout.buffer.flush()


def tried(archive: bytes, words: Sequence[bytes]) -> tuple[bytes, str]:
    """Return a zip of what could be opened in an archive, and why the rest could not.

    Args:
        archive: A zip, or 7z.
        words: Passwords, the likeliest first.
    """
    if not seven_zipped.is_one(archive):
        files = zipped.locked_files(archive)
        opened, why = unlocked(files[: zipped.MOST_FILES], words)
        if not files or len(files) > zipped.MOST_FILES:
            why = TOO_MANY
        return zipped.without_lock(opened) if opened else b"", why
    try:
        plain = seven_zipped.opened(archive, words, _ticking())
    except TimeoutError:
        return b"", TOO_LONG
    except UnlistedError as error:
        return b"", str(error)
    return (b"", NOTHING_FITS) if plain is None else (plain, "")


def unlocked(
    files: Sequence[LockedFile], words: Sequence[bytes]
) -> tuple[list[tuple[LockedFile, bytes]], str]:
    """Return what could be opened, and why the rest could not (empty if there is none).

    Args:
        files: Locked files; each may have a password of its own.
        words: Passwords, the likeliest first.
    """
    tick = _ticking()
    opened: list[tuple[LockedFile, bytes]] = []
    why = ""
    known: dict[bytes, None] = {}
    # The smallest is opened first, because a wrong password takes longer with a large one.
    for file in sorted(files, key=lambda one: len(one.data)):
        try:
            found = _first_that_opens(file, dict.fromkeys((*known, *words)), tick)
        except TimeoutError:
            return opened, TOO_LONG
        if found is None:
            why = NOTHING_FITS
        else:
            word, packed = found
            known.setdefault(word)
            opened.append((file, packed))
    return opened, why


def _ticking() -> Callable[[], None]:
    """Return what raises TimeoutError once the time is over."""
    until = time.monotonic() + _SECONDS

    def tick() -> None:
        if time.monotonic() > until:
            raise TimeoutError

    return tick


def _first_that_opens(
    file: LockedFile, words: Iterable[bytes], tick: Callable[[], None]
) -> tuple[bytes, bytes] | None:
    for word in words:
        tick()
        if (packed := file.opened(word, tick)) is not None:
            return word, packed
    return None


def _bound(what: int, limit: int) -> None:
    _, most = resource.getrlimit(what)
    limit = limit if most == resource.RLIM_INFINITY else min(limit, most)
    resource.setrlimit(what, (limit, limit))


if __name__ == "__main__":
    main()

"""Names of files that senders chose: made fit to be shown, and seen through."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator

_LONGEST = 100
_ORDINARY = re.compile(r"[\w.()@,=#-]*[\w)]", re.ASCII)
_FOLDER = re.compile(r"[/\\]")
_MAX_NAME = 4096


def tame(name: str) -> str:
    """Return a name with a question mark for all that is not printable, and not too long.

    Not printable are line breaks and all other controls, and what turns the writing direction, with
    which ``exe.doc`` is made of ``cod.exe``.
    """
    cut = name if len(name) <= _LONGEST else f"{name[: _LONGEST - 3]}..."
    return "".join(char if char.isprintable() else "?" for char in cut)


def in_ascii(text: str) -> str:
    """Return a text with a question mark for all that is not printable ASCII."""
    return "".join(char if " " <= char <= "~" else "?" for char in text)


def forms(name: str) -> Iterator[str]:
    """Yield what a file may be called once it is saved, in small letters.

    Without the folders before it, controls and marks of the writing direction in it, and dots and
    blanks behind it, which Windows drops; also cut at a NUL or at a colon (a stream of NTFS), with
    wide and other odd letters as plain ones, and out of UTF-7.
    """
    base = name[max(name.rfind("/"), name.rfind("\\")) + 1 :]
    if _ORDINARY.fullmatch(base):  # nearly all of what is in archives
        yield base.casefold()
        return
    seen: set[str] = set()
    for text in _readings(name[-_MAX_NAME:]):
        for piece in (text, text.partition("\0")[0], text.partition(":")[0]):
            form = _saved(piece)
            if form and form not in seen:
                seen.add(form)
                yield form


def _readings(name: str) -> Iterator[str]:
    yield name
    if not name.isascii():
        yield unicodedata.normalize("NFKC", name)
    if "+" in name and name.isascii():
        yield name.encode("ascii").decode("utf-7", "replace")


def _saved(name: str) -> str:
    base = _FOLDER.split(name.rstrip("/\\"))[-1]
    plain = base if base.isprintable() else "".join(filter(str.isprintable, base))
    return plain.strip(" \"'").rstrip(". ").casefold()

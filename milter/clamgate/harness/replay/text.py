"""Bytes of others', made fit for a terminal and for JSON."""

from __future__ import annotations

import os


def printable(data: bytes) -> str:
    r"""Return text in which what is not UTF-8, or not printable, is spelled out (``\x1b``)."""
    text = data.decode(errors="backslashreplace")
    return "".join(c if c.isprintable() else _escaped(c) for c in text)


def printable_name(path: str) -> str:
    """Do the same for a file's name, whose bytes need not be UTF-8."""
    return printable(os.fsencode(path))


def _escaped(character: str) -> str:
    return character.encode("unicode_escape").decode()

"""POSIX extended expressions, as Henry Spencer's library reads them (its p_ere)."""

from __future__ import annotations

from clamgate.config.regex.brackets import bracket
from clamgate.config.regex.syntax import (
    ANY,
    ESCAPED_BOUNDARIES,
    Anchor,
    Choice,
    Node,
    Reader,
    Repeat,
    Sequence,
    literal,
    repeated,
)

_ANCHORS = {ord("^"): Anchor.START, ord("$"): Anchor.END}
_REPEATS = {b"*": (0, None), b"+": (1, None), b"?": (0, 1)}


def parse_extended(pattern: bytes) -> Node:
    """Return the tree of an extended expression.

    Raises:
        RegexError: It is none, or one that we do not support.
    """
    return _choice(Reader(pattern), in_group=False)


def _choice(reader: Reader, *, in_group: bool) -> Node:
    branches = [_sequence(reader, in_group=in_group)]
    while reader.eat(b"|"):
        branches.append(_sequence(reader, in_group=in_group))
    return branches[0] if len(branches) == 1 else Choice(tuple(branches))


def _sequence(reader: Reader, *, in_group: bool) -> Node:
    """Read one alternative."""
    parts: list[Node] = []
    while reader.more() and not reader.sees(b"|") and not (in_group and reader.sees(b")")):
        parts.append(_piece(reader))
    if all(isinstance(part, Repeat) and part.most == 0 for part in parts):
        raise reader.error("an empty expression or alternative: remove it, or write ()")
    return Sequence(tuple(parts))


def _piece(reader: Reader) -> Node:
    """Read one atom and its repetition, of which there can be but one."""
    is_caret = reader.sees(b"^")
    atom = _atom(reader)
    bounds = _repetition(reader)
    if bounds is None:
        return atom
    if is_caret:
        raise reader.error("a ^ cannot be repeated: write \\^ for a plain one")
    if _repetition(reader) is not None:
        raise reader.error("a repetition of a repetition: put the inner one in parentheses")
    return repeated(atom, *bounds, reader)


def _repetition(reader: Reader) -> tuple[int, int | None] | None:
    """Read a repetition, if there is one. A brace is one only with a digit after it."""
    for sign, bounds in _REPEATS.items():
        if reader.eat(sign):
            return bounds
    if reader.sees(b"{") and reader.sees_digit(ahead=1):
        reader.take()
        return reader.bounds(b"}")
    return None


def _atom(reader: Reader) -> Node:
    if _repetition(reader) is not None:
        raise reader.error("*, +, ? or {1} with nothing to repeat: write \\* for a plain star")
    match byte := reader.take():
        case 0x28:  # (
            return _group(reader)
        case 0x5B:  # [
            return bracket(reader)
        case 0x2E:  # .
            return ANY
        case 0x5C:  # \
            return _escaped(reader)
        case _:  # also a ) that closes nothing
            return _ANCHORS.get(byte) or literal(byte)


def _escaped(reader: Reader) -> Node:
    """Read what stands after a backslash: a word boundary, or a byte that stands for itself."""
    if not reader.more():
        raise reader.error("a backslash at the end: write \\\\ for a plain one")
    for sign, anchor in ESCAPED_BOUNDARIES.items():
        if reader.eat(sign):
            return anchor
    return literal(reader.take())


def _group(reader: Reader) -> Node:
    reader.enter_group()
    empty = not reader.more() or reader.sees(b")")
    inner = Sequence(()) if empty else _choice(reader, in_group=True)
    if not reader.eat(b")"):
        raise reader.error("a ( is not closed: write \\( for a plain parenthesis")
    reader.leave_group()
    return inner

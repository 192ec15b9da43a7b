"""POSIX basic expressions, as Henry Spencer's library reads them (its p_bre)."""

from __future__ import annotations

from clamgate.config.regex.brackets import bracket
from clamgate.config.regex.syntax import (
    ANY,
    ESCAPED_BOUNDARIES,
    ESCAPED_BRACE,
    Anchor,
    Node,
    Reader,
    Repeat,
    Sequence,
    literal,
    repeated,
)

_CLOSE = b"\\)"


def parse_basic(pattern: bytes) -> Node:
    """Return the tree of a basic expression.

    Raises:
        RegexError: It is none, or one that we do not support.
    """
    reader = Reader(pattern)
    return _sequence(reader, in_group=False)


def _sequence(reader: Reader, *, in_group: bool) -> Node:
    """Read up to the end of the expression or group.

    ``^`` is an anchor only here at the start, ``$`` only at the very end, and neither if repeated.
    A ``*`` right at the start stands for itself.
    """
    parts: list[Node] = [Anchor.START] if reader.eat(b"^") else []
    first = True
    while reader.more() and not (in_group and reader.sees(_CLOSE)):
        parts.append(_piece(reader, first=first, in_group=in_group))
        first = False
    if all(isinstance(part, Repeat) and part.most == 0 for part in parts):
        raise reader.error("an empty expression: remove it")
    return Sequence(tuple(parts))


def _piece(reader: Reader, *, first: bool, in_group: bool) -> Node:
    """Read one atom and its repetition."""
    is_dollar = reader.sees(b"$")
    atom = _atom(reader, star_is_plain=first)
    if reader.eat(b"*"):
        return repeated(atom, 0, None, reader)
    if reader.eat(ESCAPED_BRACE):
        return repeated(atom, *reader.bounds(b"\\}"), reader)
    at_end = not reader.more() or (in_group and reader.sees(_CLOSE))
    return Anchor.END if is_dollar and at_end else atom


def _atom(reader: Reader, *, star_is_plain: bool) -> Node:
    match byte := reader.take():
        case 0x2E:  # .
            return ANY
        case 0x5B:  # [
            return bracket(reader)
        case 0x2A if not star_is_plain:  # *
            raise reader.error("a * has nothing to repeat: write \\* for a plain star")
        case 0x5C:  # \
            return _escaped(reader)
        case _:
            return literal(byte)


def _escaped(reader: Reader) -> Node:
    """Read what stands after a backslash: a group, a boundary, or a byte that stands for itself."""
    if not reader.more():
        raise reader.error("a backslash at the end: write \\\\ for a plain one")
    if reader.eat(b"("):
        return _group(reader)
    if reader.sees(b"{"):
        raise reader.error("a \\{ has nothing to repeat: write { for a plain brace")
    if reader.sees(b")") or reader.sees(b"}"):
        raise reader.error("a \\) or \\} that closes nothing: leave the backslash out")
    for sign, anchor in ESCAPED_BOUNDARIES.items():
        if reader.eat(sign):
            return anchor
    if reader.sees_digit() and not reader.sees(b"0"):
        raise reader.unsupported("back-references are not supported")
    return literal(reader.take())


def _group(reader: Reader) -> Node:
    reader.enter_group()
    empty = not reader.more() or reader.sees(_CLOSE)
    inner = Sequence(()) if empty else _sequence(reader, in_group=True)
    if not reader.eat(_CLOSE):
        raise reader.error("a \\( is not closed: write ( for a plain parenthesis")
    reader.leave_group()
    return inner

"""Bracket expressions, ``[a-z]`` and the like, which are the same in both dialects."""

from __future__ import annotations

import string

from clamgate.config.regex.syntax import Anchor, OneOf, Reader, RegexError, both_cases

_BOUNDARIES = {b"[:<:]]": Anchor.WORD_START, b"[:>:]]": Anchor.WORD_END}
_EVERY_BYTE = frozenset(range(256))
_FIRST_8_BIT = 0x80

# As the library has them in any locale: ASCII only.
_CLASSES = {
    name: frozenset(members.encode())
    for name, members in {
        b"alnum": string.ascii_letters + string.digits,
        b"alpha": string.ascii_letters,
        b"blank": " \t",
        b"cntrl": "".join(map(chr, [*range(1, 0x20), 0x7F])),
        b"digit": string.digits,
        b"graph": string.ascii_letters + string.digits + string.punctuation,
        b"lower": string.ascii_lowercase,
        b"print": string.ascii_letters + string.digits + string.punctuation + " ",
        b"punct": string.punctuation,
        b"space": string.whitespace,
        b"upper": string.ascii_uppercase,
        b"xdigit": string.hexdigits,
    }.items()
}


def bracket(reader: Reader) -> OneOf | Anchor:
    """Read a bracket expression whose opening bracket has been read.

    Raises:
        RegexError: It is none, or one that we do not support.
    """
    for text, anchor in _BOUNDARIES.items():
        if reader.eat(text):
            return anchor
    return _one_of(reader)


def _one_of(reader: Reader) -> OneOf:
    negated = reader.eat(b"^")
    allowed: set[int] = set()
    if reader.eat(b"]"):
        allowed.add(ord("]"))
    elif reader.eat(b"-"):
        allowed.add(ord("-"))
    while reader.more() and not reader.sees(b"]") and not reader.sees(b"-]"):
        allowed |= _term(reader)
    if reader.eat(b"-"):
        allowed.add(ord("-"))
    if not reader.eat(b"]"):
        raise _unclosed(reader)
    cased = both_cases(frozenset(allowed))
    return OneOf(_EVERY_BYTE - cased if negated else cased)


def _term(reader: Reader) -> frozenset[int]:
    """Read a class, an equivalence class, a range or a single byte."""
    if reader.sees(b"-"):
        raise reader.error("a - inside of brackets must come first or last, or be part of a range")
    if reader.eat(b"[:"):
        return _class(reader)
    if reader.eat(b"[="):
        if reader.sees(b"-") or reader.sees(b"]"):
            raise reader.error("- and ] have no equivalence class: write [.-.] or [.].]")
        return frozenset((_named(reader, b"=]"),))
    start = _symbol(reader)
    if not reader.sees(b"-") or reader.sees(b"-]"):
        return frozenset((start,))
    reader.take()
    finish = ord("-") if reader.eat(b"-") else _symbol(reader)
    return _range(start, finish, reader)


def _range(start: int, finish: int, reader: Reader) -> frozenset[int]:
    if (start < _FIRST_8_BIT) != (finish < _FIRST_8_BIT):
        raise reader.unsupported("a range cannot mix ASCII and other characters: write it as two")
    if start > finish:
        raise reader.error("a range inside of brackets runs backwards")
    return frozenset(range(start, finish + 1))


def _class(reader: Reader) -> frozenset[int]:
    name = reader.take_until(b":]")
    if name is None:
        raise _unclosed(reader)
    try:
        return _CLASSES[name]
    except KeyError:
        raise reader.error(
            f"there is no class [:{name.decode(errors='replace')}:]: the classes are"
            f" {', '.join(known.decode() for known in _CLASSES)}"
        ) from None


def _symbol(reader: Reader) -> int:
    """Read one byte, perhaps written as ``[.x.]``."""
    if not reader.more():
        raise _unclosed(reader)
    return _named(reader, b".]") if reader.eat(b"[.") else reader.take()


def _named(reader: Reader, close: bytes) -> int:
    name = reader.take_until(close)
    if name is None:
        raise _unclosed(reader)
    if not name:
        raise reader.error("no character is named: write it between the dots or equals signs")
    if len(name) > 1:
        raise reader.unsupported(
            f"the character {name.decode(errors='replace')} cannot be named: write it itself"
        )
    return name[0]


def _unclosed(reader: Reader) -> RegexError:
    return reader.error("a [ is not closed: write \\[ for a plain bracket")

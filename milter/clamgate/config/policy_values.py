"""The values of what makes rules: text in, value out, or a ValueError that says what is right."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import NoReturn

from clamgate.config.values import one_of_enum
from clamgate.core.addresses import AddressSet
from clamgate.core.contents import FilePattern
from clamgate.core.rules import Action, SignatureException, TagHeader
from clamgate.core.signatures import Glob, SignatureClass

ACTION_WORDS = tuple(action.value for action in Action)

AMBIGUOUS_WORDS = tuple(word for word in ACTION_WORDS if word != Action.STRIP.value)

_ACTION = one_of_enum(Action)
_FOR_AMBIGUOUS = one_of_enum(
    tuple(one for one in Action if one is not Action.STRIP),
    " (what programs disagree on cannot be taken out)",
)
_GLOB = re.compile(r"[!-~]+")
_CLASS = re.compile(r"[a-z][a-z0-9_-]*", re.IGNORECASE)
_DOMAIN = re.compile(r"[^\s@<>*?,;:\[\]]+(?<!\.)")
_FIELD_NAME = re.compile(r"[!-9;-~]+")  # RFC 5322, 2.2: printable ASCII but for the colon
_LONGEST_TEXT = 900
_OUR_OWN = ("x-virus-scanned", "x-virus-status")


@dataclass(frozen=True, slots=True)
class OnSignature:
    """A line of OnSignature: a class or pattern, as it is written, and what is done."""

    word: str
    action: Action


@dataclass(frozen=True, slots=True)
class OnAttachment:
    """A line of OnAttachment: a pattern for names or types, and what is done."""

    pattern: FilePattern
    action: Action


def action(text: str) -> Action:
    """Parse the word for an action, in any case."""
    return _ACTION(text)


def on_signature(text: str) -> OnSignature:
    """Parse ``CLASS-or-GLOB ACTION``."""
    words = text.split()
    if len(words) != 2:  # noqa: PLR2004  what the message says
        raise ValueError("must be a class or a pattern and an action: phishing Tag")
    try:
        return OnSignature(words[0], action(words[1]))
    except ValueError as error:
        raise ValueError(f'the action "{words[1]}" {error}') from None


def on_attachment(text: str) -> OnAttachment:
    """Parse ``GLOB-or-TYPE ACTION``; the first may stand in double quotes, or all of it."""
    given, word = _pattern_and_word(text)
    if not given or not word:
        raise ValueError('must be a name or a type, and an action: "*.exe" Reject')
    pattern = file_pattern(given)
    try:
        return OnAttachment(pattern, action(word))
    except ValueError as error:
        raise ValueError(f'the action "{word}" {error}') from None


def action_for_ambiguous(text: str) -> Action:
    """Parse the word for an action for mail that programs disagree on: any but Strip."""
    return _FOR_AMBIGUOUS(text)


def _pattern_and_word(text: str) -> tuple[str, str]:
    if text.startswith('"'):
        inner, _, rest = text[1:].rpartition('"')
        if rest.strip():
            return inner, rest.strip()
        text = inner
    pattern, _, word = text.strip().rpartition(" ")
    return pattern.strip(), word


def file_pattern(text: str) -> FilePattern:
    """Parse a pattern for the names of files (``*.exe``) or for their types (``video/*``)."""
    kind, slash, rest = text.partition("/")
    if slash and not (kind and rest and "/" not in rest):
        raise ValueError(
            f'"{text}" is no type, such as application/zip or video/*, and a pattern for names has'
            " no slash: folders do not count"
        )
    if not text.strip() or not text.isprintable():
        raise ValueError("must be a pattern for names, such as *.exe, or a type")
    if not slash and text.strip("*?.") == "":
        raise ValueError(f'"{text}" fits any name: name what it is that must not come in')
    return FilePattern(text.strip())


def glob(text: str) -> Glob:
    """Parse a pattern for names of signatures."""
    if not _GLOB.fullmatch(text):
        raise ValueError("must be the name of a signature, in which * stands for anything")
    return Glob(text)


def signature_class(text: str) -> SignatureClass:
    """Parse ``NAME GLOB...``."""
    name, *globs = text.split() or [""]
    if not _CLASS.fullmatch(name):
        raise ValueError(f'"{name}" is no name for a class: letters, digits, - and _ only')
    if not globs:
        raise ValueError(f"must name the signatures that are in it: {name} Foo.Bar.*")
    return SignatureClass(name.lower(), tuple(map(glob, globs)))


def signature_exception(text: str) -> SignatureException:
    """Parse ``GLOB [until DATE] [for ADDRESS-or-DOMAIN]``."""
    pattern, *words = text.split() or [""]
    given: dict[str, str] = {}
    while words:
        word, value, *rest = [*words, ""]
        if word.lower() not in {"until", "for"} or not value or word.lower() in given:
            raise ValueError("must be GLOB, then perhaps `until YYYY-MM-DD`, and `for ADDRESS`")
        given[word.lower()], words = value, rest[:-1]
    return SignatureException(
        glob(pattern),
        until=_end_of(given["until"]) if "until" in given else None,
        recipients=addresses([given["for"]]) if "for" in given else None,
        name=f"ExceptSignature {text}",
    )


def ended(text: str) -> str | None:
    """Say so if an exception holds no more."""
    until = signature_exception(text).until
    if until is not None and until <= datetime.now().timestamp():  # noqa: DTZ005  a local day
        return "has ended and has no effect any more: remove it"
    return None


def addresses(texts: Iterable[str]) -> AddressSet:
    """Parse addresses, domains (``example.org``) and all below them (``.example.org``).

    A lone ``<>`` is the sender of bounces.
    """
    whole: set[bytes] = set()
    domains: set[bytes] = set()
    below: set[bytes] = set()
    for text in texts:
        bare = text[1:-1] if text.startswith("<") and text.endswith(">") else text
        local, at, domain = bare.lower().rpartition("@")
        if not bare and text:
            whole.add(b"")
        elif "*" in local or not _DOMAIN.fullmatch(domain) or ".." in domain or domain == ".":
            _no_address(text)
        elif local and not domain.startswith("."):
            whole.add(bare.lower().encode())
        elif not local and domain.startswith(".") and not at:
            below.add(domain[1:].encode())
        elif not local and not domain.startswith("."):
            domains.add(domain.encode())
        else:
            _no_address(text)
    return AddressSet(frozenset(whole), frozenset(domains), frozenset(below))


def tag_header(text: str) -> TagHeader:
    """Parse ``Name: text``."""
    name, colon, value = text.partition(":")
    if not colon or not _FIELD_NAME.fullmatch(name):
        raise ValueError('must be a header field, "Name: text"')
    if name.lower() == "subject":
        raise ValueError("would add a second Subject: write TagSubject to put words before it")
    if name.lower() in _OUR_OWN:
        raise ValueError(f"{name} is what Tag sets in any case")
    if not value.strip():
        raise ValueError(f"must have a text after {name}:")
    if not value.isprintable():
        raise ValueError("must be printable text")
    if len(text) > _LONGEST_TEXT:
        raise ValueError(f"is too long: {_LONGEST_TEXT} characters are the most")
    return TagHeader(name, value.strip())


def _end_of(text: str) -> float:
    """Return when a day has ended here, in seconds since 1970."""
    try:
        day = date.fromisoformat(text)
        return datetime.combine(day + timedelta(days=1), time()).timestamp()
    except (ValueError, OverflowError):
        raise ValueError(f'"{text}" is no date: write YYYY-MM-DD, such as 2026-12-31') from None


def _no_address(text: str) -> NoReturn:
    hint = ""
    if text.startswith(("*@", "*.")):
        hint = f': write "{text[2:] if text[1] == "@" else text[1:]}"'
    raise ValueError(
        f'"{text}" is no address (tom@example.org), no domain (example.org), and not all below one'
        f" (.example.org){hint}"
    )

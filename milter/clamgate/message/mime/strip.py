"""Taking parts out of a message: a text stands in for each, and every other byte is as it was."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from clamgate.core.verdict import Hit
from clamgate.message.mime.extractor import Extractor
from clamgate.message.mime.notice import notice
from clamgate.message.mime.structure import Entity, doubt_of, leaves, take_apart

_MAX_LEAVES = 500
_MAX_SECONDS = 20.0
_NOTHING_LEFT = "nothing else would be left of it"
_NO_PART = "what was found is in no part of its own"


class CannotStripError(Exception):
    """What was found cannot be taken out of a message. The text says why, for people."""


@dataclass(frozen=True, slots=True)
class Stripped:
    """A message without some of its parts.

    Attributes:
        header: Its bytes up to the body, which are those of the message it was made from.
        body: The rest, in pieces.
    """

    header: bytes
    body: tuple[memoryview, ...]


def strip(
    message: bytes,
    hits: Sequence[Hit],
    rule: str,
    clock: Callable[[], float] = time.monotonic,
) -> Stripped:
    """Put a text in the place of each part in which something was found.

    Args:
        message: Header, empty line, body.
        hits: The parts, by their SHA-256; every part with the same bytes goes.
        rule: The name of the rule that has them removed, for the text.
        clock: Monotonic seconds.

    Raises:
        CannotStripError: A program might see a part elsewhere, or nothing would be left.
    """
    if not hits:
        raise CannotStripError(_NO_PART)
    root = take_apart(message)
    places = _places(message, hits, root, clock)
    body = message[root.body :]
    if not body.count(b"\n") == body.count(b"\r") == body.count(b"\r\n"):
        raise CannotStripError("it has line ends that would be changed with the rest")
    view = memoryview(message)
    pieces: list[memoryview] = []
    at = root.body
    for unit, found in places.items():
        pieces += (view[at : unit.start], memoryview(notice(found, rule)))
        at = unit.end
    return Stripped(message[: root.body], (*pieces, view[at:]))


def _places(
    message: bytes,
    hits: Sequence[Hit],
    root: Entity,
    clock: Callable[[], float],
) -> dict[Entity, list[Hit]]:
    """Return what is to be replaced, in the message's order, and what was found in each."""
    wanted = {hit.part.sha256: hit for hit in hits}
    missing = set(wanted)
    until = clock() + _MAX_SECONDS
    places: dict[Entity, list[Hit]] = {}
    is_any_left = False
    for number, leaf in enumerate(leaves(root)):
        if number == _MAX_LEAVES:
            raise CannotStripError(f"it has more than {_MAX_LEAVES} parts")
        if clock() > until:
            raise CannotStripError(f"taking it apart takes longer than {_MAX_SECONDS:g} s")
        digests = _digests(message[leaf.entity.start : leaf.entity.end])
        found = [wanted[digest] for digest in digests if digest in wanted]
        if not found:
            is_any_left = is_any_left or bool(digests)
            continue
        if doubt := doubt_of(message, leaf.entity):
            raise CannotStripError(doubt)
        if leaf.unit is None:
            raise CannotStripError(_NOTHING_LEFT)
        places[leaf.unit] = found
        missing.difference_update(digests)
    if missing:
        raise CannotStripError(_NO_PART)
    if not is_any_left:
        raise CannotStripError(_NOTHING_LEFT)
    return places


def _digests(entity: bytes) -> list[str]:
    """Return the digest of all that any program finds in an entity, unless it is blank."""
    return [part.sha256 for part in Extractor(entity).parts()]

"""Files read into mails, one mail at a time."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from clamgate.harness.replay.find import STDIN, Problem, Source, why
from clamgate.harness.replay.mbox import begins_mbox, mails

_LOOK = 4096


@dataclass(frozen=True, slots=True)
class Mail:
    """One mail as it lies in its file.

    Attributes:
        name: The file, and which one in it (``old.mbox#3``).
        raw: Its bytes.
    """

    name: str
    raw: bytes


def read(sources: Iterable[Source], limit: int) -> Iterator[Mail | Problem]:
    """Yield what is in the files; a file that cannot be read is a Problem among the others.

    Args:
        sources: In this order.
        limit: A larger mail is a Problem too, in bytes.
    """
    for source in sources:
        try:
            with _opened(source.path) as stream:
                yield from _mails(source, stream, limit)
        except OSError as error:
            yield Problem(source.path, f"cannot read it: {why(error)}")


def _opened(path: str) -> BufferedReader:
    if path == STDIN:
        return os.fdopen(0, "rb", closefd=False)
    return Path(path).open("rb")


def _mails(source: Source, stream: BufferedReader, limit: int) -> Iterator[Mail | Problem]:
    too_large = f"larger than {limit} bytes (--max-size)"
    if source.single or not begins_mbox(stream.peek(_LOOK)):
        raw = stream.read(limit + 1)
        if len(raw) > limit:
            yield Problem(source.path, too_large)
        else:
            yield Mail(source.path, raw)
        return
    for number, one in enumerate(mails(stream, limit), 1):
        name = f"{source.path}#{number}"
        if one is None:
            yield Problem(name, too_large)
        else:
            yield Mail(name, one)

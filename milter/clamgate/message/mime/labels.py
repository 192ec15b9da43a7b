"""What files are called in a message."""

from __future__ import annotations

from dataclasses import dataclass

from clamgate.message.mime import values
from clamgate.message.mime.limits import CutOffError

_MAX_NAMES = 500


@dataclass(slots=True)
class Label:
    """What something that is attached is called, and of what type it is said to be.

    Attributes:
        path: Where it stands, under the first reading that found it.
        sha256: Of its bytes; empty for a message or multipart that is attached as a whole.
        names: Under all readings, in their order.
        kinds: Its declared media types, so, too.
    """

    path: str
    sha256: str
    names: dict[str, None]
    kinds: dict[str, None]


def file_names(types: list[bytes], dispositions: list[bytes]) -> tuple[str, ...]:
    """Return the file names that programs may show for an entity.

    Args:
        types: The values of its Content-Type fields.
        dispositions: Those of its Content-Disposition fields.

    Raises:
        CutOffError: They are too many: any of them may be the one that some program takes.
    """
    names = (
        *values.parameter(dispositions, b"filename"),
        *values.parameter(types, b"name"),
    )
    plain = (text_of(name.strip(b"\"' ")) for name in names if not values.holds_words(name))
    found = tuple(dict.fromkeys(filter(None, plain)))
    if len(found) > _MAX_NAMES:
        raise CutOffError(f"more than {_MAX_NAMES} names of one part")
    return found


def text_of(name: bytes) -> str:
    """Return a name that is UTF-8, or at least ASCII in what counts."""
    return name.decode("utf-8", "replace")

"""What stands in a message where a part was taken out of it."""

from __future__ import annotations

from binascii import b2a_qp
from collections.abc import Iterator, Sequence

from clamgate.core.filenames import tame
from clamgate.core.verdict import Hit

_HEADER = (
    b"Content-Type: text/plain; charset=utf-8\r\n"
    b"Content-Transfer-Encoding: quoted-printable\r\n"
    b"\r\n"
)
_FIRST = "A part of this message was removed by the mail filter."
_MOST = 20


def notice(hits: Sequence[Hit], rule: str) -> bytes:
    """Return a part, header and body, that says what stood in its place; no line end behind it.

    No delimiter can stand in it, whatever the names are of what was there.

    Args:
        hits: What was found there.
        rule: The name of the rule that has it removed.
    """
    blocks = ["\r\n".join(_about(hit, rule)) for hit in hits[:_MOST]]
    if len(hits) > _MOST:
        blocks.append(f"And {len(hits) - _MOST} more.")
    text = "\r\n\r\n".join([_FIRST, *blocks])
    return _HEADER + b2a_qp(text.encode()).replace(b"--", b"-=2D")


def _about(hit: Hit, rule: str) -> Iterator[str]:
    part = hit.part
    for name in part.names:
        yield f"Name:    {tame(name)}"
    kinds = dict.fromkeys(filter(None, (part.declared, part.detected)))
    yield f"Type:    {tame(' or '.join(kinds)) or 'unknown'}"
    yield f"Size:    {part.size} bytes"
    yield f"SHA-256: {part.sha256}"
    if hit.signatures:
        yield f"Found:   {tame(', '.join(hit.signatures))}"
    yield f"Rule:    {tame(rule)}"

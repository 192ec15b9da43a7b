"""Cases for a policy, in TOML: a message that might come, and what must become of it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from typing import Any

from clamgate.config import policy_values, values
from clamgate.config.policy_file import size
from clamgate.config.problems import Findings, Place
from clamgate.config.toml_lines import Document
from clamgate.config.toml_tables import (
    Parser,
    read_table,
    switch,
    tables,
    text,
    text_by,
    texts,
    texts_by,
)
from clamgate.core.contents import UNLISTED, AttachedFile, Contents
from clamgate.core.envelope import Client, Envelope, Message
from clamgate.core.networks import Address
from clamgate.core.parts import FoundPart
from clamgate.core.rules import Action, Kind
from clamgate.core.verdict import Clean, Failed, Infected, Unscanned, Verdict

_KINDS = {kind.value: kind for kind in Kind}
_LIMITS = "Heuristics.Limits."


@dataclass(frozen=True, slots=True)
class PolicyCase:
    """A message with a verdict, and what is expected.

    Attributes:
        name: What it is about.
        verdict: The scan's.
        message: The message.
        actions: What is expected for each recipient, or for all if it is one only.
        rule: What the name or place of the rule must contain; empty for any.
        place: Where it is written.
    """

    name: str
    verdict: Verdict
    message: Message
    actions: tuple[Action, ...]
    rule: str
    place: Place


def cases_of(document: Document, findings: Findings) -> tuple[PolicyCase, ...]:
    """Return the cases of a file; what is wrong in it is told, by its lines."""
    read_table(document, (), {"case": lambda _: None}, findings)
    return tuple(
        case
        for index in tables(document, "case", findings)
        if (case := _case(document, index, findings)) is not None
    )


def verdict_of(
    signatures: tuple[str, ...], kind: Kind | None = None, attachments: Collection[str] = ()
) -> Verdict:
    """Return a verdict with these signatures, or of this kind.

    What it is by default follows from the signatures: clamd has names for its own limits, too.

    Raises:
        ValueError: The two do not go together.
    """
    limits = [name for name in signatures if name.startswith(_LIMITS)]
    if kind is None:
        # An archive that cannot be listed makes clean mail one that was not looked at whole.
        kind = Kind.OVERSIZE if UNLISTED in attachments else Kind.CLEAN
        if signatures:
            kind = Kind.OVERSIZE if len(limits) == len(signatures) else Kind.INFECTED
    match kind:
        case Kind.INFECTED if signatures:
            return Infected(signatures)
        case Kind.INFECTED:
            raise ValueError("an infected message has a signature: name one")
        case Kind.OVERSIZE if len(signatures) <= 1:
            return Unscanned("larger than a limit", "".join(signatures))
        case _ if signatures:
            raise ValueError(f"a signature makes no {kind.value} message")
        case Kind.FAILED:
            return Failed("no clamd answers")
        case _:
            return Clean()


def path_of(written: str) -> bytes:
    """Parse an address as an envelope path: ``tom@example.org``, or ``<>``."""
    if not written.isprintable() or " " in written:
        raise ValueError(f'"{written}" is no address')
    return b"<" + written.removeprefix("<").removesuffix(">").encode() + b">"


def address(written: str) -> Address:
    """Parse the IP address of a client."""
    try:
        return ip_address(written)
    except ValueError:
        raise ValueError(f'"{written}" is no IP address') from None


def message_of(found: Mapping[str, Any]) -> Message:
    """Return a message with what is given of it: client, from, to, login, size, contents."""
    client: Address | None = found.get("client")
    login: str | None = found.get("login")
    envelope = Envelope(
        Client(host=f"[{client}]" if client else "unknown", address=client),
        found.get("from", b"<sender@example.org>"),
        found.get("to", (b"<recipient@example.net>",)),
        None if login is None else login.encode(),
    )
    contents = contents_of(found.get("attachment", ()), ambiguous=found.get("ambiguous", False))
    return Message(envelope, size=found.get("size", 0), contents=contents)


def contents_of(attachments: Collection[str], *, ambiguous: bool) -> Contents:
    """Return contents with these files, each a name or a type; perhaps the first is disputed.

    The word ``unlisted`` stands for an archive that cannot be listed.
    """
    files = [
        AttachedFile(
            () if "/" in one else (one,),
            (one,) if "/" in one else (),
            FoundPart("1", (one,), "", "", 0, ""),
        )
        for one in attachments
        if one != UNLISTED
    ]
    part = files[0].part if files else FoundPart("1", (), "", "", 0, "")
    return Contents(
        files=tuple(files),
        disputed=(part,) if ambiguous else (),
        unlisted=("an archive",) if UNLISTED in attachments else (),
    )


_PARSERS: Mapping[str, Parser] = {
    "name": text,
    "signature": texts,
    "verdict": text_by(values.one_of(_KINDS)),
    "from": text_by(path_of),
    "to": texts_by(path_of),
    "client": text_by(address),
    "login": text,
    "size": size,
    "attachment": texts,
    "ambiguous": switch,
    "action": texts_by(policy_values.action),
    "rule": text,
}


def _case(document: Document, index: int, findings: Findings) -> PolicyCase | None:
    path = ("case", index)
    found = read_table(document, path, _PARSERS, findings)
    place = document.place(*path)
    if "action" not in document.data["case"][index]:
        findings.error(place, 'this case has no action: add a line such as action = "Tag"')
    if found.keys() != document.data["case"][index].keys() or "action" not in found:
        return None
    try:
        verdict = verdict_of(
            found.get("signature", ()), found.get("verdict"), found.get("attachment", ())
        )
    except ValueError as error:
        findings.error(place, str(error))
        return None
    message = message_of(found)
    actions, recipients = found["action"], message.envelope.recipients
    if len(actions) not in (1, len(recipients)):
        findings.error(
            document.place(*path, "action"),
            f"action: name one for all, or one for each of the {len(recipients)} recipients",
        )
    name = found.get("name") or f"case {index + 1}"
    return PolicyCase(name, verdict, message, actions, found.get("rule", ""), place)

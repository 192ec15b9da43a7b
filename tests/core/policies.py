"""Messages and rules that the tests of the policy are about."""

from __future__ import annotations

from ipaddress import ip_address
from typing import Any

from clamgate.core.addresses import AddressSet
from clamgate.core.envelope import Client, Envelope, HeaderFacts, Message
from clamgate.core.rules import NO_TEXTS, Action, Condition, Kind, Rule, Texts
from clamgate.core.signatures import Glob, SignatureClass, SignatureClasses

CLASSES = SignatureClasses(
    [
        SignatureClass("phishing", (Glob("*Phishing*"),)),
        SignatureClass("limits", (Glob("Heuristics.Limits.*"),)),
    ]
)
SIGNED = frozenset({Kind.INFECTED, Kind.OVERSIZE})


def message(  # noqa: PLR0913  each is one thing that a test may want otherwise
    *recipients: str,
    sender: str = "a@x.example",
    address: str | None = "198.51.100.7",
    login: bytes | None = None,
    local: bool = False,
    size: int = 1000,
    headers: HeaderFacts | None = None,
) -> Message:
    client = Client("mx", ip_address(address) if address else None, local=local)
    paths = tuple(f"<{one}>".encode() for one in recipients or ("b@y.example",))
    envelope = Envelope(client, f"<{sender}>".encode(), paths, login, "Q1")
    return Message(envelope, headers or HeaderFacts(), size)


def people(*names: str) -> AddressSet:
    return AddressSet(addresses=frozenset(name.encode() for name in names))


def rule(action: Action, texts: Texts = NO_TEXTS, name: str = "", **when: Any) -> Rule:
    when.setdefault("kinds", SIGNED)
    return Rule(name or f"rule {action.value}", Condition(**when), action, texts, "p.toml:3")

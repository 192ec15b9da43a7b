"""PolicyFile: rules with conditions, in TOML."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from clamgate.config import policy_values, values
from clamgate.config.problems import Findings, Place
from clamgate.config.toml_lines import Document, read_toml
from clamgate.config.toml_tables import (
    Parser,
    did_you_mean,
    read_table,
    switch,
    tables,
    text,
    text_by,
    texts,
    texts_by,
)
from clamgate.core.contents import FileCondition
from clamgate.core.networks import Network
from clamgate.core.rules import SIGNED, Action, Condition, Kind, Rule, Texts
from clamgate.core.signatures import SignatureClasses

_KINDS = {kind.value: kind for kind in Kind if kind is not Kind.FAILED}
_INFECTED = frozenset({Kind.INFECTED})
_NOT_FAILED = " (of what could not be scanned, OnFail alone decides)"
_DIRECTIONS = {"in": False, "out": True}

_TEXTS_OF = {
    "reply": (Action.REJECT, Action.DEFER, Action.STRIP),
    "subject": (Action.TAG,),
    "headers": (Action.TAG,),
    "reason": (Action.STORE, Action.QUARANTINE, Action.STRIP),
}


@dataclass(frozen=True, slots=True)
class PolicyFile:
    """What a policy file says.

    Attributes:
        rules: Its rules, in their order.
        inside: The networks whose mail is outgoing.
    """

    rules: tuple[Rule, ...] = ()
    inside: tuple[Network, ...] = ()


def read_policy_file(
    path: str, named_at: Place, classes: SignatureClasses, findings: Findings
) -> PolicyFile:
    """Read a policy file; what is wrong in it is told, by its lines.

    Args:
        path: The file.
        named_at: Where the conf names it.
        classes: The classes that rules may name.
        findings: Told of it.
    """
    document = read_toml(path, named_at, findings)
    return PolicyFile() if document is None else policy_of(document, classes, findings)


def policy_of(document: Document, classes: SignatureClasses, findings: Findings) -> PolicyFile:
    """Do the same for a file that was read."""
    top: dict[str, Parser] = {"rule": lambda _: None, "inside": texts_by(network)}
    found = read_table(document, (), top, findings)
    parsers = _parsers(classes)
    rules = [
        rule
        for index in tables(document, "rule", findings)
        if (rule := _rule(document, index, parsers, findings)) is not None
    ]
    if not rules and "rule" not in document.data:
        findings.warn(document.place(), "has no [[rule]]: it changes nothing")
    return PolicyFile(tuple(rules), found.get("inside", ()))


def network(written: str) -> Network:
    """Parse a network or a single address."""
    try:
        return ipaddress.ip_network(written)
    except ValueError:
        pass
    try:
        right = ipaddress.ip_network(written, strict=False)
    except ValueError:
        raise ValueError(f'"{written}" is no network: write 192.0.2.0/24 or 192.0.2.1') from None
    raise ValueError(f'"{written}" has bits set beyond its mask: write {right}')


def _parsers(classes: SignatureClasses) -> Mapping[str, Parser]:
    return {
        "name": text_by(_name),
        "verdict": _verdicts,
        "class": _class_of(classes),
        "signature": texts_by(policy_values.glob),
        "from": lambda value: policy_values.addresses(texts(value)),
        "to": lambda value: policy_values.addresses(texts(value)),
        "client": texts_by(network),
        "authenticated": switch,
        "direction": text_by(values.one_of(_DIRECTIONS)),
        "larger": size,
        "smaller": size,
        "attachment": texts_by(policy_values.file_pattern),
        "ambiguous": switch,
        "action": text_by(policy_values.action),
        "reply": text_by(values.reply_text),
        "subject": _subject,
        "headers": _headers,
        "reason": text_by(values.reply_text),
    }


def _rule(
    document: Document, index: int, parsers: Mapping[str, Parser], findings: Findings
) -> Rule | None:
    path = ("rule", index)
    found = read_table(document, path, parsers, findings)
    place = document.place(*path)
    if "action" not in found:
        if "action" not in document.data["rule"][index]:
            findings.error(place, 'this rule has no action: add a line such as action = "Tag"')
        return None
    action: Action = found["action"]
    for name, actions in _TEXTS_OF.items():
        if name in found and action not in actions:
            words = values.alternatives(one.value for one in actions)
            findings.error(
                document.place(*path, name), f"{name} is for {words}, not for {action.value}"
            )
    condition = _condition(found, action)
    if action is Action.STRIP and not (condition.kinds & _INFECTED or condition.files):
        findings.error(
            document.place(*path, "action"),
            "action: Strip takes out what was found, or attachments: the verdict must be infected",
        )
    return Rule(
        name=f"{found.get('name') or f'rule {index + 1}'}: {action.value}",
        when=condition,
        action=action,
        texts=Texts(**{name: found.get(name) for name in _TEXTS_OF}),
        place=str(place),
    )


def kinds_about_contents(action: Action) -> frozenset[Kind]:
    """Return which verdicts a rule about what is attached is for, if it does not say so.

    Mail in which something was found is for the rules about that. What was not looked at whole is
    not let through for a file's sake.
    """
    return frozenset({Kind.CLEAN} if action.leaves_whole else {Kind.CLEAN, Kind.OVERSIZE})


def _condition(found: Mapping[str, Any], action: Action) -> Condition:
    kinds = _INFECTED
    if "class" in found or "signature" in found:
        kinds = SIGNED
    elif "attachment" in found or "ambiguous" in found:
        kinds = kinds_about_contents(action)
    return Condition(
        kinds=found.get("verdict", kinds),
        classes=found.get("class", frozenset()),
        signatures=found.get("signature", ()),
        files=FileCondition(found["attachment"]) if "attachment" in found else None,
        ambiguous=found.get("ambiguous"),
        senders=found.get("from"),
        recipients=found.get("to"),
        networks=found.get("client", ()),
        authenticated=found.get("authenticated"),
        outgoing=found.get("direction"),
        larger=found.get("larger"),
        smaller=found.get("smaller"),
    )


def _name(written: str) -> str:
    if not written.strip() or not written.isprintable():
        raise ValueError("must be printable text, on one line")
    return written.strip()


def _verdicts(value: object) -> frozenset[Kind]:
    return frozenset(map(values.one_of(_KINDS, _NOT_FAILED), texts(value)))


def _class_of(classes: SignatureClasses) -> Callable[[object], frozenset[str]]:
    known = dict.fromkeys(sorted(classes.names))

    def parse(value: object) -> frozenset[str]:
        names = [name.lower() for name in texts(value)]
        for name in names:
            if name not in known:
                raise ValueError(f'there is no class "{name}"{did_you_mean(name, known)}')
        return frozenset(names)

    return parse


def size(value: object) -> int:
    """Take a number of bytes, or text such as ``10M``."""
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        return value
    return values.size(text(value))


def _subject(value: object) -> str:
    return values.subject_tag(text(value)) if value else text(value)


def _headers(value: object) -> tuple[Any, ...]:
    return () if value == [] else tuple(map(policy_values.tag_header, texts(value)))

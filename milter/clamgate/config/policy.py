"""From directives, and the file of PolicyFile, to the rules."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import MappingProxyType
from typing import Any

from clamgate.config.assemble import host, inside, scanned_value
from clamgate.config.directives import TABLE
from clamgate.config.policy_file import PolicyFile, kinds_about_contents, read_policy_file
from clamgate.config.policy_values import OnAttachment, OnSignature
from clamgate.config.problems import Findings, Place
from clamgate.config.resolve import Values
from clamgate.config.signature_classes import SHIPPED
from clamgate.config.toml_tables import did_you_mean
from clamgate.core.contents import FileCondition, FilePattern
from clamgate.core.rules import SIGNED, Action, Condition, Rule, Rules
from clamgate.core.signatures import Glob, SignatureClasses

_PLACED = ("OnClean", "OnInfected", "OnFail", "OnOversize", "OnUnstrippable")
_ENCRYPTED = "encrypted"


def rules(values: Values, findings: Findings) -> Rules:
    """Return what becomes of mail, from the conf and the files it names.

    In front of the last four stand the rules of PolicyFile, then OnSignature and OnEncrypted in the
    order of their lines, then OnAttachment and OnAmbiguous so.
    """
    classes = SignatureClasses((*values["SignatureClass"], *SHIPPED))
    file = PolicyFile()
    if place := values.place("PolicyFile"):
        path = inside(values, values["PolicyFile"])
        file = read_policy_file(path, place, classes, findings)
    fields: dict[str, Any] = {
        directive.field.removeprefix("rules."): values[directive.name]
        for directive in TABLE
        if directive.field.startswith("rules.")
    }
    return Rules(
        **fields,
        scanned_value=scanned_value(values),
        host=host(values),
        ahead=(
            *file.rules,
            *_one_liners(values, classes, findings),
            *_about_contents(values),
        ),
        exceptions=tuple(
            replace(given.value, place=str(given.place))
            for given in values.given("ExceptSignature")
        ),
        classes=classes,
        inside=file.inside,
        places=MappingProxyType({name: values.origin(name) for name in _PLACED}),
    )


def _one_liners(values: Values, classes: SignatureClasses, findings: Findings) -> Iterator[Rule]:
    lines = [*values.given("OnSignature"), *values.given("OnEncrypted")]
    for given in sorted(lines, key=lambda one: one.place):
        if isinstance(given.value, OnSignature):
            word, action = given.value.word, given.value.action
            name = f"OnSignature {word} {action.value}"
            condition = _condition(word, given.place, classes, findings)
        else:
            action = given.value
            name = f"OnEncrypted {action.value}"
            condition = Condition(SIGNED, classes=frozenset({_ENCRYPTED}))
        if condition is not None:
            yield Rule(name, condition, action, place=str(given.place))


def _about_contents(values: Values) -> Iterator[Rule]:
    """Yield the rules about what is attached.

    A line that accepts is no rule: a message may well have another file, too. Such files do not
    count for the lines below it.
    """
    lines = [*values.given("OnAttachment"), *values.given("OnAmbiguous")]
    excepted: tuple[FilePattern, ...] = ()
    for given in sorted(lines, key=lambda one: one.place):
        if isinstance(given.value, OnAttachment):
            pattern, action = given.value.pattern, given.value.action
            name = f"OnAttachment {pattern.text} {action.value}"
            files, ambiguous = FileCondition((pattern,), excepted), None
            if action is Action.ACCEPT:
                excepted += (pattern,)
        else:
            action = given.value
            name, files, ambiguous = f"OnAmbiguous {action.value}", None, True
        if action is not Action.ACCEPT:
            condition = Condition(kinds_about_contents(action), files=files, ambiguous=ambiguous)
            yield Rule(name, condition, action, place=str(given.place))


def _condition(
    word: str, place: Place, classes: SignatureClasses, findings: Findings
) -> Condition | None:
    """Return when a line of OnSignature applies; a word of letters only has to be a class."""
    if word.lower() in classes.names:
        return Condition(SIGNED, classes=frozenset({word.lower()}))
    if word.isalpha():
        known = dict.fromkeys(sorted(classes.names))
        findings.error(place, f'OnSignature: there is no class "{word}"{did_you_mean(word, known)}')
        return None
    return Condition(SIGNED, signatures=(Glob(word),))

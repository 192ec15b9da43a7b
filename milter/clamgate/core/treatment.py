"""What a rule that applies does to a message: its header fields, and the reply to its sender."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from clamgate.core.ambiguity import ambiguity_edits
from clamgate.core.contents import AttachedFile
from clamgate.core.decision import AddHeader, DeleteHeader, Edit, InsertHeader, Reply
from clamgate.core.envelope import HeaderFacts
from clamgate.core.filenames import in_ascii, tame
from clamgate.core.matching import Case
from clamgate.core.rules import Action, HeaderMode, Rule, Rules, TagHeader
from clamgate.core.subject import encoded, tag_subjects
from clamgate.core.verdict import Clean, Empty, Failed, Infected, Unscanned, Verdict

SCANNED = "X-Virus-Scanned"
STATUS = "X-Virus-Status"

QUARANTINE_REASON = "quarantined by clamav-milter"

_PLACEHOLDER = re.compile("%[vcrf]")
_THE_MESSAGE = "the message"
_OF_REJECT_MSG = re.compile("%[vf]")


@dataclass(frozen=True, slots=True)
class Instead:
    """What is done where a rule's own action cannot be.

    Attributes:
        action: That.
        why: Why the rule's cannot be, for people.
        name: What says so, with its place (``OnUnstrippable Reject [clamav-milter.conf:9]``).
    """

    action: Action
    why: str
    name: str


@dataclass(frozen=True, slots=True)
class Choice:
    """A case, and the rule that decides it."""

    case: Case
    rule: Rule
    instead: Instead | None = None

    @property
    def action(self) -> Action:
        """What is done."""
        return self.rule.action if self.instead is None else self.instead.action

    def __str__(self) -> str:
        """Return the rule with its place, and what stands in for it."""
        if self.instead is None:
            return str(self.rule)
        return f"{self.rule}, but {self.instead.why}: {self.instead.name}"


def status_of(verdict: Verdict) -> str:
    """Return what X-Virus-Status says of a verdict."""
    match verdict:
        case Clean() | Empty():
            return "Clean"
        case Infected():
            return f"Infected ({verdict.name})"
        case Unscanned(reason):
            return f"Unscanned ({reason})"
        case Failed():
            return "Unscanned (scan failed)"


def reply_to(choice: Choice, rules: Rules) -> Reply | None:
    """Return the SMTP reply, None where its text is the MTA's."""
    own, verdict = choice.rule.texts.reply, choice.case.verdict
    text = _about_contents(choice) if own is None else _filled(own, choice)
    match choice.action, verdict:
        case Action.DEFER, _ if own is not None:
            return Reply("451", "4.7.1", in_ascii(text))
        case Action.REJECT, Unscanned(reason) if not choice.rule.when.is_about_contents:
            return Reply("552", "5.3.4", in_ascii(text or f"Message not scanned: {reason}"))
        case Action.REJECT, Infected() if not text and own is None and rules.reject_msg is not None:
            filled = {"%v": verdict.name, "%f": _file(choice)}
            words = _OF_REJECT_MSG.sub(lambda found: filled[found[0]], rules.reject_msg)
            return Reply("550", "5.7.1", in_ascii(words))
        case Action.REJECT, _ if text or own is not None:
            return Reply("550", "5.7.1", in_ascii(text))
        case _:
            return None


def _about_contents(choice: Choice) -> str:
    """Say what a rule has against what is attached; nothing if it is not about that."""
    if choice.rule.when.files is not None:
        return f"Attachment not accepted: {_file(choice)}"
    if choice.rule.when.ambiguous:
        return f"Mail programs disagree on what is attached: {_file(choice)}"
    return ""


def reason_for(choice: Choice) -> str:
    """Say why a message is stored, for people: ``Infected (Foo.Bar), phishing``."""
    if choice.rule.texts.reason is not None:
        return choice.rule.texts.reason
    if about := _about_contents(choice):
        return about
    classes = ", ".join(dict.fromkeys(choice.case.classes))
    return status_of(choice.case.verdict) + (f", {classes}" if classes else "")


def edits_for(choices: Sequence[Choice], headers: HeaderFacts, rules: Rules) -> tuple[Edit, ...]:
    """Return the edits of a message of which every recipient gets the same copy.

    Args:
        choices: What was decided for those recipients; at least one. Fields are set for the worst
            of their verdicts, and it is tagged if any of their rules tags.
        headers: What is known of its header.
        rules: The conf's texts.
    """
    verdict = worst_of(choice.case.verdict for choice in choices)
    stripping = [choice for choice in choices if choice.action is Action.STRIP]
    status = _status_stripped(stripping[0]) if stripping else status_of(verdict)
    tagging = [choice for choice in choices if choice.action is Action.TAG]
    contents = choices[0].case.message.contents
    about_ambiguity = ambiguity_edits(verdict, contents, headers, rules)
    if not tagging:
        edits = () if isinstance(verdict, Empty) else _status(status, headers, rules)
        return edits + about_ambiguity
    edits = _replace(status, headers, rules)
    if subject := _first_subject_tag(tagging, rules):
        edits += tag_subjects(headers.subjects, subject)
    return edits + _added(tagging, rules) + about_ambiguity


def _first_subject_tag(tagging: Iterable[Choice], rules: Rules) -> str | None:
    """Return one tag: a subject with two before it would tell each recipient of the other."""
    for choice in tagging:
        own = choice.rule.texts.subject
        if tag := rules.tag_subject if own is None else own:
            return tag
    return None


def _added(tagging: Iterable[Choice], rules: Rules) -> tuple[Edit, ...]:
    fields = {
        AddHeader(field.name, encoded(_filled(field.text, choice), field.name)): None
        for choice in tagging
        for field in _tag_headers(choice.rule, rules)
    }
    return tuple(fields)


def _tag_headers(rule: Rule, rules: Rules) -> tuple[TagHeader, ...]:
    return rules.tag_headers if rule.texts.headers is None else rule.texts.headers


def _filled(text: str, choice: Choice) -> str:
    """Fill in signature, class, rule and file; any other ``%`` stands for itself."""
    values = {
        "%v": ", ".join(choice.case.signatures),
        "%c": ", ".join(dict.fromkeys(choice.case.classes)),
        "%r": choice.rule.name,
        "%f": _file(choice),
    }
    return _PLACEHOLDER.sub(lambda found: values[found[0]], text)


def banned_by(choice: Choice) -> AttachedFile | None:
    """Return the attached file for which a rule decides, None if it is not about one."""
    files = choice.rule.when.files
    return None if files is None else files.first_in(choice.case.message.contents)


def _file(choice: Choice) -> str:
    """Name the attachment that it is about."""
    message, when = choice.case.message, choice.rule.when
    if (banned := banned_by(choice)) is not None:
        return banned.shown
    if when.files is not None and message.contents.unlisted:
        return tame(message.contents.unlisted[0])
    if when.ambiguous and message.contents.disputed:
        return message.contents.disputed[0].shown
    return _THE_MESSAGE if message.part is None else message.part.shown


def worst_of(verdicts: Iterable[Verdict]) -> Verdict:
    """Return the verdict that nobody may be spared to hear of."""
    order = (Failed, Infected, Unscanned, Clean, Empty)
    return min(verdicts, key=lambda verdict: order.index(type(verdict)))


def _status_stripped(choice: Choice) -> str:
    """Return what X-Virus-Status says of a message that something was taken out of."""
    return f"Stripped ({', '.join(choice.case.signatures) or choice.rule.name})"


def _status(status: str, headers: HeaderFacts, rules: Rules) -> tuple[Edit, ...]:
    match rules.add_header:
        case HeaderMode.NO:
            return ()
        case HeaderMode.REPLACE:
            return _replace(status, headers, rules)
        case HeaderMode.ADD:
            # Both at position 1, so that the second, the status, ends up above the first.
            return (
                InsertHeader(1, SCANNED, rules.scanned_value),
                InsertHeader(1, STATUS, status),
            )


def _replace(status: str, headers: HeaderFacts, rules: Rules) -> tuple[Edit, ...]:
    """Delete the fields of both names from the last up, so that indexes stay true; then append."""
    return (
        *(DeleteHeader(SCANNED, n) for n in range(headers.virus_scanned, 0, -1)),
        *(DeleteHeader(STATUS, n) for n in range(headers.virus_status, 0, -1)),
        AddHeader(SCANNED, rules.scanned_value),
        AddHeader(STATUS, status),
    )

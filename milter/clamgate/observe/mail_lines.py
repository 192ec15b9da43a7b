"""What the log says of a message. Its lines for infected and clean mail are the C program's."""

from __future__ import annotations

from collections.abc import Iterator

from clamgate.core.envelope import Message
from clamgate.core.events import Event, MessageExempt, MessageJudged, MessageReleased
from clamgate.core.parts import FoundPart
from clamgate.core.settings import LogDetail, Logging
from clamgate.core.verdict import Clean, Empty, Failed, Infected, Unscanned, Verdict
from clamgate.observe.message_text import client_text, describe, queue_id_text
from clamgate.observe.sink import Level, Said
from clamgate.observe.text import address_text, printable, readable


def judged(event: MessageJudged, logging: Logging, *, each_recipient: bool) -> list[Said]:
    """Return the lines for a message that reached its end; none is made that nobody asked for."""
    message = event.message
    match event.verdict:
        case Infected(signatures):
            name = printable(signatures[0])
            said = [
                (Level.INFO, f"Message{words} infected by {name}")
                for words in _in_words(message, logging.infected, each_recipient=each_recipient)
            ]
        case Clean():
            said = [
                (Level.INFO, f"Clean message{words}")
                for words in _in_words(message, logging.clean, each_recipient=each_recipient)
            ]
        case Empty():
            said = [(Level.DEBUG, "Not scanning an empty message")]
        case Unscanned(reason):
            said = [(Level.WARNING, _shortfall(event, f"not scanned in full: {reason}"))]
        case Failed(reason):
            said = [(Level.ERROR, _shortfall(event, f"could not be scanned: {reason}"))]
    said.extend((Level.INFO, line) for line in _rulings(event))
    for hit in event.decision.removed:
        what = f" for {printable(', '.join(hit.signatures))}" if hit.signatures else ""
        said.append((Level.INFO, f"{_named(message)}: removed{what}: {_part(hit.part)}"))
    if event.stored:
        said.append((Level.INFO, f"{_named(message)} is stored as {printable(event.stored)}"))
    if logging.verbose:
        said.append((Level.DEBUG, _account(event)))
        said.extend((Level.DEBUG, f"{_named(message)}: {words}") for words in _about_parts(event))
    return said


def is_ordinary(event: Event) -> bool:
    """Whether this is clean mail of which there is nothing to say but that: so with nearly all."""
    if not isinstance(event, MessageJudged) or not isinstance(event.report.verdict, Clean):
        return False
    decision = event.decision
    return not (decision.ruled or decision.excepted or decision.shares or event.stored)


def exempt(event: MessageExempt) -> str:
    """Say that one message is let through unscanned."""
    envelope = event.message.envelope
    message = describe(event.message, each_recipient=False)
    to = f" to <{message.recipients[-1]}>" if envelope.recipients else ""
    user = f", user {printable(readable(envelope.auth_name))}" if envelope.auth_name else ""
    client = client_text(envelope.client)
    return f"Skipping scan for <{message.sender}>{to} ({event.reason}), client {client}{user}"


def released(event: MessageReleased) -> str:
    """Say that one message is let through because it was released."""
    return f"{_named(event.message)} is released from the quarantine: {printable(event.stored)}"


def _in_words(message: Message, detail: LogDetail, *, each_recipient: bool) -> list[str]:
    """Name a message once for each of its recipients, in as much detail as asked for."""
    if detail is LogDetail.OFF:
        return []
    told = describe(message, each_recipient=each_recipient)
    if detail is LogDetail.BASIC:
        return [f" from <{told.sender}> to <{to}>" for to in told.recipients]
    return [
        f" {told.queue_id} from <{told.sender}> to <{to}> "
        f"with subject '{told.subject}' message-id '{told.message_id}' date '{told.date}'"
        for to in told.recipients
    ]


def _about_parts(event: MessageJudged) -> Iterator[str]:
    """Say in which part something was found, and what the rules have against what is attached."""
    report, banned = event.report, event.decision.banned
    if report.part is not None:
        yield f"found in {_part(report.part)}"
    if banned is not None:
        inner = f"'{banned.shown}', that is " if banned.within else ""
        yield printable(f"not to be attached: {inner}{_part(banned.part)}")
    for part in report.contents.disputed:
        yield f"not shown by all programs: {_part(part)}"
    for locked in report.locked:
        yield f"stays locked: {_part(locked.part)}; {printable(locked.why)}"
    for words in report.contents.unlisted:
        yield printable(f"not listed: {words}")


def _part(part: FoundPart) -> str:
    names = ", ".join(f"'{name}'" for name in part.names)
    kinds = " or ".join(dict.fromkeys(filter(None, (part.declared, part.detected))))
    words = (names, kinds, f"{part.size} bytes", part.reading, f"sha256 {part.sha256}")
    return printable(f"part {part.path}: {'; '.join(filter(None, words))}")


def _shortfall(event: MessageJudged, what: str) -> str:
    """Say that a message was not looked at as it ought to be, and what was done with it."""
    return f"{_named(event.message)} {printable(what)} ({event.decision.rule})"


def _rulings(event: MessageJudged) -> Iterator[str]:
    """Say what rules of the conf's policy did: nothing, where one of the old directives decided."""
    decision = event.decision
    if not (decision.ruled or decision.excepted or decision.shares):
        return
    named = _named(event.message)
    for one in decision.excepted:
        yield f"{named}: {printable(one.signature)} does not count ({one.exception})"
    if not decision.shares:
        if decision.ruled:
            yield f"{named} is {_verdict(event.verdict)}: {decision.rule}"
        return
    message = describe(event.message, each_recipient=False)
    for share in decision.shares:
        handled = "" if share.outcome is share.action else f", handled as {share.outcome.value}"
        to = address_text(share.recipient)
        yield (
            f"Message {message.queue_id} from <{message.sender}> to <{to}>: {share.rule}{handled}"
        )


def _named(message: Message) -> str:
    words = describe(message, each_recipient=False)
    others = len(message.envelope.recipients) - 1
    more = f" and {others} more" if others > 0 else ""
    return f"Message {words.queue_id} from <{words.sender}> to <{words.recipients[-1]}>{more}"


def _account(event: MessageJudged) -> str:
    """Say how a verdict was come by: what the C program's log leaves out."""
    report = event.report
    return (
        f"Message {_queue_id(event.message)} is {_verdict(event.verdict)}: "
        f"client {client_text(event.message.envelope.client)}, {event.message.size} bytes, "
        f"clamd {report.clamd or 'none'}, attempts {report.attempts}, "
        f"scan {report.seconds * 1000:.1f} ms, in all {event.seconds * 1000:.1f} ms, "
        f"{event.decision.rule}: {event.decision.disposition.value}"
    )


def _queue_id(message: Message) -> str:
    return queue_id_text(message.envelope.queue_id)


def _verdict(verdict: Verdict) -> str:
    match verdict:
        case Clean():
            return "clean"
        case Empty():
            return "empty"
        case Infected(signatures):
            return f"infected ({printable(', '.join(signatures))})"
        case Unscanned(reason):
            return f"unscanned ({printable(reason)})"
        case Failed(reason):
            return f"failed ({printable(reason)})"

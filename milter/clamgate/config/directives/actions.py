"""What becomes of a message."""

from __future__ import annotations

from clamgate.config import values
from clamgate.config.directives.model import Directive, Group, Kind, Origin
from clamgate.core.rules import Action, HeaderMode

_ANY = tuple(Action)
_NOT_HIT = tuple(action for action in Action if action is not Action.STRIP)
_FAILED = (Action.ACCEPT, Action.REJECT, Action.DEFER, Action.TAG)

_NOTHING_ELSE = " (no other action is for mail that could not be scanned)"

_NOTHING_TO_STRIP = " (Strip takes out what was found, and here nothing was)"
_STRIP_FAILED = " (it is what is done where Strip cannot be)"

_HEADER_MODES = {
    "No": HeaderMode.NO,
    "Replace": HeaderMode.REPLACE,
    "Yes": HeaderMode.REPLACE,
    "Add": HeaderMode.ADD,
}


def _words(actions: tuple[Action, ...]) -> tuple[str, ...]:
    return tuple(action.value for action in actions)


ACTIONS = (
    Directive(
        "OnClean",
        Group.ACTIONS,
        Kind.WORD,
        values.one_of_enum(_NOT_HIT, _NOTHING_TO_STRIP),
        field="rules.on_clean",
        default="Accept",
        choices=_words(_NOT_HIT),
        doc="""
            What becomes of a message in which nothing was found.
            """,
    ),
    Directive(
        "OnInfected",
        Group.ACTIONS,
        Kind.WORD,
        values.one_of_enum(_ANY),
        field="rules.on_infected",
        default="Quarantine",
        choices=_words(_ANY),
        doc="""
            What becomes of an infected message. `OnSignature` and `PolicyFile` can say
            otherwise for some of them.
            """,
    ),
    Directive(
        "OnFail",
        Group.ACTIONS,
        Kind.WORD,
        values.one_of_enum(_FAILED, _NOTHING_ELSE),
        field="rules.on_fail",
        default="Defer",
        choices=_words(_FAILED),
        doc="""
            What becomes of a message that could not be scanned: no clamd answered in
            time, none gave an answer that makes sense, or the message could not be
            kept. With `Accept`, mail is delivered unscanned while there is no clamd;
            it is marked `X-Virus-Status: Unscanned (scan failed)` if `AddHeader` says
            so.
            """,
    ),
    Directive(
        "OnOversize",
        Group.ACTIONS,
        Kind.WORD,
        values.one_of_enum(_NOT_HIT, _NOTHING_TO_STRIP),
        field="rules.on_oversize",
        default="Accept",
        choices=_words(_NOT_HIT),
        origin=Origin.CLAMGATE,
        doc="""
            What becomes of a message that is larger than `MaxFileSize`, or than
            clamd's own limits, and in the scanned part of which nothing was found. It
            is marked `X-Virus-Status: Unscanned (REASON)` if `AddHeader` says so;
            `Reject` answers 552 5.3.4.
            """,
    ),
    Directive(
        "OnUnstrippable",
        Group.ACTIONS,
        Kind.WORD,
        values.one_of_enum(_NOT_HIT, _STRIP_FAILED),
        field="rules.on_unstrippable",
        default="Reject",
        choices=_words(_NOT_HIT),
        origin=Origin.CLAMGATE,
        doc="""
            What becomes of a message to which `Strip` cannot be done: programs might
            see the part elsewhere, it is in what is signed, nothing else would be left,
            what was found is in no single part or also in what would be left, or the
            message is larger than `MaxFileSize`.
            """,
    ),
    Directive(
        "RejectMsg",
        Group.ACTIONS,
        Kind.STRING,
        values.reject_msg,
        field="rules.reject_msg",
        unset="the MTA's own words",
        example=('"Infected by %v, refused"',),
        doc="""
            The text of the reply to an infected message under `OnInfected Reject`,
            after `550 5.7.1`. `%v`, once at most, is the signature, `%f` the name of
            the file that it was found in; any other `%` stands for itself. Printable
            ASCII, 900 characters at most.
            """,
    ),
    Directive(
        "TagSubject",
        Group.ACTIONS,
        Kind.STRING,
        values.subject_tag,
        field="rules.tag_subject",
        unset="the subject is left alone",
        example=('"[VIRUS] "',),
        origin=Origin.CLAMGATE,
        doc="""
            What `Tag` puts before the subject of a message, unless it begins with it
            already. Quote it to keep a blank at its end.
            Other than ASCII is encoded as RFC 2047 has it. A message without a
            subject is given one.
            """,
    ),
    Directive(
        "AddHeader",
        Group.ACTIONS,
        Kind.WORD,
        values.one_of(_HEADER_MODES),
        field="rules.add_header",
        default="No",
        choices=tuple(_HEADER_MODES),
        doc="""
            Whether a scanned message is given the fields `X-Virus-Scanned` and
            `X-Virus-Status`. The latter is `Clean`, `Infected (NAME)` or `Unscanned
            (REASON)`.

            `Replace`, for which `Yes` is another word, removes all fields of these
            names from the message and appends its own. Changing fields may break a
            DKIM signature over them.

            `Add` puts its own two above all others and leaves those in place; `No`
            adds none. **Under both, an `X-Virus-Status: Clean` that the sender made
            up reaches the recipient**: under `Add` below the true one, under `No`
            with nothing to contradict it. Whatever reads the field must read the topmost
            only under `Add`, and must not read it at all under `No`. With `Replace`
            no forged field survives in a message that was scanned; for those that
            were not, see the exclusions.
            """,
    ),
    Directive(
        "ReportHostname",
        Group.ACTIONS,
        Kind.STRING,
        values.host_name,
        unset="this host's name",
        example=("mail.example.com",),
        doc="""
            The host name shown in `X-Virus-Scanned` (and `MIME-Ambiguity-Results`), so
            that it need not tell an internal one.
            """,
    ),
    Directive(
        "VirusAction",
        Group.ACTIONS,
        Kind.STRING,
        values.string,
        field="virus_action",
        unset="nothing is run",
        example=("/usr/local/bin/on-infected",),
        doc="""
            A program to run for an infected message, looked up in PATH if it is no
            path. The whole value is its name: it is given no arguments but these, in
            this order: signature, queue id, sender, recipient, subject, message id,
            date. What is not known is `UNKNOWN`.

            No shell is involved, but the program itself must treat them with care:
            all but the first two are the sender's to choose.

            Mail does not wait for it, as it does with the C program.
            """,
    ),
)

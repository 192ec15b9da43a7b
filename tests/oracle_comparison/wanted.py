"""All differences between the C program and ours that are on purpose, each with its reason."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from itertools import product

from tests.oracle_comparison.compare import Change, Pair, Wanted
from tests.oracle_comparison.mails import CASES, LONG_SUBJECT
from tests.oracle_comparison.seen import Seen

from clamgate.harness.mail import Message
from clamgate.harness.private_clamd import EICAR_NAME

SCANNED_FIELD = "X-Virus-Scanned: clamav-milter VERSION at rep.example"


def across(confs: Iterable[str], cases: Iterable[str]) -> frozenset[Pair]:
    """Return each conf with each case."""
    return frozenset(product(confs, cases))


def becomes(answer: str, stage: str, *edits: str) -> Change:
    """Return a change to one fixed outcome, whatever the C program's was."""
    return lambda _seen, _message: Seen(answer, stage, edits)


def at(stage: str) -> Change:
    """Return a change of nothing but the command that is answered."""
    return lambda seen, _message: replace(seen, stage=stage)


# Clamd is down.


def at_the_end(seen: Seen, _message: Message) -> Seen:
    return replace(seen, stage="EndOfMessage") if seen.stage in {"Header", "Body"} else seen


def marked_by_replacing(seen: Seen, message: Message) -> Seen:
    names = [name.lower() for name, _ in message.fields]
    deleted = (
        f"delete {name} {index}"
        for name in ("X-Virus-Scanned", "X-Virus-Status")
        for index in range(names.count(name.lower().encode()), 0, -1)
    )
    added = (f"add {SCANNED_FIELD}", "add X-Virus-Status: Unscanned (scan failed)")
    return replace(seen, edits=(*deleted, *added)) if has_content(message) else seen


def marked_on_top(seen: Seen, message: Message) -> Seen:
    added = (
        f"insert at 1 {SCANNED_FIELD}",
        "insert at 1 X-Virus-Status: Unscanned (scan failed)",
    )
    return replace(seen, edits=added) if has_content(message) else seen


def has_content(message: Message) -> bool:
    return bool(message.fields or message.body)


DOWN = frozenset(
    {
        "down-accept",
        "down-reject",
        "down-defer",
        "down-clean-quarantine",
        "down-accept-add",
        "down-accept-no",
    }
)
WITH_CONTENT = frozenset(
    case.name for case in CASES if any(has_content(message) for message in case.messages)
)
ALLOWED_RECIPIENTS = frozenset({"allowed-recipient", "allowed-recipients"})
ALLOWED_WITHOUT_HEADER = frozenset(
    {
        "allowed-recipient-no-header",
        "allowed-recipient-nothing",
        "version-4-allowed-no-header",
    }
)
EXEMPT_WHEN_DOWN = (
    ALLOWED_RECIPIENTS
    | ALLOWED_WITHOUT_HEADER
    | {"allowed-sender", "from-home", "from-home-clean", "mapped-home"}
    | {"login", "login-in-capitals", "longer-login"}
    | {"version-2-allowed"}
)

FAILED = (
    Wanted(
        "OnFail's answer comes at the end of the message (at its first header or piece of body)",
        "a clamd that comes back while the message is coming in, or within ClamdWait after it, is"
        " still asked",
        across(DOWN, WITH_CONTENT) | across({"down-allow-list"}, WITH_CONTENT - EXEMPT_WHEN_DOWN),
        at_the_end,
    ),
    Wanted(
        "OnFail Accept with AddHeader Replace marks the mail `Unscanned (scan failed)`, and removes"
        " such fields as it came with (no edit)",
        "a `Clean` that the sender made up must not reach the recipient of unscanned mail",
        across({"down-accept"}, WITH_CONTENT),
        marked_by_replacing,
    ),
    Wanted(
        "OnFail Accept with AddHeader Add marks the mail `Unscanned (scan failed)` (no edit)",
        "else the topmost X-Virus-Status would be one that the sender made up",
        across({"down-accept-add"}, WITH_CONTENT),
        marked_on_top,
    ),
)

# Who is not scanned.

WITH_ALLOW_LIST = frozenset(
    {"allow-list", "allow-list-old-name", "all-exclusions", "down-allow-list"}
)
LOCAL_NET = frozenset(
    {"local-net", "local-net-one-host", "local-net-unclean-mask", "local-net-everybody"}
    | {"local-nets", "all-exclusions", "down-allow-list"}
)
AROUND_131 = frozenset({"local-net", "local-net-unclean-mask", "local-net-everybody"})

EXEMPT = (
    Wanted(
        "mail to allowed recipients only is accepted at DATA (at its first header)",
        "the envelope is complete there, and nothing of the message need be sent",
        across(WITH_ALLOW_LIST, ALLOWED_RECIPIENTS),
        at("Data"),
    ),
    Wanted(
        "the same at the end of the message where the MTA sends no DATA, as before protocol"
        " version 4 (at its first header)",
        "rather than give up no-reply for every header for the sake of MTAs that are long gone",
        across(WITH_ALLOW_LIST, {"version-2-allowed"}),
        at("EndOfMessage"),
    ),
    Wanted(
        "mail to allowed recipients only is accepted if it has no header, too (judged as any)",
        "the C program looks at the recipients in its header callback only, which is an oversight:"
        " the conf says that this mail is not scanned",
        across(WITH_ALLOW_LIST, ALLOWED_WITHOUT_HEADER),
        becomes("Accept", "Data"),
    ),
    Wanted(
        "LocalNet of IPv4 holds for a client shown as ::ffff:192.0.2.130, too (scanned)",
        "it is the same client: only the MTA's socket is one for both families",
        across(LOCAL_NET, {"mapped-home"}),
        becomes("Accept", "Connect"),
    ),
    Wanted(
        "a client of unknown address is in no LocalNet (its host name is looked up, and counts as"
        " its address)",
        "a host name is only what DNS says of the client, and its owner chooses that",
        across(AROUND_131, {"unknown"}),
        becomes(f"550 5.7.1 {EICAR_NAME}", "EndOfMessage"),
    ),
)

# What is too large.


def unscanned(why: str) -> Change:
    """Return a change of `Clean` to `Unscanned`, in the header, and to no line, in the log."""

    def change(seen: Seen, _message: Message) -> Seen:
        edits = tuple(
            edit.replace("X-Virus-Status: Clean", f"X-Virus-Status: Unscanned ({why})")
            for edit in seen.edits
        )
        return replace(seen, edits=edits, log=())

    return change


def not_held(seen: Seen, _message: Message) -> Seen:
    edits = tuple(edit for edit in seen.edits if not edit.startswith("quarantine"))
    return replace(seen, edits=edits)


MAX_FILE_SIZE = frozenset({"max-file-size", "max-file-size-add", "max-file-size-tcp"})
OVER_4K = frozenset({"virus-at-the-end", "large"})

OVERSIZE = (
    Wanted(
        "mail over MaxFileSize, with nothing found in its first part, is `Unscanned (larger than"
        " MaxFileSize)`, and so it is logged (Clean)",
        "the rest of it may hold anything",
        across(MAX_FILE_SIZE, OVER_4K),
        unscanned("larger than MaxFileSize"),
    ),
    Wanted(
        "OnOversize decides on it, by default Accept (OnClean)",
        "it is not known to be clean",
        across({"max-file-size-add"}, OVER_4K),
        not_held,
    ),
    Wanted(
        "mail over clamd's own MaxFileSize is `Unscanned (larger than clamd's MaxFileSize)`"
        " (Clean)",
        "clamd says OK of what it did not look at",
        across({"narrow-clamd"}, {"large"}),
        unscanned("larger than clamd's MaxFileSize"),
    ),
    Wanted(
        "mail over the StreamMaxLength of a clamd asked by TCP is Unscanned, and OnOversize decides"
        " on it, by default Accept (OnFail)",
        "it can never be scanned, however often it is sent again; one directive is for all that is"
        " too large",
        across({"narrow-tcp-clamd"}, {"large"}),
        becomes(
            "Accept",
            "EndOfMessage",
            f"add {SCANNED_FIELD}",
            "add X-Virus-Status: Unscanned (larger than clamd's StreamMaxLength)",
        ),
    ),
)

# What is written down.


def logged(theirs: str, ours: str) -> Change:
    """Return a change of a part of the log lines."""

    def change(seen: Seen, _message: Message) -> Seen:
        return replace(seen, log=tuple(line.replace(theirs, ours) for line in seen.log))

    return change


CUT = 1024

LOGGED = (
    Wanted(
        "a subject in UTF-8 is logged readably (a blank for each byte that is not ASCII)",
        "an admin is to recognise the message; what could harm a terminal is blanked all the same",
        across({"log-full", "log-infected-only", "log-each-recipient"}, {"eight-bit-subject"}),
        logged("'Gr    e'", "'Grüße'"),
    ),
    Wanted(
        "a byte of a subject that is not UTF-8 is logged as ? (a blank)",
        "so that it is seen that something is missing",
        across({"log-full", "log-each-recipient"}, {"latin-1-subject"}),
        logged("'Gr  e'", "'Gr??e'"),
    ),
    Wanted(
        f"header values are cut to {CUT} characters in the log (logged whole)",
        "senders choose how long they are, and must not fill the log",
        across({"log-full", "log-each-recipient"}, {"long-subject"}),
        logged(LONG_SUBJECT, LONG_SUBJECT[: CUT - 3] + "..."),
    ),
)

WANTED = (*FAILED, *EXEMPT, *OVERSIZE, *LOGGED)

"""All differences between real MTAs and the harness MTA that are on purpose, and why."""

from __future__ import annotations

from tests.judge_comparison.compare import Wanted


def _wanted(says: str, reason: str, flows: str, parts: str = "delivered") -> Wanted:
    return Wanted(says, reason, frozenset(flows.split()), frozenset(parts.split()))


_NO_FIELDS_ADDED = _wanted(
    "adds From, Date and Message-Id where they are missing (adds only Received)",
    "What comes out is to be what the filter made of what went in.",
    "not-a-header",
)
WANTED_OF_POSTFIX: tuple[Wanted, ...] = (
    _NO_FIELDS_ADDED,
    _wanted(
        "answers 250 to a message at whose content a filter said Shutdown, and delivers it to "
        "nobody (550)",
        "A mail is never lost behind a 250. No SMFIS_ value of libmilter is such a reply.",
        "header-shutdown endofheader-shutdown body-shutdown endofmessage-shutdown",
        "replies",
    ),
    _wanted(
        "names a recipient downstream twice whom a filter adds again (once)",
        "One copy arrives either way where mailboxes are; Sendmail names them once, too.",
        "add-recipient-that-is-there",
    ),
)

WANTED_OF_SENDMAIL: tuple[Wanted, ...] = (
    _NO_FIELDS_ADDED,
    _wanted(
        "takes Shutdown for a refusal for now, of that command or the next (421, and closes; of "
        "content 550)",
        "As Postfix does, but for content, of which Postfix's 250 would be a loss.",
        "connect-shutdown helo-shutdown mail-shutdown rcpt-shutdown data-shutdown "
        "header-shutdown endofheader-shutdown body-shutdown endofmessage-shutdown",
        "replies",
    ),
    _wanted(
        "keeps a mail on hold whose filter crashed after it said so (delivers it)",
        "As Postfix does where it is told to accept without the filter.",
        "crash-held-accept",
        "delivered held",
    ),
    _wanted(
        "puts a field that a filter adds elsewhere than last, by its own order (last)",
        "As Postfix does.",
        "add-header-twice add-header-that-is-there around-progress change-header-3-of-2 "
        "delete-header-then-add",
    ),
    _wanted(
        "puts a field inserted at 3 right below its own Received (two fields further down)",
        "As Postfix does.",
        "insert-header-3",
    ),
    _wanted(
        "does not count a field any more that was deleted, but marks it: n stays n (counts anew)",
        "As Postfix does.",
        "delete-header-1-then-2",
    ),
    _wanted(
        "keeps the name as it was in a field that is changed (takes the filter's spelling)",
        "As Postfix does.",
        "change-header-in-other-case",
    ),
    _wanted(
        "refuses a client that a filter refused at connect in words of its own (the filter's)",
        "As Postfix does.",
        "connect-own-450 connect-own-550 connect-own-lines",
        "replies",
    ),
    _wanted(
        "repeats the filter's reply to HELO at every later command (only at MAIL)",
        "As Postfix does: what follows a refused MAIL is out of order.",
        "helo-own-450 helo-own-550 helo-own-lines",
        "replies",
    ),
    _wanted(
        "accepts MAIL when a filter answers nonsense to it, and refuses RCPT (refuses MAIL)",
        "As Postfix does.",
        "nonsense-at-mail-tempfail",
        "replies",
    ),
    _wanted(
        "adds X-Authentication-Warning for a client without HELO (adds nothing)",
        "As Postfix does.",
        "no-hello",
    ),
    _wanted(
        "ends a header without an empty line with one (leaves it away)",
        "As Postfix does.",
        "no-empty-line",
    ),
)

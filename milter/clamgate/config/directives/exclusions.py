"""What is not scanned, in whole or in part."""

from __future__ import annotations

from clamgate.config import endpoints, values
from clamgate.config.directives.model import Directive, Group, Kind

_FORGERY = """
    A message that is let through unscanned keeps the header fields it came with, also an
    `X-Virus-Status: Clean` that its sender made up. Have the MTA remove such fields from mail that
    comes in, if anything relies on them.
    """

EXCLUSIONS = (
    Directive(
        "LocalNet",
        Group.EXCLUSIONS,
        Kind.STRING,
        endpoints.local_net,
        repeatable=True,
        unset="all mail is scanned, wherever it comes from",
        example=("local", "192.0.2.0/24", "2001:db8::/32"),
        doc="""
            Mail from these clients is not scanned. A network is written
            `address/bits`; without `/bits` it is one host. Bits of the address beyond
            those do not count. A host name is looked up when the conf is read, and
            stands for all of its addresses. Can be repeated.

            `local` is mail that did not come by SMTP, but from this host's `sendmail`
            command.
            """,
        caveat=_FORGERY,
    ),
    Directive(
        "AllowList",
        Group.EXCLUSIONS,
        Kind.PATH,
        values.absolute_path,
        unset="nobody is exempt",
        example=("/etc/clamav/allow_list",),
        doc=r"""
            A file of expressions, one a line. Mail from a sender that matches a line
            `From:EXPR` is not scanned, nor is mail of which *every* recipient matches
            a line `To:EXPR`, or just `EXPR`. Lines that begin with `#`, `:` or `!`
            are comments. Nothing, no blank either, may stand after the colon but the
            expression.

            They are POSIX *basic* expressions as ClamAV has them: `.`, `*`, `[a-z]`, `^`,
            `$`, `\(` `\)`, `\{1,3\}`, and `\<` `\>` for the start and end of a word. There
            is no choice: `+`, `?` and `|` stand for themselves, with or without a
            backslash. Case does not count. They are matched against any part of the
            address *with its angle brackets*: `^<boss@example\.com>$` is one address,
            `@example\.com>$` a domain, `^<>$` bounces.

            The sender of a message is easily forged: prefer `To:`.

            An empty line and one of a single character are ignored, with a warning.
            """,
        caveat=_FORGERY,
    ),
    Directive(
        "Whitelist",
        Group.EXCLUSIONS,
        Kind.PATH,
        values.absolute_path,
        replaced_by="AllowList",
        unset="see `AllowList`",
        doc="""
            The old name of `AllowList`. If a conf has both, this one counts.
            """,
    ),
    Directive(
        "SkipAuthenticated",
        Group.EXCLUSIONS,
        Kind.STRING,
        values.string,
        unset="mail of users who logged in is scanned as well",
        example=("^(tom|dick|harry)$",),
        doc="""
            Mail of users who logged in by SMTP AUTH is not scanned if their login
            name matches this POSIX *extended* expression, in any case and at any part
            of the name: anchor it with `^` and `$`.

            `file:/path` names a file of login names instead, one a line. They are no
            expressions; case does not count. Lines that begin with `#`, `:` or `!`
            are comments.
            """,
        caveat=_FORGERY,
    ),
    Directive(
        "MaxFileSize",
        Group.EXCLUSIONS,
        Kind.SIZE,
        values.limit,
        field="spooling.max_file_size",
        advise=values.odd_size,
        default="100M",
        option="max-filesize",
        doc="""
            How much of a message is scanned. Of a larger one the first that many
            bytes are; if there is nothing in them, `OnOversize` applies (the C
            program calls it clean). 0 is no limit.

            clamd has limits of its own: `MaxFileSize`, `MaxScanSize` and
            `StreamMaxLength` in its conf should not be smaller. What it did not look
            at is treated as oversize too.
            """,
    ),
)

"""Rules in front of OnClean, OnInfected, OnFail and OnOversize."""

from __future__ import annotations

from clamgate.config import policy_values, values
from clamgate.config.directives.model import Directive, Group, Kind, Origin

POLICY = (
    Directive(
        "OnSignature",
        Group.POLICY,
        Kind.STRING,
        policy_values.on_signature,
        repeatable=True,
        unset="OnInfected decides alone",
        example=("phishing Tag", "Sanesecurity.Jurlbl.* Accept"),
        origin=Origin.CLAMGATE,
        doc="""
            What becomes of a message with such a signature: a class, or a pattern for
            names, and an action. The first line that fits any signature found decides;
            where none does, `OnInfected` (for `limits`: `OnOversize`).

            In a pattern `*` stands for anything, `?` for one character, and case does
            not count; it is held against the name with and without `.UNOFFICIAL`. A
            word of letters only has to be a class.
            """,
    ),
    Directive(
        "OnEncrypted",
        Group.POLICY,
        Kind.WORD,
        policy_values.action,
        unset="as for any other infected message",
        choices=policy_values.ACTION_WORDS,
        example=("Store",),
        origin=Origin.CLAMGATE,
        doc="""
            What becomes of a message with a file that needs a password: another word
            for `OnSignature encrypted`. clamd tells of them only if its conf says
            `AlertEncrypted yes`; of zips and 7z, `TryPasswords yes` tells as well.
            """,
    ),
    Directive(
        "OnAttachment",
        Group.POLICY,
        Kind.STRING,
        policy_values.on_attachment,
        repeatable=True,
        unset="what is attached does not matter",
        example=('"*.exe" Reject', "application/x-msdownload Reject", "unlisted Store"),
        origin=Origin.CLAMGATE,
        doc="""
            What becomes of a message with such a file: a pattern for names, or one with
            a slash for types (declared ones, and what the first bytes show), and an
            action. It is held against the names that any mail program might show and
            those in zip, 7z, tar and rar archives: docs/attachments.md. The first line
            that fits any file decides, so put the strictest first; files that an
            `Accept` fits do not count for the lines below it.

            The word `unlisted` fits a message with an archive whose names are encrypted,
            broken or too many. With any `OnAttachment` such a message is otherwise
            treated as `OnOversize` says.

            Where something was found, `OnSignature` and `OnInfected` decide, unless they
            would deliver the message.
            """,
    ),
    Directive(
        "OnAmbiguous",
        Group.POLICY,
        Kind.WORD,
        policy_values.action_for_ambiguous,
        default="Accept",
        choices=policy_values.AMBIGUOUS_WORDS,
        example=("Store",),
        origin=Origin.CLAMGATE,
        doc="""
            What becomes of a message of which mail programs disagree on what is
            attached: docs/attachments.md. Its place among the `OnAttachment` lines is
            that of its line.
            """,
    ),
    Directive(
        "AmbiguityHeader",
        Group.POLICY,
        Kind.BOOL,
        values.boolean,
        field="rules.ambiguity_header",
        default="no",
        origin=Origin.CLAMGATE,
        doc="""
            Whether a scanned message is given the field `MIME-Ambiguity-Results`, which
            says whether mail programs agree on what is attached. Fields of this name
            that it came with are removed.
            """,
    ),
    Directive(
        "SignatureClass",
        Group.POLICY,
        Kind.STRING,
        policy_values.signature_class,
        repeatable=True,
        unset="the classes above",
        example=("spam MyFeed.Spam.* MyFeed.Scam.*",),
        origin=Origin.CLAMGATE,
        doc="""
            Puts signatures into a class, of the ones above or a new one. These lines
            are asked before the table that comes with clamgate, in their order.
            """,
    ),
    Directive(
        "ExceptSignature",
        Group.POLICY,
        Kind.STRING,
        policy_values.signature_exception,
        repeatable=True,
        advise=policy_values.ended,
        unset="every signature counts",
        example=("Foo.Bar-1 until 2027-01-31 for example.org",),
        origin=Origin.CLAMGATE,
        doc="""
            A signature known to be wrong: messages are treated as if it had not been
            found, those with no other one as clean. `until` ends it with that day;
            `for` makes it hold for one recipient, all of a domain (`example.org`), or
            all below a domain (`.example.org`). What clamd did not look at whole stays
            unscanned all the same.
            """,
    ),
    Directive(
        "TagHeader",
        Group.POLICY,
        Kind.STRING,
        policy_values.tag_header,
        field="rules.tag_headers",
        repeatable=True,
        unset="Tag adds no field but X-Virus-Scanned and X-Virus-Status",
        example=('"X-Spam-Flag: YES"', '"X-Virus-Rule: %c, %v, %r"'),
        origin=Origin.CLAMGATE,
        doc="""
            A field that action `Tag` adds. In its text `%v` stands for the signatures,
            `%c` for their classes, `%r` for the rule, `%f` for the name of the file;
            any other `%` for itself. Other than ASCII is encoded as RFC 2047 has it.
            """,
    ),
    Directive(
        "KeepCopy",
        Group.POLICY,
        Kind.BOOL,
        values.boolean,
        field="rules.keep_copy",
        default="no",
        origin=Origin.CLAMGATE,
        doc="""
            Whether a copy of what is rejected, blackholed or stripped is kept in
            `QuarantineDirectory`, as it came. It is on disk before the MTA is answered.
            """,
    ),
    Directive(
        "PolicyFile",
        Group.POLICY,
        Kind.PATH,
        values.absolute_path,
        unset="no rules but those of the conf",
        example=("/etc/clamgate/policy.toml",),
        origin=Origin.CLAMGATE,
        doc="""
            Rules with conditions on class, signature, sender, recipient, client, login,
            direction and size: docs/policy.md. They are asked before `OnSignature`.
            """,
    ),
)

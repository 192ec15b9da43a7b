"""Where messages are kept that are not delivered."""

from __future__ import annotations

from clamgate.config import endpoints, values
from clamgate.config.directives.model import Directive, Group, Kind, Origin

QUARANTINE = (
    Directive(
        "QuarantineDirectory",
        Group.QUARANTINE,
        Kind.PATH,
        values.absolute_path,
        field="quarantine.directory",
        unset="nothing can be stored, and no rule may ask for it",
        example=("/var/lib/clamgate/quarantine",),
        origin=Origin.CLAMGATE,
        doc="""
            Where the messages go that action `Store` takes out of the mail: byte for
            byte as they came, and readable to the filter's user only.
            """,
    ),
    Directive(
        "QuarantineIndex",
        Group.QUARANTINE,
        Kind.STRING,
        values.database_url,
        field="quarantine.index",
        unset="SQLite, in the file `index.db` in `QuarantineDirectory`",
        example=("postgresql://clamgate@db.example.com/clamgate",),
        origin=Origin.CLAMGATE,
        doc="""
            The database of what is stored: `sqlite:////path` or
            `postgresql://user@host/database`. With PostgreSQL several hosts can share
            one, and each can list what all of them keep; the messages themselves stay
            in the `QuarantineDirectory` of the host that took them. PostgreSQL needs
            the Python module psycopg (Debian: python3-psycopg).

            `clamgate config` shows the URL: leave a password to libpq's `passfile`,
            or let the server know the filter's user.
            """,
    ),
    Directive(
        "QuarantineMaxAge",
        Group.QUARANTINE,
        Kind.DAYS,
        values.days,
        field="quarantine.max_age",
        default="30",
        origin=Origin.CLAMGATE,
        doc="""
            How long messages are kept. 0 is for ever.
            """,
    ),
    Directive(
        "QuarantineMaxSize",
        Group.QUARANTINE,
        Kind.SIZE,
        values.size_or_unlimited,
        field="quarantine.max_size",
        advise=values.odd_size,
        default="0",
        origin=Origin.CLAMGATE,
        doc="""
            How much room the files in `QuarantineDirectory` may take, the index not
            counted. What is beyond it is removed every few minutes, the oldest first.
            0 is no limit: when the disk is full, `OnFail` applies to what can no
            longer be stored.
            """,
    ),
    Directive(
        "ReleaseVia",
        Group.QUARANTINE,
        Kind.STRING,
        endpoints.smtp_server,
        field="quarantine.release_via",
        unset="`ReleaseThrough`, if `ReleaseFrom` is set; otherwise nothing can be released",
        example=("127.0.0.1:10026",),
        origin=Origin.CLAMGATE,
        doc="""
            Where `clamgate quarantine release` hands messages back to the MTA:
            `HOST:PORT` of an SMTP server that does *not* ask this filter. With
            Postfix that is a line in master.cf with
            `-o smtpd_milters= -o receive_override_options=no_milters`, open to this
            host only.
            """,
    ),
    Directive(
        "ReleaseThrough",
        Group.QUARANTINE,
        Kind.STRING,
        endpoints.smtp_server,
        field="quarantine.release_through",
        default="127.0.0.1:25",
        origin=Origin.CLAMGATE,
        doc="""
            For an MTA that cannot have such a port: `HOST:PORT` of an SMTP server that
            asks this filter. What is released there carries a signed field,
            `X-Clamgate-Release`, by which the filter knows it again; it holds for 15
            minutes, for one delivery, for that body and those recipients. It counts
            only if `ReleaseFrom` is set and `ReleaseVia` is not.
            """,
    ),
    Directive(
        "ReleaseFrom",
        Group.QUARANTINE,
        Kind.STRING,
        endpoints.network,
        repeatable=True,
        unset="no mail is taken for a release",
        example=("127.0.0.0/8", "::1"),
        origin=Origin.CLAMGATE,
        doc="""
            The networks from which a signed release may come, as the MTA sees it.
            From anywhere else the field means nothing. The filter removes it from all
            mail. Can be repeated.
            """,
    ),
    Directive(
        "ExceptionFile",
        Group.QUARANTINE,
        Kind.PATH,
        values.absolute_path,
        field="quarantine.exception_file",
        unset="`clamgate quarantine release --except` has nowhere to write",
        example=("/etc/clamav/clamgate-exceptions.conf",),
        origin=Origin.CLAMGATE,
        doc="""
            A file of `ExceptSignature` lines that is read as part of the conf, and that
            `clamgate quarantine release --except` adds to. It need not exist. With
            Chroot, it lies outside, as the conf does.
            """,
    ),
)

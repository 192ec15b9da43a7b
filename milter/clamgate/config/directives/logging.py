"""What is written down, and where."""

from __future__ import annotations

from clamgate.config import values
from clamgate.config.directives.model import Directive, Group, Kind, Origin
from clamgate.core.settings import LogDetail, LogFormat, LogPrivacy

_DETAILS = tuple(detail.value for detail in LogDetail)

LOGGING = (
    Directive(
        "LogFile",
        Group.LOGGING,
        Kind.PATH,
        values.absolute_path,
        field="logging.file",
        option="log",
        short="l",
        unset="no log file",
        example=("/var/log/clamav/clamav-milter.log",),
        doc="""
            The file to log to. Its directory must exist, and `User` must be able to
            write.
            """,
    ),
    Directive(
        "LogFileUnlock",
        Group.LOGGING,
        Kind.BOOL,
        values.negated,
        field="logging.lock",
        default="no",
        doc="""
            Whether to go without the lock on the log file, which keeps a second
            filter from being started with the same conf.
            """,
    ),
    Directive(
        "LogFileMaxSize",
        Group.LOGGING,
        Kind.SIZE,
        values.size,
        field="logging.max_size",
        advise=values.odd_size,
        default="1M",
        doc="""
            How large the log file may become. Then logging to it ends, or, with
            `LogRotate`, a new one is begun. 0 is no limit.
            """,
    ),
    Directive(
        "LogTime",
        Group.LOGGING,
        Kind.BOOL,
        values.boolean,
        field="logging.time",
        default="no",
        doc="""
            Whether each line in the log file begins with the time.
            """,
    ),
    Directive(
        "LogSyslog",
        Group.LOGGING,
        Kind.BOOL,
        values.boolean,
        field="logging.syslog",
        default="no",
        doc="""
            Whether to log to syslog, also besides `LogFile`.
            """,
    ),
    Directive(
        "LogJournal",
        Group.LOGGING,
        Kind.BOOL,
        values.boolean,
        field="logging.journal",
        default="no",
        origin=Origin.CLAMGATE,
        doc="""
            Whether to log to the journal of systemd, also besides `LogFile`. With
            `LogFormat json` each field of a line becomes one of the journal's, such as
            CLAMGATE_QUEUE_ID. See docs/logging.md.
            """,
    ),
    Directive(
        "LogFacility",
        Group.LOGGING,
        Kind.WORD,
        values.facility,
        field="logging.facility",
        default="LOG_LOCAL6",
        doc="""
            The syslog facility: `LOG_MAIL`, `LOG_DAEMON`, `LOG_USER`, `LOG_LOCAL0` to
            `LOG_LOCAL7` and so on, in capitals.
            """,
    ),
    Directive(
        "LogVerbose",
        Group.LOGGING,
        Kind.BOOL,
        values.boolean,
        field="logging.verbose",
        default="no",
        doc="""
            Whether to log what is of interest only when looking for a fault.
            """,
    ),
    Directive(
        "LogRotate",
        Group.LOGGING,
        Kind.BOOL,
        values.boolean,
        field="logging.rotate",
        default="no",
        option="log-rotate",
        doc="""
            Whether a log file that has reached `LogFileMaxSize` is renamed, and one
            begun.
            """,
    ),
    Directive(
        "LogInfected",
        Group.LOGGING,
        Kind.WORD,
        values.one_of_enum(LogDetail),
        field="logging.infected",
        default="Off",
        choices=_DETAILS,
        doc="""
            What is logged of an infected message: `Basic` is sender, recipient and
            signature, `Full` also queue id, subject, message id and date.
            """,
    ),
    Directive(
        "LogClean",
        Group.LOGGING,
        Kind.WORD,
        values.one_of_enum(LogDetail),
        field="logging.clean",
        default="Off",
        choices=_DETAILS,
        doc="""
            The same for a message in which nothing was found. Makes a large log.
            """,
    ),
    Directive(
        "LogFormat",
        Group.LOGGING,
        Kind.WORD,
        values.one_of_enum(LogFormat),
        field="logging.format",
        default="text",
        choices=tuple(one.value for one in LogFormat),
        origin=Origin.CLAMGATE,
        doc="""
            What a log line is: `text` for people, in clamav-milter's words, or `json`,
            an object for each message, whatever becomes of it, and for each change of
            state. `LogInfected`, `LogClean` and `LogTime` then make no difference. What
            the objects hold is said in docs/logging.md.
            """,
    ),
    Directive(
        "LogPrivacy",
        Group.LOGGING,
        Kind.WORD,
        values.one_of_enum(LogPrivacy),
        field="logging.privacy",
        choices=tuple(one.value for one in LogPrivacy),
        repeatable=True,
        unset="nothing is masked",
        example=("Subject", "Addresses", "Clients"),
        origin=Origin.CLAMGATE,
        doc="""
            What is masked in the log. `Subject` is the subject. `Addresses` are the local
            parts of senders and recipients, and login names: `<***@example.net>`.
            `Clients` are the names of SMTP clients and the last parts of their addresses:
            of 192.0.2.57, 192.0.2.0 is logged. Can be repeated. The MTA's queue id and the
            Message-ID stay, to find a mail in the MTA's own log. `VirusAction` is told
            everything.
            """,
    ),
    Directive(
        "HistorySize",
        Group.LOGGING,
        Kind.WORD,
        values.history_size,
        field="history_size",
        default="10000",
        origin=Origin.CLAMGATE,
        doc="""
            How many of the last messages are remembered for `clamgate history` and
            `clamgate top`, in memory: at most 1 KiB for each, all processes together.
            0 is none, and so is to have no `ControlSocket`. `LogPrivacy` masks them too.
            """,
    ),
    Directive(
        "SupportMultipleRecipients",
        Group.LOGGING,
        Kind.BOOL,
        values.boolean,
        field="each_recipient",
        default="no",
        doc="""
            Whether `LogInfected` and `LogClean` write a line, and `VirusAction` is
            run, once for each recipient of a message. Otherwise it is once, with the
            last recipient.
            """,
    ),
)

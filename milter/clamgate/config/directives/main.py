"""The daemon itself: its socket, its process, its files."""

from __future__ import annotations

from clamgate.config import endpoints, values
from clamgate.config.directives.model import Directive, Group, Kind, Origin
from clamgate.core.settings import MIB

MAIN = (
    Directive(
        "MilterSocket",
        Group.MAIN,
        Kind.STRING,
        endpoints.milter_socket,
        field="listen.socket",
        mandatory=True,
        unset="there is none: the conf must set it",
        example=("/run/clamav/clamav-milter.ctl",),
        doc="""
            Where the MTA reaches the filter. Mandatory.

            `unix:/path` (or `local:/path`, or the path alone) is a unix socket.
            `inet:port` and `inet6:port` listen on every IPv4 or IPv6 address of this
            host, `inet:port@address` on one; a host name or a bracketed address will
            do.

            Postfix must be given the same socket, as `unix:/path` or
            `inet:host:port`. A chrooted Postfix (Debian's default) sees paths inside
            of /var/spool/postfix only.
            """,
    ),
    Directive(
        "MilterSocketGroup",
        Group.MAIN,
        Kind.STRING,
        values.group,
        field="listen.group",
        unset="the main group of `User`",
        example=("postfix",),
        doc="""
            The group, by name or number, that owns the unix socket.
            """,
    ),
    Directive(
        "MilterSocketMode",
        Group.MAIN,
        Kind.STRING,
        values.mode,
        field="listen.mode",
        advise=values.odd_mode,
        unset="what the umask leaves",
        example=("660",),
        doc="""
            The permissions of the unix socket, in octal. Only those to read and write
            count. Who may write to it can have messages scanned: give it to the MTA's
            group.
            """,
    ),
    Directive(
        "FixStaleSocket",
        Group.MAIN,
        Kind.BOOL,
        values.boolean,
        field="listen.fix_stale",
        default="yes",
        doc="""
            Whether a unix socket that an earlier run left behind is replaced. One on
            which somebody still answers never is.
            """,
    ),
    Directive(
        "User",
        Group.MAIN,
        Kind.STRING,
        values.user,
        field="process.user",
        unset="stay who started it",
        example=("clamav",),
        doc="""
            The user to become once the socket is open, with all of its groups. It
            must exist. It takes effect only when root starts the filter.
            """,
    ),
    Directive(
        "ReadTimeout",
        Group.MAIN,
        Kind.SECONDS,
        values.seconds,
        field="clamd.read_timeout",
        default="120",
        doc="""
            How long one attempt to scan a message may take a clamd. Another clamd is
            asked after that, while `ScanDeadline` allows. 0 leaves `ScanDeadline` as
            the only limit.
            """,
    ),
    Directive(
        "ScanDeadline",
        Group.MAIN,
        Kind.SECONDS,
        values.some_seconds,
        field="clamd.scan_deadline",
        default="240",
        origin=Origin.CLAMGATE,
        doc="""
            How long all that is done to scan one message may take: every attempt, and
            the waits in between. When it is over, `OnFail` applies.

            Postfix waits 300 seconds (`milter_content_timeout`) and then makes up its
            own answer, so this should be well below.
            """,
    ),
    Directive(
        "Foreground",
        Group.MAIN,
        Kind.BOOL,
        values.boolean,
        field="process.foreground",
        default="no",
        option="foreground",
        short="F",
        doc="""
            Whether to stay in the foreground. Wanted under systemd, Docker and a
            debugger.
            """,
    ),
    Directive(
        "Chroot",
        Group.MAIN,
        Kind.PATH,
        values.absolute_path,
        field="process.chroot",
        unset="stay in the whole file system",
        example=("/var/lib/clamgate",),
        doc="""
            The directory to make the root of all that the filter sees once it has
            started. Only root may. `TemporaryDirectory`, a unix `ClamdSocket`,
            `AllowList` and the file of `SkipAuthenticated` are looked up inside of
            it.
            """,
    ),
    Directive(
        "PidFile",
        Group.MAIN,
        Kind.PATH,
        values.absolute_path,
        field="process.pid_file",
        option="pid",
        short="p",
        unset="no such file",
        example=("/run/clamav/clamav-milter.pid",),
        doc="""
            The file to write the daemon's process id to. Its directory must exist.
            """,
    ),
    Directive(
        "TemporaryDirectory",
        Group.MAIN,
        Kind.PATH,
        values.absolute_path,
        field="spooling.temporary_directory",
        option="tempdir",
        unset="the environment's `TMPDIR`, or else /tmp",
        example=("/var/spool/clamgate",),
        doc="""
            Where messages are put that are too large for memory. They are files
            without a name, readable to the filter only, and gone with it whatever
            happens. The directory must exist.
            """,
    ),
    Directive(
        "MaxSpoolMemory",
        Group.MAIN,
        Kind.SIZE,
        values.size_of_at_least(MIB),
        field="spooling.max_memory",
        advise=values.odd_size,
        default="128M",
        origin=Origin.CLAMGATE,
        doc="""
            How much memory all messages at hand may take together. Beyond it they go
            to `TemporaryDirectory` at once. At least 1M.
            """,
    ),
)

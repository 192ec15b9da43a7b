"""The scanners."""

from __future__ import annotations

from clamgate.config import endpoints, values
from clamgate.config.directives.model import Directive, Group, Kind, Origin
from clamgate.core.settings import ScanParts

CLAMD = (
    Directive(
        "ClamdSocket",
        Group.CLAMD,
        Kind.STRING,
        endpoints.clamd_socket,
        field="clamd.sockets",
        repeatable=True,
        mandatory=True,
        unset="there is none: the conf must set it",
        example=("unix:/run/clamav/clamd.ctl", "tcp:scanner.example.com:3310"),
        doc="""
            A clamd to have messages scanned by: `unix:/path` or `tcp:host:port`. The
            port may be left out, and is 3310 then, but not after a bare IPv6 address:
            write `tcp:[2001:db8::1]:3310` there. Mandatory.

            Repeated, it gives more of them. A message goes to the one that is least
            busy among those that answer, and to another if that one fails in the
            middle of it. A host name is looked up again at each connection. The same
            socket twice is legal.

            A unix clamd is handed the message as an open file; it needs no right to
            read `TemporaryDirectory`.

            Each clamd that comes up is given the EICAR test file, to see how large a
            message it really looks at. It logs that under the name
            `clamgate-self-test`, and runs its `VirusEvent`, if it has one, for it.
            """,
    ),
    Directive(
        "MaxScans",
        Group.CLAMD,
        Kind.WORD,
        values.number,
        field="clamd.max_scans",
        default="0",
        origin=Origin.CLAMGATE,
        doc="""
            How many messages each clamd is given at once. More than that stand in line
            here, and who came first is scanned first; in clamd they would hold up its
            other clients too. 0 is what clamd says its `MaxThreads` is, or 10 if it
            does not say. The number is shared out among the workers, each of which
            has one at least.
            """,
    ),
    Directive(
        "ClamdWait",
        Group.CLAMD,
        Kind.SECONDS,
        values.seconds,
        field="clamd.wait",
        default="30",
        origin=Origin.CLAMGATE,
        doc="""
            How long one message waits, in all, for a clamd to come up or come back.
            When it is over, `OnFail` applies. A clamd that is restarted within that
            time costs no message a deferral. 0 is to fail at once, as the C program
            does.
            """,
    ),
    Directive(
        "ScanParts",
        Group.CLAMD,
        Kind.WORD,
        values.one_of_enum(ScanParts),
        field="clamd.scan_parts",
        default="Auto",
        choices=("Auto", "Always", "Never"),
        origin=Origin.CLAMGATE,
        doc="""
            Mail programs differ in what they take for an attachment, and clamd has a
            way of its own: a file can hide in the difference. After the message as a
            whole, its parts are scanned one by one, as any common program would see
            them.

            `Auto` is to do so for messages over which programs may disagree, and for
            those in which something was found, so that `LogVerbose` says in which part;
            ordinary mail is scanned once. `Always` is for all messages, `Never` for
            none. A part of which clamd says nothing in time is no clean part: the
            message is handled as `OnFail` says. See docs/attachments.md.
            """,
    ),
    Directive(
        "TryPasswords",
        Group.CLAMD,
        Kind.BOOL,
        values.boolean,
        field="clamd.try_passwords",
        default="no",
        origin=Origin.CLAMGATE,
        doc="""
            Whether locked zips and 7z are opened with what may be their password: the words of
            the subject, the text and the names of files, and some that are common. What
            is inside is then scanned. See docs/attachments.md.
            """,
    ),
)

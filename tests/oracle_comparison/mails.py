"""What is sent to both programs: sessions of one message or more, each by some client.

Every recipient stands in one message only, so that a log line can be told whose it is.
"""

from __future__ import annotations

from base64 import encodebytes
from dataclasses import dataclass, replace

from clamgate.harness.mail import Fields, Message, Peer
from clamgate.harness.private_clamd import EICAR
from clamgate.harness.wire import Family, Options, offer

HEADER: Fields = (
    (b"From", b" Sender <sender@example.org>"),
    (b"Subject", b" hello"),
    (b"Message-ID", b" <1@example.org>"),
    (b"Date", b" Mon, 24 Nov 2025 10:00:00 +0000"),
)
CLEAN = b"Nothing to see here.\r\n"
INFECTED = EICAR + b"\r\n"
LONG_SUBJECT = "long " * 300
LINE = b"x" * 70 + b"\r\n"

CLIENT = Peer()
HOME = Peer(host=b"client.home.example", address=b"192.0.2.130")
HOME6 = Peer(host=b"client6.home.example", family=Family.INET6, address=b"IPv6:2001:db8::7")

BOUNDARY = b"=_part"
MULTIPART: Fields = (
    *HEADER,
    (b"MIME-Version", b" 1.0"),
    (b"Content-Type", b' multipart/mixed;\n\tboundary="' + BOUNDARY + b'"'),
)


@dataclass(frozen=True, slots=True)
class Case:
    """A session with the filter.

    Attributes:
        name: Unique; the local part of its recipients, unless a message says otherwise.
        messages: Sent one after the other.
        peer: The client.
        offered: What the MTA can do; None is all that there is today.
        gives_up_first: Whether an infected message comes before them that is never finished.
    """

    name: str
    messages: tuple[Message, ...]
    peer: Peer = CLIENT
    offered: Options | None = None
    gives_up_first: bool = False


GIVEN_UP = Message(fields=HEADER, body=INFECTED, recipients=(b"<given-up@example.net>",))


def multipart(filler: bytes) -> bytes:
    """Return a body of a text and, behind it, an infected attachment in base64."""
    return b"".join(
        (
            b"--" + BOUNDARY + b"\r\nContent-Type: text/plain\r\n\r\n" + filler,
            b"\r\n--" + BOUNDARY + b"\r\nContent-Type: application/octet-stream\r\n",
            b"Content-Transfer-Encoding: base64\r\n\r\n",
            encodebytes(EICAR).replace(b"\n", b"\r\n"),
            b"--" + BOUNDARY + b"--\r\n",
        )
    )


def one(name: str, message: Message, peer: Peer = CLIENT) -> Case:
    """Return a session of one message, which goes to one recipient if it names none."""
    return Case(name, (addressed(name, message),), peer)


def addressed(name: str, message: Message) -> Message:
    """Give a message a queue id and, where it has the default one, a recipient of its own."""
    message = replace(message, queue_id=f"4{name.replace('-', '')}".encode())
    if message.recipients == Message().recipients:
        message = replace(message, recipients=(f"<{name}@example.net>".encode(),))
    return message


def session(name: str, *messages: Message) -> Case:
    """Return a session of several messages."""
    numbered = enumerate(messages, start=1)
    return Case(name, tuple(addressed(f"{name}-{at}", message) for at, message in numbered))


clean = Message(fields=HEADER, body=CLEAN)
infected = Message(fields=HEADER, body=INFECTED)

CONTENTS = (
    one("clean", clean),
    one("infected", infected),
    one("infected-attachment", Message(fields=MULTIPART, body=multipart(CLEAN))),
    one("virus-at-the-end", Message(fields=MULTIPART, body=multipart(LINE * 200))),
    one("quoted-virus", Message(fields=HEADER, body=b"> " + INFECTED)),
    one("large", Message(fields=HEADER, body=LINE * 3000)),
    one("no-body", Message(fields=HEADER)),
    one("no-header", Message(body=CLEAN)),
    one("no-header-infected", Message(body=INFECTED)),
    one("nothing", Message()),
    one("nul-bytes", Message(fields=HEADER, body=b"a\0b\0\r\n" + INFECTED)),
    one("eight-bit-body", Message(fields=HEADER, body="Grüße\r\n".encode("latin-1"))),
)

many_forged = Message(
    fields=(
        (b"X-Virus-Scanned", b" clamav-milter 0.1 at elsewhere.example"),
        (b"x-virus-status", b" Clean"),
        *HEADER,
        (b"X-VIRUS-STATUS", b"Clean"),
        (b"X-Virus-Status", b" Infected\n (Other)"),
        (b"X-Virus-Scanned", b""),
        (b"X-Virus-Statuses", b" stays"),
    ),
    body=CLEAN,
)

HEADERS = (
    one(
        "one-forged-status",
        Message(fields=(*HEADER, (b"X-Virus-Status", b" Clean")), body=INFECTED),
    ),
    one("many-forged-fields", many_forged),
    one(
        "folded",
        Message(
            fields=((b"Subject", b" one\n two\n\tthree"), (b"Date", b"\n Monday"), *HEADER),
            body=CLEAN,
        ),
    ),
    one(
        "quotes-and-tabs",
        Message(fields=((b"Subject", b" it's\ta 'test'\x01 50% %s"), *HEADER), body=INFECTED),
    ),
    one(
        "eight-bit-subject",
        Message(fields=((b"Subject", " Grüße".encode()), *HEADER), body=INFECTED),
    ),
    one(
        "latin-1-subject",
        Message(fields=((b"Subject", " Grüße".encode("latin-1")), *HEADER), body=CLEAN),
    ),
    one("long-subject", Message(fields=((b"Subject", f" {LONG_SUBJECT}".encode()),), body=CLEAN)),
    one(
        "odd-spaces",
        Message(
            fields=((b"Subject", b"no space"), (b"Message-ID", b"  two"), (b"Date", b"\ttab")),
            body=INFECTED,
        ),
    ),
    one("empty-subject", Message(fields=((b"Subject", b""),), body=CLEAN)),
    one("other-fields-only", Message(fields=((b"To", b" rcpt@example.net"),), body=INFECTED)),
)

ENVELOPES = (
    one("null-sender", replace(clean, sender=b"<>")),
    one("null-sender-infected", replace(infected, sender=b"<>")),
    one("odd-sender", replace(infected, sender=b'<"a b%s"@example.org>')),
    one("eight-bit-sender", replace(infected, sender="<jörg@example.org>".encode())),
    one("bare-sender", replace(infected, sender=b"sender@example.org")),
    one("allowed-sender", replace(infected, sender=b"<Boss@Example.org>")),
    one("not-quite-allowed-sender", replace(infected, sender=b"<theboss@example.org>")),
    one("allowed-recipient", replace(infected, recipients=(b"<one@allowed.example>",))),
    one(
        "allowed-recipients",
        replace(infected, recipients=(b"<two@Allowed.Example>", b"<Postmaster@x.example>")),
    ),
    one(
        "allowed-recipient-no-header",
        Message(body=INFECTED, recipients=(b"<three@allowed.example>",)),
    ),
    one("allowed-recipient-nothing", Message(recipients=(b"<four@allowed.example>",))),
    one(
        "one-of-two-allowed",
        replace(infected, recipients=(b"<five@allowed.example>", b"<five@example.net>")),
    ),
    one(
        "other-of-two-allowed",
        replace(clean, recipients=(b"<six@example.net>", b"<six@allowed.example>")),
    ),
    one(
        "three-recipients",
        replace(infected, recipients=tuple(b"<%d-of-3@example.net>" % at for at in (1, 2, 3))),
    ),
    one("login", replace(infected, login=b"alice")),
    one("login-in-capitals", replace(infected, login=b"ALICE")),
    one("longer-login", replace(infected, login=b"alice2")),
    one("dotted-login", replace(infected, login=b"carolyx")),
    one("other-login", replace(infected, login=b"mallory")),
    one("empty-login", replace(infected, login=b"")),
)

CLIENTS = (
    one("from-home", infected, HOME),
    one("from-home-clean", clean, HOME),
    one("beside-home", infected, replace(HOME, address=b"192.0.2.127")),
    one("from-home6", infected, HOME6),
    one("beside-home6", infected, replace(HOME6, address=b"IPv6:2001:db9::7")),
    one("mapped-home", infected, replace(HOME6, address=b"IPv6:::ffff:192.0.2.130")),
    one("unnamed", infected, replace(HOME, host=b"[192.0.2.99]", address=b"192.0.2.99")),
    one("loopback", infected, Peer(b"localhost", Family.INET, b"127.0.0.1", 0)),
    one("loopback6", infected, Peer(b"localhost", Family.INET6, b"IPv6:::1")),
    one("local", infected, Peer(b"localhost", Family.UNKNOWN)),
    one("local-in-capitals", infected, Peer(b"LocalHost", Family.UNKNOWN)),
    one("unknown", infected, Peer(b"192.0.2.131", Family.UNKNOWN)),
    one("unix-client", infected, Peer(b"localhost", Family.UNIX, b"/run/client.sock", 0)),
)

SESSIONS = (
    session("infected-then-clean", infected, clean),
    session("clean-then-infected", clean, infected),
    session(
        "allowed-then-not",
        replace(infected, sender=b"<boss@example.org>"),
        infected,
        replace(clean, login=b"alice"),
        clean,
    ),
    session("nothing-then-infected", Message(), infected),
    replace(session("given-up-then-clean", clean), gives_up_first=True),
)

OLD_MTAS = (
    *(
        replace(one(f"version-{version}-infected", infected), offered=offer(version))
        for version in (2, 3, 4)
    ),
    replace(one("version-2-forged-fields", many_forged), offered=offer(2)),
    replace(one("version-2-no-header", Message(body=INFECTED)), offered=offer(2)),
    replace(
        one("version-2-allowed", replace(infected, recipients=(b"<seven@allowed.example>",))),
        offered=offer(2),
    ),
    replace(
        one(
            "version-4-allowed-no-header",
            Message(body=INFECTED, recipients=(b"<eight@allowed.example>",)),
        ),
        offered=offer(4),
    ),
)

CASES = (*CONTENTS, *HEADERS, *ENVELOPES, *CLIENTS, *SESSIONS, *OLD_MTAS)

"""What is sent: messages of several kinds, no two of them alike. Pure.

clamd remembers files that it found clean, attachments too, so a message that comes again costs it
nothing. Each one therefore bears a token of its own in its header, in its text and, such that the
decoded bytes differ as well, in its attachment.
"""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator
from dataclasses import dataclass

from clamgate.harness.mail import Message

KIB = 1024
MIB = 1024 * KIB

TOKEN = b"/token/to/be/put"
"""Stands in a message where its own token goes; of the same length."""

_LINE = 76
_WORDS = (
    b"the of and to in is that for it as was with be by on not this but have are which from or had"
    b" we they you were their one all would there what if can who when more out up into them some"
    b" invoice meeting order report project schedule please find attached regards thanks question"
).split()


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of message.

    Attributes:
        name: As it stands in tables.
        size: Bytes of its text, or of its attachment before it is encoded.
        attached: Whether it is an attachment, in base64, with a short text before it.
    """

    name: str
    size: int
    attached: bool = False


TEXT_1K = Kind("1 KiB text", KIB)
TEXT_6K = Kind("6 KiB text", 6 * KIB)
FILE_280K = Kind("280 KiB attachment", 280 * KIB, attached=True)
FILE_5M = Kind("5 MiB attachment", 5 * MIB, attached=True)

KINDS = (TEXT_1K, TEXT_6K, FILE_280K, FILE_5M)


def tokens(first: int = 0) -> Iterator[bytes]:
    """Yield tokens without end, each once. They are good base64 of whole bytes."""
    number = first
    while True:
        yield b"%016d" % number
        number += 1


def template(kind: Kind) -> Message:
    """Return a message of this kind, with TOKEN where its token goes; the same at every call."""
    chance = random.Random(kind.name)  # noqa: S311  it is to be the same, not secret
    body = _with_file(kind.size, chance) if kind.attached else _text(kind.size, chance)
    content_type = b"multipart/mixed; boundary=edge" if kind.attached else b"text/plain"
    return Message(fields=_header(content_type), body=body)


def scanned_bytes(message: Message) -> bytes:
    """Return what a filter hands to clamd of a message, clamav-milter's first line included."""
    fields = (name + b":" + value.replace(b"\n", b"\r\n") for name, value in message.fields)
    return b"\r\n".join([b"From clamav-milter\n" + next(fields), *fields, b"", message.body])


def _header(content_type: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """Return the 20 fields that mail of a big provider has on its way in, of 2 KiB together."""
    hop = (
        b" from relay%d.example.org (relay%d.example.org [192.0.2.%d])\n\tby mx%d.example.org with"
        b" ESMTPS id " + TOKEN + b"\n\tfor <rcpt@example.net>; Tue, 24 Nov 2026 03:08:32 +0000"
    )
    signature = base64.b64encode(bytes(range(192)))
    return (
        *((b"Received", hop % (n, n, n, n)) for n in range(3)),
        (
            b"DKIM-Signature",
            b" v=1; a=rsa-sha256; c=relaxed/relaxed; d=example.org;\n\ts=one; h=from:to:subject;"
            b"\n\tb=" + signature,
        ),
        (b"X-Google-DKIM-Signature", b" v=1; a=rsa-sha256; d=example.org; b=" + signature),
        (b"X-Gm-Message-State", b" " + signature[:96]),
        (b"X-Received", b" by 2002:a05:6402:1111 with SMTP id " + TOKEN),
        (b"Return-Path", b" <sender@example.org>"),
        (b"Authentication-Results", b" mx.example.org; dkim=pass; spf=pass; dmarc=pass"),
        (b"MIME-Version", b" 1.0"),
        (b"From", b" Sender Name <sender@example.org>"),
        (b"To", b" Recipient Name <rcpt@example.net>"),
        (b"Reply-To", b" sender@example.org"),
        (b"Subject", b" Minutes of the meeting, and what comes next"),
        (b"Date", b" Tue, 24 Nov 2026 03:08:32 +0000"),
        (b"Message-ID", b" <" + TOKEN + b"@example.org>"),
        (b"References", b" <before@example.net>"),
        (b"In-Reply-To", b" <before@example.net>"),
        (b"User-Agent", b" Example Mail 1.0"),
        (b"Content-Type", b" " + content_type),
    )


def _text(size: int, chance: random.Random) -> bytes:
    lines = [b"Reference: " + TOKEN]
    length = 0
    while length < size:
        line = b" ".join(chance.choices(_WORDS, k=12))
        lines.append(line)
        length += len(line) + 2
    return b"\r\n".join(lines)[: size - 2] + b"\r\n"


def _with_file(size: int, chance: random.Random) -> bytes:
    encoded = TOKEN + base64.b64encode(chance.randbytes(size - len(TOKEN) * 3 // 4))
    lines = [encoded[at : at + _LINE] for at in range(0, len(encoded), _LINE)]
    return b"\r\n".join(
        [
            b"--edge\r\nContent-Type: text/plain\r\n",
            _text(KIB, chance),
            b"--edge",
            b'Content-Type: application/octet-stream; name="data.bin"',
            b'Content-Disposition: attachment; filename="data.bin"',
            b"Content-Transfer-Encoding: base64",
            b"",
            *lines,
            b"--edge--\r\n",
        ]
    )

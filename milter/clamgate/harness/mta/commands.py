"""MAIL and RCPT taken apart, and refused in Postfix's words where they make no sense (smtpd.c)."""

from __future__ import annotations

import re
from dataclasses import dataclass
from types import MappingProxyType

_QUOTED = rb'"(?:\\.|[^"\\])*"'
_PATH = re.compile(
    rb"\s*(<(?:" + _QUOTED + rb"|[^<>\"])*>|(?:" + _QUOTED + rb'|[^\s<>"])+)(?=\s|$)'
)
_XTEXT_NOTIFY = re.compile(rb"never|(?:success|failure|delay)(?:,(?:success|failure|delay))*")


class CommandError(Exception):
    """A command is refused. `reply` is what the client reads."""

    def __init__(self, reply: bytes) -> None:
        super().__init__(reply)
        self.reply = reply


@dataclass(frozen=True, slots=True)
class Path:
    """An envelope address.

    Attributes:
        text: As the client wrote it.
        address: Without angle brackets and route.
        args: ESMTP arguments, as the client wrote them.
    """

    text: bytes
    address: bytes
    args: tuple[bytes, ...] = ()


def parse_mail(rest: bytes, size_limit: int) -> Path:
    """Return the sender of a MAIL command; `rest` is what follows the verb.

    Args:
        rest: ``FROM:<a@b> SIZE=12``.
        size_limit: The largest message in bytes, 0 for any.

    Raises:
        CommandError: It is no sender, or an argument is unknown, malformed or too large.
    """
    path = _parse(rest, b"FROM:", b"501 5.5.4 Syntax: MAIL FROM:<address>", _BAD_SENDER)
    for arg in path.args:
        _check_sender_arg(arg, size_limit)
    return _checked(path, _BAD_SENDER)


def parse_rcpt(rest: bytes) -> Path:
    """Return the recipient of a RCPT command; `rest` is what follows the verb.

    Raises:
        CommandError: It is no recipient, or an argument is unknown or malformed.
    """
    path = _parse(rest, b"TO:", b"501 5.5.4 Syntax: RCPT TO:<address>", _BAD_RECIPIENT)
    for arg in path.args:
        key, _, value = arg.partition(b"=")
        if key.upper() == b"NOTIFY":
            if not _XTEXT_NOTIFY.fullmatch(value.lower()):
                raise CommandError(b"501 5.5.4 Error: Bad NOTIFY parameter syntax")
        elif key.upper() == b"ORCPT":
            if not all(value.partition(b";")):
                raise CommandError(b"501 5.5.4 Error: Bad ORCPT parameter syntax")
        else:
            raise CommandError(b"555 5.5.4 Unsupported option: " + arg)
    if not path.address:
        raise CommandError(_BAD_RECIPIENT)
    return _checked(path, _BAD_RECIPIENT)


_BAD_SENDER = b"501 5.1.7 Bad sender address syntax"
_BAD_RECIPIENT = b"501 5.1.3 Bad recipient address syntax"


def _parse(rest: bytes, keyword: bytes, syntax: bytes, bad: bytes) -> Path:
    if not rest.upper().startswith(keyword):
        raise CommandError(syntax)
    rest = rest[len(keyword) :]
    found = _PATH.match(rest)
    if found is None:
        raise CommandError(bad if rest.strip() else syntax)
    text = found[1]
    address = text[1:-1].strip() if text.startswith(b"<") else text
    if address.startswith(b"@") and b":" in address:  # a source route (RFC 5321, appendix C)
        address = address.partition(b":")[2]
    return Path(text, address, tuple(rest[found.end() :].split()))


def _checked(path: Path, bad: bytes) -> Path:
    local, at, domain = path.address.rpartition(b"@")
    if at and not (local and domain):
        raise CommandError(bad)
    return path


def _check_sender_arg(arg: bytes, size_limit: int) -> None:
    key, _, value = arg.partition(b"=")
    key = key.upper()
    expected = _SENDER_ARGS.get(key)
    if expected is None:
        raise CommandError(b"555 5.5.4 Unsupported option: " + arg)
    form, complaint = expected
    if not form.fullmatch(value):
        raise CommandError(complaint)
    if key == b"SIZE" and size_limit and int(value) > size_limit:
        raise CommandError(b"552 5.3.4 Message size exceeds fixed limit")


_SENDER_ARGS = MappingProxyType(
    {
        b"BODY": (re.compile(rb"(?i:7BIT|8BITMIME)"), b"501 5.5.4 Error: bad BODY parameter"),
        b"SIZE": (re.compile(rb"[0-9]{1,20}"), b"501 5.5.4 Bad message size syntax"),
        b"SMTPUTF8": (re.compile(rb""), b"501 5.5.4 Error: SMTPUTF8 takes no value"),
        b"AUTH": (re.compile(rb".+"), b"501 5.5.4 Error: bad AUTH parameter"),
        b"RET": (re.compile(rb"(?i:FULL|HDRS)"), b"501 5.5.4 Bad RET parameter syntax"),
        b"ENVID": (re.compile(rb".+"), b"501 5.5.4 Bad ENVID parameter syntax"),
    }
)
"""The arguments of MAIL: what their values look like, and what is said to others."""

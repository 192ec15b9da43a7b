"""The signed field of a release: made and checked, without looking at a clock or a disk."""

from __future__ import annotations

import hashlib
import hmac
import re
from collections.abc import Iterable
from dataclasses import dataclass

from clamgate.core.envelope import bare_address
from clamgate.core.releasing import ReleaseError

_VERSION = "1"
_FORM = re.compile(rb"1 ([0-9a-z-]{1,32}) ([0-9a-f]{32}) ([0-9]{1,12}) ([0-9a-f]{64})")


@dataclass(frozen=True, slots=True)
class Token:
    """What a release says of itself.

    Attributes:
        message_id: The stored message.
        nonce: The one-time id: 32 hexadecimal digits.
        expires: Seconds since the epoch; it is void from then on.
    """

    message_id: str
    nonce: str
    expires: int


def sign(token: Token, recipients: Iterable[bytes], body: bytes, secret: bytes) -> str:
    """Return the value of the field.

    Args:
        token: What it says.
        recipients: The arguments of RCPT TO; angle brackets, case and order do not count.
        body: The `BodyDigest` of the message's body.
        secret: The key.
    """
    return f"{_words(token)} {_signature(token, recipients, body, secret)}"


def check(
    value: bytes, recipients: Iterable[bytes], body: bytes, secret: bytes, now: float
) -> Token:
    """Return what a field says that was signed with this key for this mail, and is still valid.

    Args:
        value: The field's value, without the leading space.
        recipients: As for `sign`.
        body: As for `sign`.
        secret: The key.
        now: Seconds since the epoch.

    Raises:
        ReleaseError: It is something else.
    """
    match = _FORM.fullmatch(value.strip())
    if match is None:
        raise ReleaseError("it is not of the form that we write")
    message_id, nonce, expires, signature = (word.decode() for word in match.groups())
    token = Token(message_id, nonce, int(expires))
    if not hmac.compare_digest(signature, _signature(token, recipients, body, secret)):
        raise ReleaseError("it was not signed here for this body and these recipients")
    if now >= token.expires:
        raise ReleaseError(f"the release of {message_id} has expired")
    return token


def _words(token: Token) -> str:
    return f"{_VERSION} {token.message_id} {token.nonce} {token.expires}"


def _signature(token: Token, recipients: Iterable[bytes], body: bytes, secret: bytes) -> str:
    """Return the HMAC over all that must not be altered; each part has a length of its own."""
    addresses = sorted({bare_address(one).lower() for one in recipients})
    parts = (_words(token).encode(), body, *addresses)
    signed = b"".join(b"%d:%b," % (len(part), part) for part in parts)
    return hmac.new(secret, signed, hashlib.sha256).hexdigest()

"""AES in a zip: WinZip's AE-1 and AE-2 (https://www.winzip.com/en/support/aes-encryption)."""

from __future__ import annotations

import hmac
from collections.abc import Callable
from dataclasses import dataclass
from hashlib import pbkdf2_hmac
from struct import Struct

from clamgate.message.locked.aes import BLOCK, Aes, exclusive_or

METHOD = 99
"""The packing method of a file that is so encrypted; its true one stands in `EXTRA`."""

EXTRA = 0x9901
"""The id of the extra field that says how."""

_FIELD = Struct("<H2sBH")  # version, vendor, strength, method
_ROUNDS = 1000
_CHECK = 2
_CODE = 10
_STEP = 1 << 16
_HASH = "sha1"


@dataclass(frozen=True, slots=True)
class Strength:
    """What the extra field says.

    Attributes:
        key: Bytes of the key.
        method: How the file is packed.
    """

    key: int
    method: int

    @property
    def salt(self) -> int:
        """Bytes of salt in front of the file."""
        return self.key // 2


def strength_of(extra: bytes) -> Strength | None:
    """Return what the extra field says; None if it makes no sense."""
    if len(extra) < _FIELD.size:
        return None
    _, vendor, strength, method = _FIELD.unpack_from(extra)
    return Strength(8 + 8 * strength, method) if vendor == b"AE" and strength in (1, 2, 3) else None


def opened(
    data: bytes, strength: Strength, password: bytes, tick: Callable[[], None]
) -> bytes | None:
    """Return a file without the encryption, still packed; None if that is not the password.

    Args:
        data: Salt, check, encrypted bytes, and the code that authenticates them.
        strength: What is said of them.
        password: A password, which costs 1000 rounds of HMAC to try.
        tick: Called now and then; what it raises ends it.
    """
    salt, check = data[: strength.salt], data[strength.salt : strength.salt + _CHECK]
    size = 2 * strength.key + _CHECK
    derived = pbkdf2_hmac(_HASH, password, salt, _ROUNDS, size)
    if derived[-_CHECK:] != check or len(data) < strength.salt + _CHECK + _CODE:
        return None
    text, code = data[strength.salt + _CHECK : -_CODE], data[-_CODE:]
    if hmac.digest(derived[strength.key : -_CHECK], text, _HASH)[:_CODE] != code:
        return None
    cipher = Aes(derived[: strength.key])
    plain = bytearray()
    for at in range(0, len(text), _STEP):
        tick()
        piece = text[at : at + _STEP]
        first = at // BLOCK + 1
        counters = range(first, first + -(-len(piece) // BLOCK))
        stream = cipher.encrypt(b"".join(one.to_bytes(BLOCK, "little") for one in counters))
        plain += exclusive_or(piece, stream[: len(piece)])
    return bytes(plain)

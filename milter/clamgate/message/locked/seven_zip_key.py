"""The encryption of 7z: AES-256 with a key that takes long to make of a password."""

from __future__ import annotations

from hashlib import sha256

from clamgate.message.archives.limits import UnlistedError
from clamgate.message.locked.aes import BLOCK, Aes

_MOST_POWER = 24
_POWER = 0x3F
_HAS_SALT, _HAS_START = 0x80, 0x40
_BLOCK_POWER = 16


def decrypt(properties: bytes, data: bytes, password: str) -> bytes:
    """Return what a coder for AES gives; nonsense if that is not the password.

    Args:
        properties: The coder's: how often to hash, the salt, and where the chain starts.
        data: What it is to decode.
        password: A password.

    Raises:
        UnlistedError: The properties make no sense.
    """
    power, salt, start = _parsed(properties)
    whole = data[: len(data) - len(data) % BLOCK]
    return Aes(_key(password, salt, power)).decrypt_chain(whole, start) if whole else b""


def _parsed(properties: bytes) -> tuple[int, bytes, bytes]:
    first, second = (properties + bytes(2))[:2]
    salt = (first >> 7 & 1) + (second >> 4)
    start = (first >> 6 & 1) + (second & 0x0F)
    if not first & (_HAS_SALT | _HAS_START):
        salt = start = 0
    begin = 2 if salt or start else 1
    power = first & _POWER
    if power > _MOST_POWER or len(properties) < begin + salt + start:
        raise UnlistedError("it is encrypted in a way that is not known")
    middle = begin + salt
    return power, properties[begin:middle], properties[middle : middle + start].ljust(BLOCK, b"\0")


def _key(password: str, salt: bytes, power: int) -> bytes:
    """Hash salt, password and a counter of 8 bytes, 2 to the power of `power` times."""
    head = salt + password.encode("utf-16-le")
    length = len(head) + 8
    count = 1 << min(power, _BLOCK_POWER)
    block = bytearray((head + bytes(8)) * count)
    # The counter's lower two bytes are the same in every block of 65536.
    lowest = bytes(range(256)) * -(-count // 256)
    block[len(head) :: length] = lowest[:count]
    if count > 256:  # noqa: PLR2004  a byte's worth
        block[len(head) + 1 :: length] = b"".join(bytes((n,)) * 256 for n in range(count // 256))
    digest = sha256()
    for upper in range(1 << max(power - _BLOCK_POWER, 0)):
        for place in range(2):
            byte = bytes((upper >> 8 * place & 0xFF,))
            block[len(head) + 2 + place :: length] = byte * count
        digest.update(block)
    return digest.digest()

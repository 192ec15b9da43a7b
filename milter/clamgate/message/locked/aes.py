"""AES (FIPS 197), of many blocks at a time: what the standard library does not have.

A state of n blocks is 16 strings of n bytes, one for each place in a block. Each step is then one
call of C code for a whole string, which makes some megabytes a second.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

BLOCK = 16

_PLACES = range(BLOCK)


def _doubled(byte: int) -> int:
    return (byte << 1) ^ (0x11B if byte & 0x80 else 0)


def _s_box() -> bytes:
    """Return the S-box: the inverse in GF(2^8), then an affine map."""
    powers = list(accumulate(range(254), lambda power, _: power ^ _doubled(power), initial=1))
    logs = {power: exponent for exponent, power in enumerate(powers)}  # of 3, which makes them all
    box = bytearray()
    for byte in range(256):
        inverse = powers[-logs[byte] % 255] if byte else 0
        turned = inverse
        for _ in range(4):
            inverse = (inverse << 1 | inverse >> 7) & 0xFF
            turned ^= inverse
        box.append(turned ^ 0x63)
    return bytes(box)


_S_BOX = _s_box()
_DOUBLE = bytes(map(_doubled, range(256)))
_INVERSE_S_BOX = bytes(map(_S_BOX.index, range(256)))
# Row 1 of a column moves one place to the left, row 2 two, row 3 three; and back.
_SHIFTED = [(place + 4 * (place % 4)) % BLOCK for place in _PLACES]
_SHIFTED_BACK = [(place - 4 * (place % 4)) % BLOCK for place in _PLACES]


class Aes:
    """Encrypts and decrypts with one key.

    Args:
        key: 16, 24 or 32 bytes.
    """

    def __init__(self, key: bytes) -> None:
        self._keys = _expanded(key)

    def encrypt(self, blocks: bytes) -> bytes:
        """Return whole blocks encrypted, each by itself (ECB)."""
        count = len(blocks) // BLOCK
        state = [blocks[place::BLOCK] for place in _PLACES]
        first, *rounds, last = (self._keys[at : at + BLOCK] for at in range(0, len(self._keys), 16))
        state = _added(state, first, count)
        for key in rounds:
            state = _added(_mixed(_substituted(state), count), key, count)
        state = _added(_substituted(state), last, count)
        return _joined(state)

    def decrypt(self, blocks: bytes) -> bytes:
        """Return whole blocks decrypted, each by itself (ECB)."""
        count = len(blocks) // BLOCK
        state = [blocks[place::BLOCK] for place in _PLACES]
        keys = [self._keys[at : at + BLOCK] for at in range(0, len(self._keys), BLOCK)]
        state = _added(state, keys[-1], count)
        for key in keys[-2:0:-1]:
            state = _mixed_back(_added(_substituted_back(state), key, count), count)
        state = _added(_substituted_back(state), keys[0], count)
        return _joined(state)

    def decrypt_chain(self, blocks: bytes, start: bytes) -> bytes:
        """Return whole blocks decrypted, each of which was mixed with the one before (CBC)."""
        before = (start + blocks)[: len(blocks)]
        return exclusive_or(self.decrypt(blocks), before)


def _joined(state: Sequence[bytes]) -> bytes:
    result = bytearray(BLOCK * len(state[0]))
    for place in _PLACES:
        result[place::BLOCK] = state[place]
    return bytes(result)


def exclusive_or(one: bytes, other: bytes) -> bytes:
    """Return the exclusive or of two strings of one length."""
    number = int.from_bytes(one, "little") ^ int.from_bytes(other, "little")
    return number.to_bytes(len(one), "little")


def _substituted(state: Sequence[bytes]) -> list[bytes]:
    return [state[_SHIFTED[place]].translate(_S_BOX) for place in _PLACES]


def _substituted_back(state: Sequence[bytes]) -> list[bytes]:
    return [state[_SHIFTED_BACK[place]].translate(_INVERSE_S_BOX) for place in _PLACES]


def _mixed_back(state: Sequence[bytes], count: int) -> list[bytes]:
    """Undo `_mixed`: what mixes a column so is that, twice over, with 4 and 5 for 2 and 3.

    (a, b, c, d) is first made (a + 4(a+c), b + 4(b+d), ...), and that then mixed as ever.
    """
    ready = []
    for place in _PLACES:
        other = place - place % 4 + (place + 2) % 4
        sums = exclusive_or(state[place], state[other]).translate(_DOUBLE).translate(_DOUBLE)
        ready.append(exclusive_or(state[place], sums))
    return _mixed(ready, count)


def _mixed(state: Sequence[bytes], count: int) -> list[bytes]:
    """Mix each column: every byte becomes 2a + 3b + c + d of those from itself on."""
    single = [int.from_bytes(text, "little") for text in state]
    double = [int.from_bytes(text.translate(_DOUBLE), "little") for text in state]
    mixed = []
    for place in _PLACES:
        column, row = place - place % 4, place % 4
        a, b, c, d = (column + (row + step) % 4 for step in range(4))
        number = double[a] ^ double[b] ^ single[b] ^ single[c] ^ single[d]
        mixed.append(number.to_bytes(count, "little"))
    return mixed


def _added(state: Sequence[bytes], key: bytes, count: int) -> list[bytes]:
    return list(map(exclusive_or, state, (bytes((byte,)) * count for byte in key)))


def _expanded(key: bytes) -> bytes:
    words = [key[at : at + 4] for at in range(0, len(key), 4)]
    length = len(words)
    constant = 1
    for number in range(length, 4 * (length + 7)):
        word = words[-1]
        if number % length == 0:
            word = (word[1:] + word[:1]).translate(_S_BOX)
            word = bytes((word[0] ^ constant,)) + word[1:]
            constant = _doubled(constant)
        elif length > 6 and number % length == 4:  # noqa: PLR2004  only with keys of 32 bytes
            word = word.translate(_S_BOX)
        words.append(exclusive_or(words[-length], word))
    return b"".join(words)

from __future__ import annotations

import pytest

from clamgate.message.locked.aes import Aes, exclusive_or

PLAIN = bytes.fromhex("00112233445566778899aabbccddeeff")


@pytest.mark.parametrize(
    ("length", "expected"),
    [
        (16, "69c4e0d86a7b0430d8cdb78070b4c55a"),
        (24, "dda97ca4864cdfe06eaf70a0ec0d7191"),
        (32, "8ea2b7ca516745bfeafc49904b496089"),
    ],
)
def test_the_examples_of_the_standard(length: int, expected: str) -> None:
    """FIPS 197, appendix C."""
    assert Aes(bytes(range(length))).encrypt(PLAIN).hex() == expected


def test_many_blocks_are_as_one_after_the_other() -> None:
    cipher = Aes(bytes(range(32)))
    blocks = [number.to_bytes(16, "big") for number in range(300)]
    assert cipher.encrypt(b"".join(blocks)) == b"".join(map(cipher.encrypt, blocks))
    assert cipher.encrypt(b"") == b""


def test_exclusive_or() -> None:
    assert exclusive_or(b"\x00\xff\x0f", b"\x00\x0f\xff") == b"\x00\xf0\xf0"

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
    cipher = Aes(bytes(range(length)))
    assert cipher.encrypt(PLAIN).hex() == expected
    assert cipher.decrypt(bytes.fromhex(expected)) == PLAIN


def test_many_blocks_are_as_one_after_the_other() -> None:
    cipher = Aes(bytes(range(32)))
    blocks = [number.to_bytes(16, "big") for number in range(300)]
    assert cipher.encrypt(b"".join(blocks)) == b"".join(map(cipher.encrypt, blocks))
    assert cipher.encrypt(b"") == b""


def test_exclusive_or() -> None:
    assert exclusive_or(b"\x00\xff\x0f", b"\x00\x0f\xff") == b"\x00\xf0\xf0"


def test_a_chain_of_blocks() -> None:
    """NIST SP 800-38A, F.2.5: CBC with a key of 256 bits, its first two blocks."""
    key = bytes.fromhex("603deb1015ca71be2b73aef0857d77811f352c073b6108d72d9810a30914dff4")
    text = bytes.fromhex("f58c4c04d6e5f1ba779eabfb5f7bfbd69cfc4e967edb808d679f777bc6702c7d")
    plain = "6bc1bee22e409f96e93d7e117393172aae2d8a571e03ac9c9eb76fac45af8e51"
    assert Aes(key).decrypt_chain(text, bytes(range(16))).hex() == plain

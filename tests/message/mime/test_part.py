from __future__ import annotations

import pytest

from clamgate.message.mime.part import Part


def part(data: bytes) -> Part:
    return Part("1", (), "", "", data, "")


@pytest.mark.parametrize(
    ("data", "detected"),
    [
        (b"PK\x03\x04rest", "application/zip"),
        (b"MZ\x90", "application/vnd.microsoft.portable-executable"),
        (b"%PDF-1.7", "application/pdf"),
        (b"hello", ""),
        (b"", ""),
    ],
)
def test_the_first_bytes_show_the_type(data: bytes, detected: str) -> None:
    assert part(data).detected == detected


def test_its_size_is_that_of_the_decoded_bytes() -> None:
    assert part(b"12345").size == 5

from __future__ import annotations

import pytest

from clamgate.message.mime.decoders.base64 import beginning, decode, is_strict, looks_encoded


def data(text: bytes) -> set[bytes]:
    return {found for _, found in decode(text)}


def test_clean_base64_has_one_reading() -> None:
    assert list(decode(b"YWJj\r\nZGVm\r\n")) == [("base64", b"abcdef")]


@pytest.mark.parametrize(
    "text",
    [
        b"YW Jj ZG Vm",
        b"YW!Jj\0ZG\xe4Vm",
        b"====YWJjZGVm",
        b"a text: no\r\nYWJjZGVm",
        b"Y\r\nW\r\nJ\r\nj\r\nZGVm!",
        b"YWJjZGVm\r\n-- \r\nbye",
        b"YWJjZGU=Zg==",
        b"YWJj\r\n! this, is none !\r\nZGVm",
    ],
)
def test_some_reading_finds_it_all(text: bytes) -> None:
    assert any(found.startswith(b"abcdef") for found in data(text))


def test_letters_for_urls() -> None:
    assert b"\xfb\xef\xff" in data(b"--__")


@pytest.mark.parametrize(
    ("text", "strict"),
    [(b"YWJj\r\n", True), (b"YQ==", True), (b"YQ", False), (b"YW Jj", False), (b"", True)],
)
def test_is_strict(text: bytes, strict: bool) -> None:  # noqa: FBT001
    assert is_strict(text) is strict


def test_what_looks_like_it() -> None:
    assert looks_encoded(b"\r\n" + b"A" * 40 + b"\r\n")
    assert not looks_encoded(b"A" * 39 + b"\r\n")
    assert not looks_encoded(b"a word is not " * 5)


def test_the_beginning_is_300_bytes_at_most() -> None:
    assert beginning(b"YWJj\r\n" * 3) == b"abcabcabc"
    assert beginning(b"YWJj" * 1000) == b"abc" * 100

from __future__ import annotations

import pytest

from clamgate.message.mime.values import decode_words, encodings, media_types, parameter


@pytest.mark.parametrize(
    ("value", "types"),
    [
        (b"text/plain; charset=utf-8", [b"text/plain"]),
        (b"TEXT/Plain", [b"text/plain"]),
        (b'"text/plain"', [b"text/plain"]),
        (b"text/plain boundary=x", [b"text/plain"]),
        (b"(a note) text/plain", [b"(a", b"text/plain"]),
        (b"te\0xt/plain", [b"text/plain", b"te\0xt/plain"]),
    ],
)
def test_media_types(value: bytes, types: list[bytes]) -> None:
    assert media_types(value) == types


@pytest.mark.parametrize(
    ("value", "mechanism"),
    [
        (b"base64", b"base64"),
        (b"BASE64;", b"base64"),
        (b'"base64"', b"base64"),
        (b"7bit base64", b"base64"),
        (b"base64 (as ever)", b"base64"),
        (b"=?us-ascii?Q?base64?=", b"base64"),
        (b"base\n 64", b"base64"),
    ],
)
def test_encodings(value: bytes, mechanism: bytes) -> None:
    assert mechanism in encodings(value)


@pytest.mark.parametrize(
    ("value", "meaning"),
    [
        (b"multipart/mixed; boundary=abc", b"abc"),
        (b'multipart/mixed; boundary="a b"', b"a b"),
        (b"multipart/mixed; boundary='abc'", b"abc"),
        (b"multipart/mixed; boundary='abc'", b"'abc'"),
        (b'multipart/mixed; boundary="a\\bc"', b"abc"),
        (b'multipart/mixed; boundary="a\\bc"', b"a\\bc"),
        (b"multipart/mixed; boundary*0=ab; boundary*1=cd", b"abcd"),
        (b"multipart/mixed; boundary*1=cd; boundary*0=ab", b"abcd"),
        (b"multipart/mixed; boundary*=utf-8''%61bc", b"abc"),
        (b"multipart/mixed; boundary*0*=utf-8''%61; boundary*1=bc", b"abc"),
        (b"multipart/mixed; boundary=a; boundary=b", b"a"),
        (b"multipart/mixed; boundary=a; boundary=b", b"b"),
        (b"multipart/mixed; boundary=abc (a note)", b"abc"),
        (b"multipart/mixed; boundary=a(b)c", b"a(b)c"),
        (b"multipart/mixed boundary=abc", b"abc"),
        (b'multipart/mixed; boundary="=?a?Q?bc?="', b"bc"),
        (b'multipart/mixed; boundary="=?a?Q?bc?="', b"=?a?Q?bc?="),
        (b'multipart/mixed; boundary="a\n b"', b"a b"),
        (b'multipart/mixed; boundary="abc', b"abc"),
    ],
)
def test_a_parameter_has_this_meaning_among_others(value: bytes, meaning: bytes) -> None:
    assert meaning in parameter([value], b"boundary")


def test_a_plain_parameter_has_no_other_meaning() -> None:
    assert parameter([b"multipart/mixed; charset=x; boundary=abc"], b"boundary") == [b"abc"]


def test_a_parameter_that_is_not_there_has_none() -> None:
    assert parameter([b"multipart/mixed; x-boundary=abc"], b"boundary") == []


@pytest.mark.parametrize(
    ("text", "decoded"),
    [
        (b"=?utf-8?B?YWJj?=", b"abc"),
        (b"=?utf-8?q?a=62_c?=", b"ab c"),
        (b"=?a?Q?b?= \n =?a?Q?c?=", b"bc"),
        (b"=?utf-8?B?!?=", b""),
        (b"=?utf-8?B?YWJjZ?=", b"YWJjZ"),
        (b"plain", b"plain"),
    ],
)
def test_encoded_words(text: bytes, decoded: bytes) -> None:
    assert decode_words(text) == decoded

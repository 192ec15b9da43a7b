from __future__ import annotations

import pytest
from tests.hiding.containers import signed_data

from clamgate.message.mime.containers.cms import contents, is_signed_data
from clamgate.message.mime.limits import CutOffError


def whole(data: bytes) -> list[bytes]:
    return [b"".join(chunks) for chunks in contents(data)]


def test_what_was_signed_comes_out() -> None:
    data = signed_data(b"Subject: x\r\n\r\nhello")
    assert is_signed_data(data)
    assert whole(data) == [b"Subject: x\r\n\r\nhello"]


def test_pieces_are_put_together() -> None:
    inner = b"\x24\x80\x04\x02ab\x04\x02cd\x00\x00"
    data = b"\x30\x80\x06\x09\x2a\x86\x48\x86\xf7\x0d\x01\x07\x02\xa0\x80" + inner + b"\x00\x00" * 2
    assert is_signed_data(data)
    assert b"abcd" in whole(data)


def test_what_is_cut_short_is_given_as_far_as_it_goes() -> None:
    data = signed_data(b"x" * 1000)
    assert whole(data[:500])[0].startswith(b"x" * 400)


def test_other_data_is_none() -> None:
    assert not is_signed_data(b"\x30\x03\x02\x01\x00")
    assert not is_signed_data(b"")
    assert not is_signed_data(b"hello")


def test_depth_is_bounded() -> None:
    data = b""
    for _ in range(100):
        data = b"\x30\x80" + data
    assert whole(data) == []


def test_elements_are_bounded() -> None:
    with pytest.raises(CutOffError, match="S/MIME of more than"):
        whole(b"\x30\x80" + b"\x05\x00" * 300_000)

from __future__ import annotations

import pytest

from clamgate.message.mime.decoders.quoted_printable import decode, is_strict


def data(text: bytes) -> set[bytes]:
    return {found for _, found in decode(text)}


def test_clean_text_has_one_reading() -> None:
    assert list(decode(b"a=3Db=\r\nc\r\n")) == [("quoted-printable", b"a=bc\r\n")]


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        (b"=3d", b"="),
        (b"=3d", b"=3d"),
        (b"a= \t\r\nb", b"ab"),
        (b"a=\nb", b"ab"),
        (b"a=Zb", b"aZb"),
        (b"a=Zb", b"a=Zb"),
        (b"a  \r\nb", b"a\r\nb"),
        (b"a  \r\nb", b"a  \r\nb"),
        (b"a=", b"a"),
    ],
)
def test_it_has_this_meaning_among_others(text: bytes, meaning: bytes) -> None:
    assert meaning in data(text)


@pytest.mark.parametrize(
    ("text", "strict"),
    [
        (b"a=3D=20=\r\nb=C3=A4\r\n", True),
        (b"=3d", False),
        (b"a \r\n", False),
        (b"a\t\r\n", False),
        (b"a ", False),
        (b"=00", False),
        (b"=0D=0A", False),
        (b"=09", True),
        (b"=", False),
    ],
)
def test_is_strict(text: bytes, strict: bool) -> None:  # noqa: FBT001
    assert is_strict(text) is strict

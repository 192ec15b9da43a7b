from __future__ import annotations

from collections.abc import Iterable, Iterator

from clamgate.message.mime.decoders.yenc import decode, decode_files, stands_in


def files(found: Iterable[tuple[bytes, str, Iterator[bytes]]]) -> list[tuple[bytes, str, bytes]]:
    return [(name, reading, b"".join(chunks)) for name, reading, chunks in found]


def test_letters_are_shifted_by_42() -> None:
    assert b"".join(decode(bytes(byte + 42 for byte in b"abc"))) == b"abc"


def test_an_escape_shifts_by_64_more() -> None:
    assert b"".join(decode(b"=@")) == bytes([(64 - 64 - 42) % 256])


def test_line_ends_are_nothing() -> None:
    assert b"".join(decode(b"\x8b\r\n\x8c")) == b"ab"


def test_a_file_in_a_text() -> None:
    text = b"Hi\r\n=ybegin line=128 size=2 name=a b.txt\r\n\x8b\x8c\r\n=yend size=2\r\nbye"
    assert stands_in(text)
    assert files(decode_files(text)) == [(b"a b.txt", "yEnc", b"ab")]


def test_a_part_of_a_file_has_a_line_more() -> None:
    text = b"=ybegin part=1 line=128 size=2 name=a\r\n=ypart begin=1 end=2\r\n\x8b\x8c\r\n=yend\r\n"
    assert files(decode_files(text)) == [(b"a", "yEnc", b"ab")]


def test_a_file_without_an_end_or_a_name() -> None:
    assert files(decode_files(b"=ybegin line=1 size=2\n\x8b\x8c")) == [(b"", "yEnc", b"ab")]

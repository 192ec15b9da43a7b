from __future__ import annotations

from collections.abc import Iterable, Iterator

from clamgate.message.mime.decoders.uuencode import decode_files, decode_lines, stands_in


def files(found: Iterable[tuple[bytes, str, Iterator[bytes]]]) -> list[tuple[bytes, str, bytes]]:
    return [(name, reading, b"".join(chunks)) for name, reading, chunks in found]


def test_a_file_in_a_text() -> None:
    text = b"Hi\r\nbegin 644 a b.txt\r\n#86)C\r\n`\r\nend\r\nbye\r\n"
    assert stands_in(text)
    assert files(decode_files(text)) == [(b"a b.txt", "uuencode", b"abc")]


def test_two_files() -> None:
    one = b"begin 600 a\n#86)C\n`\nend\n"
    assert [data for _, _, data in files(decode_files(one + one))] == [b"abc", b"abc"]


def test_the_base64_kind() -> None:
    text = b"begin-base64 644 a\r\nYWJj\r\n====\r\n"
    assert files(decode_files(text)) == [(b"a", "uuencode, base64", b"abc")]


def test_a_file_without_an_end() -> None:
    assert files(decode_files(b"begin 644 a\n#86)C\n")) == [(b"a", "uuencode", b"abc")]


def test_what_stands_behind_a_line_is_passed_over() -> None:
    assert b"".join(decode_lines(b"#86)C and more behind it\r\n")) == b"abc"


def test_lines_of_something_else_are_passed_over() -> None:
    assert b"".join(decode_lines(b"\xff\xff\xff\r\n#86)C\r\n")) == b"abc"


def test_begin_without_a_mode_is_a_word() -> None:
    assert not stands_in(b"begin with a list:\r\n")

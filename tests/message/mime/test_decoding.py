from __future__ import annotations

from clamgate.message.mime.decoding import Decoded, decodings, files_in, holds_files

UU = b"begin 644 a.txt\r\n#86)C\r\n`\r\nend\r\n"


def test_a_body_without_an_encoding_is_as_it_stands() -> None:
    assert list(decodings(b"abc", [])) == [Decoded("", b"abc")]


def test_clean_base64_has_one_reading() -> None:
    assert list(decodings(b"YWJj\r\n", [b"base64"])) == [Decoded("base64", b"abc")]


def test_what_is_no_base64_may_be_shown_as_it_stands() -> None:
    assert Decoded("", b"not base64!") in decodings(b"not base64!", [b"base64"])


def test_two_encodings_are_both_tried() -> None:
    found = {one.data for one in decodings(b"YWJj", [b"7bit", b"base64"])}
    assert found == {b"YWJj", b"abc"}


def test_an_x_before_its_name_is_no_matter() -> None:
    assert Decoded("base64", b"abc") in decodings(b"YWJj", [b"x-base64"])


def test_what_looks_like_base64_may_be_decoded_though_nothing_says_so() -> None:
    body = b"YWJj" * 20 + b"\r\n"
    found = list(decodings(body, []))
    assert found == [
        Decoded("", body),
        Decoded("base64, though it is not said to be", b"abc" * 20),
    ]


def test_declared_uuencode_needs_no_begin() -> None:
    found = list(decodings(b"#86)C\r\n", [b"x-uuencode"]))
    assert found[-1] == Decoded("uuencode, without its begin", b"abc")


def test_files_in_a_text_have_their_names() -> None:
    assert holds_files(UU)
    assert list(files_in(b"Hello\r\n" + UU)) == [Decoded("uuencode", b"abc", b"a.txt")]


def test_a_text_that_begins_something_holds_no_file() -> None:
    assert not holds_files(b"to begin 644 times\r\nis to end\r\n")

from __future__ import annotations

import codecs

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.config.lexer import Item, lex
from clamgate.config.problems import ConfError, Findings, Place, Problem

PATH = "a.conf"
COMMENT = '"{}" is taken as part of the value of User: a comment must have a line of its own'


def items(data: bytes) -> list[tuple[str, str, int]]:
    """What is read from text that has nothing wrong with it."""
    findings = Findings()
    found = lex(data, PATH, findings)
    findings.raise_errors()
    assert findings.warnings == ()
    return [(item.name, item.value, item.place.line) for item in found]


def problems(data: bytes) -> tuple[tuple[Problem, ...], tuple[Problem, ...], list[Item]]:
    """The errors, the warnings, and what is read nevertheless."""
    findings = Findings()
    found = lex(data, PATH, findings)
    try:
        findings.raise_errors()
    except ConfError as error:
        return error.problems, findings.warnings, found
    return (), findings.warnings, found


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"", []),
        (b"\n\n", []),
        (b"# comment\n  # another\n\t#\n#", []),
        (b"LogTime yes", [("LogTime", "yes", 1)]),
        (b"LogTime yes\n", [("LogTime", "yes", 1)]),
        (b"\n \t LogTime \t yes \t \n", [("LogTime", "yes", 2)]),
        (b"LogTime yes\r\nLogSyslog no\r\n", [("LogTime", "yes", 1), ("LogSyslog", "no", 2)]),
        (codecs.BOM_UTF8 + b"LogTime yes\n", [("LogTime", "yes", 1)]),
        (b"RejectMsg two words\n", [("RejectMsg", "two words", 1)]),
        (b'RejectMsg "two words"\n', [("RejectMsg", "two words", 1)]),
        (b'TagSubject "[VIRUS] "\n', [("TagSubject", "[VIRUS] ", 1)]),
        (b'TagSubject "[VIRUS] "  \r\n', [("TagSubject", "[VIRUS] ", 1)]),
        (b'RejectMsg "say "no" to it"\n', [("RejectMsg", 'say "no" to it', 1)]),
        (b'RejectMsg a "quoted" word\n', [("RejectMsg", 'a "quoted" word', 1)]),
        (b"RejectMsg see ticket #5\n", [("RejectMsg", "see ticket #5", 1)]),
        (b'RejectMsg "a # b"\n', [("RejectMsg", "a # b", 1)]),
        (b"RejectMsg a\tb\n", [("RejectMsg", "a\tb", 1)]),
        ("TagSubject [Gefährlich]\n".encode(), [("TagSubject", "[Gefährlich]", 1)]),
        (b"# in Latin-1: \xe4\n#\0\nLogTime yes\n", [("LogTime", "yes", 3)]),
        (b"Name value\nName value\n", [("Name", "value", 1), ("Name", "value", 2)]),
    ],
)
def test_settings_are_read(data: bytes, expected: list[tuple[str, str, int]]) -> None:
    assert items(data) == expected


@pytest.mark.parametrize(
    ("data", "line", "text"),
    [
        (b"\nLogTime\n", 2, "LogTime has no value: write `LogTime VALUE`"),
        (b"LogTime \t \n", 1, "LogTime has no value: write `LogTime VALUE`"),
        (
            b'RejectMsg "no\n',
            1,
            'the value of RejectMsg begins with a double quote: close it with a "',
        ),
        (b'RejectMsg "\n', 1, "the value of RejectMsg begins with a double quote: close it with a"),
        (
            b'RejectMsg ""\n',
            1,
            "the value of RejectMsg is empty: remove the line to leave it unset",
        ),
        (b"#\n\n  Example\n", 3, "this is still the example conf"),
        (b"Examples of it\n", 1, "this is still the example conf"),
        (b"RejectMsg \xe4\n", 1, "byte 0xe4 is not UTF-8: save the file as UTF-8"),
        (b"Log\0Time yes\n", 1, "holds the unprintable character U+0000"),
        (b"LogTime yes\x1b\n", 1, "holds the unprintable character U+001B"),
        ("LogTime\u00a0yes\n".encode(), 1, "holds the unprintable character U+00A0"),
        (b"LogTime yes\rLogSyslog no\n", 1, "holds the unprintable character U+000D"),
        (codecs.BOM_UTF16_LE + "LogTime yes\n".encode("utf-16-le"), 0, "is UTF-16 text"),
        (codecs.BOM_UTF16_BE + "LogTime yes\n".encode("utf-16-be"), 0, "is UTF-16 text"),
    ],
)
def test_what_is_wrong_is_told_by_line(data: bytes, line: int, text: str) -> None:
    errors, _, read = problems(data)
    assert [(error.path, error.line) for error in errors] == [(PATH, line)]
    assert errors[0].text.startswith(text)
    assert read == []


@pytest.mark.parametrize(
    ("data", "value", "text"),
    [
        (b'RejectMsg "no" way\n', "no", '"way" after the closing quote of RejectMsg is ignored'),
        (
            b"User clamav # not root\n",
            "clamav # not root",
            COMMENT.format("# not root"),
        ),
        (
            b"User clamav ##\n",
            "clamav ##",
            COMMENT.format("##"),
        ),
    ],
)
def test_what_is_odd_is_warned_of(data: bytes, value: str, text: str) -> None:
    errors, warnings, read = problems(data)
    assert errors == ()
    assert warnings == (Problem(PATH, 1, text),)
    assert [item.value for item in read] == [value]


def test_a_line_of_one_character_is_ignored_as_the_c_program_does() -> None:
    errors, warnings, read = problems(b"x\n")
    assert (errors, read) == ((), [])
    assert warnings == (Problem(PATH, 1, 'a line of one character ("x") is ignored'),)


def test_reading_goes_on_after_a_mistake() -> None:
    errors, _, read = problems(b'Example\nLogTime\nRejectMsg "\nLogSyslog yes\n')
    assert [error.line for error in errors] == [1, 2, 3]
    assert read == [Item("LogSyslog", "yes", Place(PATH, 4))]


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_reported(data: bytes) -> None:
    errors, warnings, read = problems(data)
    last = data.count(b"\n") + 1
    assert all(0 <= problem.line <= last for problem in (*errors, *warnings))
    for item in read:
        assert item.name
        assert item.value
        assert 1 <= item.place.line <= last


NAMES = st.text("abcdefgXYZ", min_size=2, max_size=12)
VALUES = st.text(st.characters(min_codepoint=0x21, max_codepoint=0x7E), min_size=1, max_size=30)


@given(st.lists(st.tuples(NAMES, VALUES.filter(lambda text: text[0] != '"')), max_size=20))
def test_what_is_written_is_what_is_read(written: list[tuple[str, str]]) -> None:
    data = "".join(f"# comment\n\n  {name}\t{value} \n" for name, value in written).encode()
    expected = [(name, value, 3 * n) for n, (name, value) in enumerate(written, start=1)]
    assert items(data) == expected


@given(st.lists(st.tuples(NAMES, st.booleans()), max_size=20))
def test_errors_name_the_very_lines_that_are_wrong(lines: list[tuple[str, bool]]) -> None:
    data = "".join(f"{name} value\n" if right else f"{name}\n" for name, right in lines).encode()
    errors, _, _ = problems(data)
    wrong = [number for number, (_, right) in enumerate(lines, start=1) if not right]
    assert [error.line for error in errors] == wrong

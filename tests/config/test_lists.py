from __future__ import annotations

from pathlib import Path

import pytest

from clamgate.config.lists import AllowList, read_allow_list, read_names
from clamgate.config.problems import ConfError, Findings, Place, Problem
from clamgate.config.regex import compile_basic

NAMED_AT = Place("a.conf", 5)


def allow_list(path: Path, data: bytes) -> tuple[AllowList, tuple[Problem, ...]]:
    path.write_bytes(data)
    findings = Findings()
    read = read_allow_list(str(path), NAMED_AT, findings)
    findings.raise_errors()
    return read, findings.warnings


def names(path: Path, data: bytes) -> tuple[frozenset[bytes], tuple[Problem, ...]]:
    path.write_bytes(data)
    findings = Findings()
    read = read_names(str(path), NAMED_AT, findings)
    findings.raise_errors()
    return read, findings.warnings


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "list"


def test_lines_are_for_senders_or_recipients(path: Path) -> None:
    data = (
        b"# comment\n:comment\n!comment\n"
        b"From:^<boss@example\\.com>$\nfrom:^<>$\r\n"
        b"To:@trusted\\.example>$\n^<abuse@\nTO:x\\+y"
    )
    read, warnings = allow_list(path, data)
    assert [one.pattern for one in read.senders] == [b"^<boss@example\\.com>$", b"^<>$"]
    assert [one.pattern for one in read.recipients] == [
        b"@trusted\\.example>$",
        b"^<abuse@",
        b"x\\+y",
    ]
    assert warnings == ()
    assert read.senders[0] == compile_basic(b"^<boss@example\\.com>$")


def test_they_are_basic_expressions_in_any_case(path: Path) -> None:
    read, _ = allow_list(path, b"user\\+tag@\n")
    assert read.recipients[0].search(b"<USER+Tag@example.com>")
    assert not read.recipients[0].search(b"<userrtag@example.com>")


def test_bytes_that_are_not_utf_8_are_matched_as_they_are(path: Path) -> None:
    read, _ = allow_list(path, b"m\xfcller\n")
    assert read.recipients[0].search(b"<m\xfcller@example.com>")


@pytest.mark.parametrize(
    ("data", "line", "text"),
    [
        (b"ab\n\ncd\n", 2, "an empty line is ignored"),
        (b" \t\r\n", 1, "an empty line is ignored"),
        (b"@\n", 1, '"@" is ignored: expressions must have two characters or more'),
        (b"From:x\n", 1, '"x" is ignored: expressions must have two characters or more'),
        (b"To: ab\n", 1, "blanks at the start or end are taken as part of the expression"),
        (b"\\<ab", 1, "\\< is the edge of a word: for the bracket write <"),
        (b"ab\\>", 1, "\\> is the edge of a word: for the bracket write >"),
        (b"ab \n", 1, "blanks at the start or end are taken as part of the expression"),
    ],
)
def test_what_is_odd_is_warned_of(path: Path, data: bytes, line: int, text: str) -> None:
    _, warnings = allow_list(path, data)
    assert warnings == (Problem(str(path), line, text),)


def test_what_is_ignored_excludes_nobody(path: Path) -> None:
    assert allow_list(path, b"\n@\nFrom:x\n")[0] == AllowList()


def test_all_mistakes_are_told_by_line_of_the_list(path: Path) -> None:
    with pytest.raises(ConfError) as caught:
        allow_list(path, b"fine\n[a\nFrom:\nnul\0\n\\(a\\)\\1\n")
    told = {problem.line: problem.text for problem in caught.value.problems}
    assert {problem.path for problem in caught.value.problems} == {str(path)}
    assert told == {
        2: 'the expression "[a" cannot be used: a [ is not closed: write \\[ for a plain bracket'
        " (at byte 2 of the expression)",
        3: "no expression after the colon: write one, or remove the line",
        4: "holds a NUL byte: this is no text file",
        5: 'the expression "\\(a\\)\\1" cannot be used: back-references are not supported'
        " (at byte 6 of the expression)",
    }


def test_a_list_that_is_missing_is_told_where_it_is_named(tmp_path: Path) -> None:
    findings = Findings()
    path = tmp_path / "missing"
    assert read_allow_list(str(path), NAMED_AT, findings) == AllowList()
    with pytest.raises(ConfError) as caught:
        findings.raise_errors()
    assert str(caught.value) == f"a.conf:5: cannot read {path}: No such file or directory"


def test_a_path_that_no_file_can_have() -> None:
    findings = Findings()
    read_allow_list("/a\0b", NAMED_AT, findings)
    with pytest.raises(ConfError):
        findings.raise_errors()


def test_names_are_no_expressions_and_their_case_does_not_count(path: Path) -> None:
    data = b"# comment\n:x\n!x\nTom\r\nd.*k\nharry@Example.com"
    assert names(path, data) == (frozenset({b"tom", b"d.*k", b"harry@example.com"}), ())


def test_names_that_are_odd(path: Path) -> None:
    read, warnings = names(path, b"x\n\ntom \n")
    assert read == {b"tom "}
    assert [(one.line, one.text) for one in warnings] == [
        (1, '"x" is ignored: names must have two characters or more'),
        (2, "an empty line is ignored"),
        (3, "blanks at the start or end are taken as part of the name"),
    ]


def test_a_list_of_no_names(path: Path) -> None:
    read, warnings = names(path, b"")
    assert read == frozenset()
    assert warnings == (Problem(str(path), 0, "lists no names: nobody is exempt"),)

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from clamgate.config.exceptions import add_exceptions, included, pattern_for
from clamgate.config.lexer import Item, lex
from clamgate.config.problems import ConfError, Findings, Place
from clamgate.core.signatures import Glob

DAY = date(2026, 12, 9)


def items_of(path: Path, text: str | None = None) -> list[Item]:
    if text is not None:
        path.write_text(text)
    findings = Findings()
    found = included([Item("ExceptionFile", str(path), Place("x.conf", 3))], {}, findings)
    findings.raise_errors()
    return found


def test_its_lines_are_part_of_the_conf_with_their_own_places(tmp_path: Path) -> None:
    path = tmp_path / "exceptions"
    assert items_of(path, "# why\n\nExceptSignature A.* until 2026-12-09\n") == [
        Item("ExceptSignature", "A.* until 2026-12-09", Place(str(path), 3))
    ]


def test_a_file_that_is_not_there_yet_is_no_error(tmp_path: Path) -> None:
    assert items_of(tmp_path / "none") == []


def test_one_on_the_command_line_counts_instead(tmp_path: Path) -> None:
    (tmp_path / "a").write_text("ExceptSignature A\n")
    (tmp_path / "b").write_text("ExceptSignature B\n")
    own = [Item("ExceptionFile", str(tmp_path / "a"), Place("x.conf", 3))]
    (item,) = included(own, {"ExceptionFile": [str(tmp_path / "b")]}, Findings())
    assert item.value == "B"


def test_nothing_else_may_stand_in_it(tmp_path: Path) -> None:
    with pytest.raises(ConfError) as caught:
        items_of(tmp_path / "e", "ExceptSignature A\nOnInfected Accept\nExceptSignature\n")
    assert [(one.line, one.text) for one in caught.value.problems] == [
        (2, "OnInfected has no place here, only ExceptSignature: write it in the conf"),
        (3, "ExceptSignature has no value: write `ExceptSignature VALUE`"),
    ]


def test_one_that_cannot_be_read_is_an_error_where_it_is_named(tmp_path: Path) -> None:
    with pytest.raises(ConfError) as caught:
        items_of(tmp_path)
    (problem,) = caught.value.problems
    assert str(problem) == f"x.conf:3: ExceptionFile: cannot read {tmp_path}: Is a directory"


def test_what_is_added_can_be_read(tmp_path: Path) -> None:
    path = tmp_path / "exceptions"
    line = "ExceptSignature Win.X-1 until 2026-12-09"
    assert add_exceptions(str(path), ["Win.X-1"], DAY, "261125-x, by root") == (line,)
    assert add_exceptions(str(path), ["Win.X-1", "B"], None, "again") == (
        "ExceptSignature Win.X-1",
        "ExceptSignature B",
    )
    assert path.read_text().splitlines()[1:] == [
        "# 261125-x, by root",
        line,
        "# again",
        "ExceptSignature Win.X-1",
        "ExceptSignature B",
    ]
    assert [item.value for item in items_of(path)] == ["Win.X-1 until 2026-12-09", "Win.X-1", "B"]


def test_what_is_there_stays_and_is_not_added_twice(tmp_path: Path) -> None:
    path = tmp_path / "exceptions"
    path.write_text("ExceptSignature A\n# by hand, without a line end")
    path.chmod(0o640)
    assert add_exceptions(str(path), ["A"], None, "x") == ()
    add_exceptions(str(path), ["B", "B"], None, "x")
    assert path.read_text() == (
        "ExceptSignature A\n# by hand, without a line end\n# x\nExceptSignature B\n"
    )
    assert path.stat().st_mode & 0o777 == 0o640
    assert [one.name for one in tmp_path.iterdir()] == ["exceptions"]


def test_several_may_add_at_a_time(tmp_path: Path) -> None:
    path = str(tmp_path / "exceptions")
    names = [f"Name-{n}" for n in range(20)]
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda name: add_exceptions(path, [name], None, "x"), names))
    items = lex(Path(path).read_bytes(), path, Findings())
    assert {item.value for item in items} == set(names)


@pytest.mark.parametrize("name", ["Win.Test_HDB-1", "A*[1]?", "Odd name\u00fc", "X.UNOFFICIAL"])
def test_a_pattern_fits_its_name(name: str) -> None:
    pattern = pattern_for(name)
    assert Glob(pattern).matches(name)
    assert pattern.isascii()
    assert " " not in pattern
    assert not Glob(pattern).matches(f"{name}x")

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from clamgate.cli.top.canvas import Column, fitted, line_of, table


@given(st.text(), st.integers(0, 50), st.booleans(), st.booleans())
def test_any_text_fits_exactly(text: str, width: int, right: bool, tail: bool) -> None:  # noqa: FBT001
    shown = fitted(text, width, right=right, tail=tail)
    assert cell_len(shown) == width
    assert shown.isprintable()


@pytest.mark.parametrize(
    ("text", "shown"),
    [("ab", "ab   "), ("abcdefg", "abcde"), ("\x1b[2J", " [2J "), ("日本語", "日本 ")],
)
def test_it_is_cut_or_filled_up(text: str, shown: str) -> None:
    assert fitted(text, 5) == shown


def test_to_the_right_and_from_the_end() -> None:
    assert fitted("7", 3, right=True) == "  7"
    assert fitted("unix:/run/clamd", 8, tail=True) == "../clamd"


def test_columns_share_what_is_left() -> None:
    columns = (Column("A"), Column("B", 3, right=True), Column("C"))
    lines = table(columns, [(("one", "2", "three"), "red")], 17)
    assert lines == [(("A        B C     ", "bold"),), (("one      2 three ", "red"),)]


@given(st.lists(st.text(), max_size=5), st.integers(0, 40))
def test_lines_are_as_wide_as_they_have_to_be(texts: list[str], width: int) -> None:
    line = line_of(width, *((text, "") for text in texts))
    assert sum(cell_len(text) for text, _ in line) == width

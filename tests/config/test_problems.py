from __future__ import annotations

import pytest

from clamgate.config.problems import COMMAND_LINE, ConfError, Findings, Place, Problem, place_of


@pytest.mark.parametrize(
    ("problem", "text"),
    [
        (Problem("a.conf", 7, "wrong"), "a.conf:7: wrong"),
        (Problem("a.conf", 0, "wrong"), "a.conf: wrong"),
        (Problem(COMMAND_LINE.path, COMMAND_LINE.line, "wrong"), "command line: wrong"),
    ],
)
def test_a_problem_reads_as_compilers_write_them(problem: Problem, text: str) -> None:
    assert str(problem) == text


def test_all_errors_come_in_one_go_by_line() -> None:
    findings = Findings()
    findings.error(Place("a.conf", 10), "later")
    findings.error(Place("a.conf", 9), "earlier")
    findings.warn(Place("a.conf", 1), "a warning is no error")
    with pytest.raises(ConfError) as caught:
        findings.raise_errors()
    assert caught.value.problems == (
        Problem("a.conf", 9, "earlier"),
        Problem("a.conf", 10, "later"),
    )
    assert str(caught.value) == "a.conf:9: earlier\na.conf:10: later"


def test_warnings_stop_nothing() -> None:
    findings = Findings()
    findings.warn(Place("a.conf", 2), "b")
    findings.warn(Place("a.conf", 1), "a")
    findings.raise_errors()
    assert findings.warnings == (Problem("a.conf", 1, "a"), Problem("a.conf", 2, "b"))


@pytest.mark.parametrize("place", [Place("a.conf", 7), Place("/a:b.conf", 7), COMMAND_LINE])
def test_a_place_is_read_back(place: Place) -> None:
    assert place_of(str(place)) == place

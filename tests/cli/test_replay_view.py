"""How a replay shows where it is."""

from __future__ import annotations

import pytest

from clamgate.cli.replay_view import Plain, make_view, progress_words


@pytest.mark.parametrize(
    ("mails", "size", "total", "words"),
    [
        (20, 500, 1000, "20 mails, 2.0/s, 50%, 10 s left"),
        (20, 500, None, "20 mails, 2.0/s"),
        (20, 0, 0, "20 mails, 2.0/s"),
        (20, 1200, 1000, "20 mails, 2.0/s, 100%, 0 s left"),
    ],
)
def test_progress_in_words(mails: int, size: int, total: int | None, words: str) -> None:
    assert progress_words(mails, size, total, 10.0) == words


def test_without_a_terminal_lines_go_where_they_belong(capfd: pytest.CaptureFixture[str]) -> None:
    with make_view(100) as view:
        assert isinstance(view, Plain)
        view.line("result")
        view.line("problem", problem=True)
        view.advance(1, 10)
    assert capfd.readouterr() == ("result\n", "problem\n")
    with make_view(100, results_to_stderr=True) as view:
        view.line("result")
    assert capfd.readouterr() == ("", "result\n")


def test_without_a_terminal_it_says_now_and_then_how_far_it_is(
    capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = iter([0.0, 9.0, 10.0, 19.0, 20.0])
    monkeypatch.setattr("clamgate.cli.replay_view.time.monotonic", lambda: next(clock))
    view = Plain(100, results_to_stderr=False)
    for mails in (9, 10, 19, 20):
        view.advance(mails, mails)
    assert capfd.readouterr() == (
        "",
        "10 mails, 1.0/s, 10%, 90 s left\n20 mails, 1.0/s, 20%, 80 s left\n",
    )

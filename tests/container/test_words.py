from __future__ import annotations

import pytest

from clamgate.container.words import how_it_ended, seconds_in_words, shell_status


def test_a_death_by_signal_is_told_as_a_shell_does() -> None:
    assert [shell_status(status) for status in (0, 3, -9, -15)] == [0, 3, 137, 143]
    assert how_it_ended(-9) == "was killed by SIGKILL"
    assert how_it_ended(-34) == "was killed by SIGRTMIN"
    assert how_it_ended(-40) == "was killed by signal 40"
    assert how_it_ended(3) == "ended with status 3"


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (90, "90 s"), (120, "2 min"), (3600, "60 min"), (9000, "2 h")],
)
def test_spans_of_time(seconds: float, words: str) -> None:
    assert seconds_in_words(seconds) == words

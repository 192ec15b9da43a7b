from __future__ import annotations

import pytest

from clamgate.core.timespan import seconds_in_words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s"), (90, "90 s"), (120, "2 min"), (3600, "60 min"), (9000, "2 h")],
)
def test_spans_of_time(seconds: float, words: str) -> None:
    assert seconds_in_words(seconds) == words

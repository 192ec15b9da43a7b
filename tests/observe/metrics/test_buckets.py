from __future__ import annotations

from clamgate.observe.metrics.buckets import BUCKETS, Sorted


def test_a_bound_belongs_to_its_bucket_and_what_is_beyond_all_has_one_of_its_own() -> None:
    figures = Sorted()
    for seconds in (0.0, BUCKETS[0], BUCKETS[0] * 1.01, BUCKETS[-1], BUCKETS[-1] + 1):
        figures.add(seconds)
    assert figures.counts[:2] == [2, 1]
    assert figures.counts[-2:] == [1, 1]
    assert sum(figures.counts) == 5
    assert figures.total == sum((0.0, BUCKETS[0], BUCKETS[0] * 1.01, BUCKETS[-1], BUCKETS[-1] + 1))

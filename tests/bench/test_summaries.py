from bench.summaries import Round, percentile, ratio, ratio_range, summarize


def test_a_percentile_is_one_of_the_values() -> None:
    values = [5.0, 1.0, 4.0, 2.0, 3.0]
    assert percentile(values, 0.5) == 3.0
    assert percentile(values, 0.99) == 5.0
    assert percentile(values, 0.2) == 1.0
    assert percentile([7.0], 0.999) == 7.0


def test_99_of_100_values_do_not_exceed_p99() -> None:
    assert percentile([float(n) for n in range(1, 101)], 0.99) == 99.0


def round_of(rate: float, latencies: list[float], peak: int = 0) -> Round:
    return Round(rate, latencies, cpu=rate / 10, clamd_cpu=1.0, peak=peak, load_cpu=2.0)


def test_a_summary_has_medians_of_rounds_and_the_highest_peak() -> None:
    found = summarize(
        [round_of(10.0, [1.0, 2.0], 5), round_of(30.0, [3.0], 9), round_of(20.0, [8.0], 7)]
    )
    assert found.messages == 4
    assert found.rate == 20.0
    assert found.cpu == 2.0
    assert found.p50 == 3.0
    assert found.p999 == 8.0
    assert found.peak == 9


def test_a_ratio_is_the_median_of_pairs_not_of_medians() -> None:
    assert ratio([10.0, 100.0, 3.0], [5.0, 100.0, 1.0]) == 2.0


def test_a_pair_with_nothing_to_compare_with_does_not_count() -> None:
    assert ratio([1.0, 6.0], [0.0, 3.0]) == 2.0


def test_of_few_pairs_the_range_is_all_of_them() -> None:
    assert ratio_range([3.0, 1.0, 2.0], [1.0, 1.0, 1.0]) == (1.0, 3.0)


def test_the_range_is_around_the_median_and_closer_the_more_there_are() -> None:
    """Of 100 tosses nine in ten have 42 to 58 tails."""
    ones = [1.0] * 101
    assert ratio_range([float(n) for n in range(100)], ones[:100]) == (40.0, 59.0)


def test_what_shows_once_in_a_while_does_not_widen_it() -> None:
    seen = [0.9, 1.0, 1.1] * 100 + [0.1, 9.0]
    assert ratio_range(seen, [1.0] * len(seen)) == (1.0, 1.0)

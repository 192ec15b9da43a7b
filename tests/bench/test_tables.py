from bench.contestants import C_MILTER, CLAMD, OURS
from bench.messages import TEXT_1K
from bench.rounds import Cell
from bench.summaries import Round
from bench.tables import comparison, table, targets
from bench.targets import CONNECTIONS

CELL = Cell(TEXT_1K, CONNECTIONS)


def measured(rate: float, cpu: float = 0.0, latency: float = 0.001) -> list[Round]:
    return [Round(rate, [latency], cpu, clamd_cpu=0.0005, peak=2 << 20, load_cpu=0.0001)] * 3


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table(("a", "b"), [("long", "1"), ("x", "22")]) == "a      b\nlong   1\nx     22"


def test_a_comparison_shows_rates_and_their_ratios() -> None:
    text = comparison(CELL, {CLAMD: measured(1000.0), OURS: measured(800.0, 0.0004)})
    title, _, clamd, ours = text.splitlines()
    assert title == "1 KiB text, 8 connections"
    assert clamd.split()[:4] == ["clamd", "1000.0", "1.00", "1.25"]
    assert ours.split()[:4] == ["clamgate", "800.0", "0.80", "1.00"]
    assert ours.split()[7] == "400"
    assert clamd.split()[7] == "-"


def test_targets_are_shown_beside_what_was_found() -> None:
    results = {
        CELL: {
            CLAMD: measured(1000.0),
            C_MILTER: measured(400.0, 0.001),
            OURS: measured(800.0, 0.0006),
        }
    }
    lines = targets(results, 50 << 20).splitlines()
    assert len(lines) == 1 + 4 + 1
    assert [line.split()[-2:] for line in lines[1:]] == [
        ["2.00", "no"],  # of 2.2 times clamav-milter
        ["0.80", "yes"],  # of 0.7 of clamd
        ["1.00", "no"],  # of 0.5 of its latency
        ["0.60", "no"],  # of 0.5 of its processor time
        ["50.0", "no"],  # of 40 MiB
    ]

"""``python -m bench``: measure, print, and write to bench/results/."""

from __future__ import annotations

import resource
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import click

from bench import growth, machine, others, tables
from bench.contestants import (
    OURS,
    ContestantError,
    bare_clamd,
    bare_pymilter,
    bench_clamd,
    clamav_milter,
    clamgate,
)
from bench.end_to_end import Mailing, through_postfix
from bench.features import NONE_AGAIN, SCAN_PARTS, WATCHED, cost_of_features
from bench.load import LoadError
from bench.messages import FILE_5M, FILE_280K, KIB, KINDS, MIB, TEXT_1K, TEXT_6K
from bench.messages import tokens as all_tokens
from bench.plot import draw
from bench.program import ProgramError
from bench.rounds import Cell, Effort, compare
from bench.targets import CONNECTIONS
from clamgate.harness.private_clamd import ClamdError, PrivateClamd

RESULTS = Path(__file__).parent / "results"
_SHORT = 0.3
"""Seconds of a round of which there are many."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured.

    Attributes:
        name: Of the files with the results.
        cells: What is compared.
        effort: How long they are compared.
        idle: Numbers of idle connections.
        sizes: Bytes of attachments.
        workers: Numbers of workers.
        mailing: What Postfix gets.
        mailings: How often.
        features: In what clamgate is compared with what it does less, and with the least there is.
        others: What rspamd and amavis are compared in.
        others_effort: How long.
    """

    name: str
    cells: tuple[Cell, ...]
    effort: Effort
    idle: tuple[int, ...]
    sizes: tuple[int, ...]
    workers: tuple[int, ...]
    mailing: Mailing
    mailings: int
    features: tuple[Cell, ...]
    others: tuple[Cell, ...]
    others_effort: Effort


FULL = Plan(
    name="full",
    cells=tuple(
        Cell(kind, connections)
        for kind in KINDS
        for connections in ((1, 8) if kind is FILE_5M else (1, 8, 64))
    ),
    effort=Effort(rounds=6, seconds=0.8),
    idle=(1, 10, 100, 1000),
    sizes=(KIB, 10 * KIB, 100 * KIB, MIB, 10 * MIB, 100 * MIB),
    workers=(1, 2, 4),
    mailing=Mailing(400, TEXT_6K),
    mailings=3,
    features=tuple(Cell(kind, CONNECTIONS) for kind in (TEXT_1K, TEXT_6K, FILE_280K)),
    others=tuple(Cell(kind, CONNECTIONS) for kind in (TEXT_1K, TEXT_6K, FILE_280K)),
    others_effort=Effort(rounds=3, seconds=0.8),
)
QUICK = Plan(
    name="quick",
    cells=tuple(Cell(kind, CONNECTIONS) for kind in (TEXT_1K, TEXT_6K, FILE_280K)),
    effort=Effort(rounds=6, seconds=0.6),
    idle=(1, 1000),
    sizes=(KIB, MIB),
    workers=(1, 2),
    mailing=Mailing(100, TEXT_6K),
    mailings=1,
    features=(Cell(TEXT_1K, CONNECTIONS),),
    others=(Cell(TEXT_6K, CONNECTIONS),),
    others_effort=Effort(rounds=3, seconds=0.6),
)


@click.command()
@click.option("--quick", is_flag=True, help="Measure little: 3 minutes instead of 11.")
@click.option(
    "--features",
    type=click.IntRange(min=1),
    metavar="ROUNDS",
    help="Measure only what two features cost that all mail pays for, in many short rounds: 100"
    " take 8 minutes.",
)
def main(*, quick: bool, features: int | None) -> None:
    """Compare bare clamd, Debian's clamav-milter and clamgate, in one run."""
    plan = QUICK if quick else FULL
    _raise_descriptor_limit()
    RESULTS.mkdir(exist_ok=True)
    written = RESULTS / ("features.txt" if features else f"{plan.name}.txt")
    sections: list[str] = []
    try:
        with bench_clamd() as clamd:
            for section in _features(features, clamd) if features else _sections(plan, clamd):
                click.echo(f"{section}\n")
                sections.append(section)
                written.write_text("\n\n".join(sections) + "\n")
    except (ContestantError, ProgramError, ClamdError, LoadError) as error:
        raise click.ClickException(str(error)) from error
    click.echo(f"written to {written}")


def _sections(plan: Plan, clamd: PrivateClamd) -> Iterator[str]:
    """Measure one thing after the other, and yield what is to be said of it."""
    tokens = all_tokens()
    yield machine.describe()
    results = {}
    with ExitStack() as stack:
        starts = (bare_clamd, clamav_milter, clamgate)
        contestants = [stack.enter_context(start(clamd)) for start in starts]
        for cell in plan.cells:
            results[cell] = compare(cell, clamd, contestants, tokens, plan.effort)
            yield tables.comparison(cell, results[cell])
        once = stack.enter_context(clamgate(clamd, "ScanParts Never\n", f"{OURS}, ScanParts Never"))
        yield through_postfix([*contestants[1:], once], plan.mailing, tokens, plan.mailings)
    picture = RESULTS / f"{plan.name}.png"
    if not draw(results, picture):
        yield "no picture: matplotlib is not installed"
    yield growth.idle_connections(clamd, tokens, plan.idle, plan.effort.seconds)
    yield growth.sizes(clamd, tokens, plan.sizes, repeat=3)
    yield growth.workers(clamd, tokens, plan.workers, plan.effort)
    yield cost_of_features(clamd, plan.features, tokens, plan.effort)
    yield from _with_the_least(plan, clamd, tokens)
    yield from _with_others(plan, clamd, tokens)
    yield tables.targets(results, growth.idle_memory(clamd))


def _features(rounds: int, clamd: PrivateClamd) -> Iterator[str]:
    """Measure so many rounds of what features cost, of which each says little."""
    tokens = all_tokens()
    yield machine.describe()
    names = (NONE_AGAIN, SCAN_PARTS, WATCHED)
    for cell in FULL.features:
        yield cost_of_features(clamd, [cell], tokens, Effort(rounds, _SHORT), names)


def _with_the_least(plan: Plan, clamd: PrivateClamd, tokens: Iterator[bytes]) -> Iterator[str]:
    """Compare with what no filter on libmilter and Python can do without."""
    with ExitStack() as stack:
        starts = (clamav_milter, clamgate, bare_pymilter)
        contestants = [stack.enter_context(start(clamd)) for start in starts]
        for cell in plan.features:
            found = compare(cell, clamd, contestants, tokens, plan.effort)
            yield tables.comparison(cell, found)


def _with_others(plan: Plan, clamd: PrivateClamd, tokens: Iterator[bytes]) -> Iterator[str]:
    """Compare with filters that are made for more than this."""
    if reason := others.missing():
        yield f"rspamd and amavis are not measured: {reason}"
        return
    with ExitStack() as stack:
        starts = (clamav_milter, clamgate, others.rspamd, others.amavis)
        contestants = [stack.enter_context(start(clamd)) for start in starts]
        for cell in plan.others:
            found = compare(cell, clamd, contestants, tokens, plan.others_effort)
            yield tables.comparison(cell, found)


def _raise_descriptor_limit() -> None:
    """Allow a thousand connections, here and in the programs that are started."""
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


main()

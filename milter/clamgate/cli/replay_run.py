"""The replay itself: mail in, trials out, each shown and counted, and an exit status."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from typing import IO

import click

from clamgate.cli.interrupts import Interrupts
from clamgate.cli.replay_report import report
from clamgate.cli.replay_view import View, make_view
from clamgate.harness.replay.compare import changes, spell_out
from clamgate.harness.replay.find import Found, Problem, find, why
from clamgate.harness.replay.parcel import Given, Parcel, pack
from clamgate.harness.replay.records import problem_record, record
from clamgate.harness.replay.runner import run
from clamgate.harness.replay.sources import read
from clamgate.harness.replay.summary import Summary
from clamgate.harness.replay.text import printable_name
from clamgate.harness.replay.trial import Judge, JudgeGoneError, Trial, hold

PASSED, NOTED, ERROR, INTERRUPTED = 0, 1, 2, 130


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be done with all mail.

    Attributes:
        first: Who is asked.
        second: Who is asked too, to compare.
        given: The envelope, as far as it is given.
        jobs: How many mails are sent at a time.
        repeat: How often all of it is sent.
        rate: At most so many mails a second.
        max_size: A larger mail is left out, in bytes.
        json_file: Takes a line for each mail.
        quiet: No line for any mail.
        verbose: A line for every mail.
    """

    first: Judge
    second: Judge | None
    given: Given
    jobs: int
    repeat: int
    rate: float | None
    max_size: int
    json_file: IO[str] | None
    quiet: bool
    verbose: bool


def replay_all(paths: Sequence[str], plan: Plan, interrupts: Interrupts) -> int:
    """Replay what the paths lead to, show what comes of it, and return the exit status.

    Whatever ends it early, what there is by then is shown, each mail counted whole or not at all.
    """
    found = find(paths)
    total = None if found.size is None else found.size * plan.repeat
    results_to_stderr = plan.json_file is not None and plan.json_file.name == "<stdout>"
    view = make_view(total, results_to_stderr=results_to_stderr)
    teller = _Teller(plan, view, interrupts)
    started = time.monotonic()
    interrupted = False
    try:
        with view:
            _go(found, plan, teller)
    except (JudgeGoneError, _JsonError) as error:
        teller.error(str(error))
    except KeyboardInterrupt:
        interrupted = True
    report(teller.summary, time.monotonic() - started, stderr=results_to_stderr)
    for line in _remarks(found, teller, interrupted=interrupted):
        click.echo(line, err=True)
    return INTERRUPTED if interrupted else _status(teller, comparing=plan.second is not None)


def _go(found: Found, plan: Plan, teller: _Teller) -> None:
    for problem in found.problems:
        teller.tell(problem)
    parcels = _parcels(found, plan)
    with closing(run(parcels, partial(_do, plan), jobs=plan.jobs, rate=plan.rate)) as done:
        for result in done:
            teller.tell(result)
    teller.all_told()


def _parcels(found: Found, plan: Plan) -> Iterator[Parcel | Problem]:
    """Yield what is to be sent; a problem is told once, however often all of it is sent."""
    number = 0
    for turn in range(plan.repeat):
        for mail in read(found.sources, plan.max_size):
            if not isinstance(mail, Problem):
                number += 1
                yield pack(number, mail, plan.given)
            elif turn == 0:
                yield mail


def _do(plan: Plan, item: Parcel | Problem) -> Trial | Problem:
    return item if isinstance(item, Problem) else hold(item, plan.first, plan.second)


class _JsonError(Exception):
    """The JSON file cannot be written: there is no point in going on. The text says why."""


class _Teller:
    """Tells the user, and the JSON file, of what comes in, and counts it."""

    def __init__(self, plan: Plan, view: View, interrupts: Interrupts) -> None:
        self.summary = Summary()
        self.errors = 0
        self._plan = plan
        self._view = view
        self._interrupts = interrupts

    def tell(self, result: Trial | Problem) -> None:
        with self._interrupts.held():
            self._tell(result)

    def _tell(self, result: Trial | Problem) -> None:
        if isinstance(result, Problem):
            self.errors += 1
            self._view.line(f"{printable_name(result.name)}: {result.reason}", problem=True)
            self._write(problem_record(result))
            return
        self.summary.add(result)
        if not self._plan.quiet and (self._plan.verbose or _is_notable(result)):
            self._view.line(f"{printable_name(result.name)}: {_words(result)}")
        self._write(record(result))
        self._view.advance(self.summary.mails, self.summary.size)

    def all_told(self) -> None:
        self._view.complete()

    def error(self, text: str) -> None:
        self.errors += 1
        click.echo(f"ERROR: {text}", err=True)

    def _write(self, entry: dict[str, object]) -> None:
        file = self._plan.json_file
        if file is None:
            return
        try:
            file.write(json.dumps(entry) + "\n")
            file.flush()
        except BrokenPipeError:
            raise
        except OSError as error:
            raise _JsonError(f"cannot write {file.name}: {why(error)}") from error


def _is_notable(trial: Trial) -> bool:
    if trial.second is None:
        return not trial.first.passed
    return bool(changes(trial.first, trial.second))


def _words(trial: Trial) -> str:
    if trial.second is None or not changes(trial.first, trial.second):
        return str(trial.first)
    return spell_out(trial.first, trial.second)


def _remarks(found: Found, teller: _Teller, *, interrupted: bool) -> Iterator[str]:
    summary = teller.summary
    if found.duplicates:
        yield f"paths that lead to what was found before: {found.duplicates}"
    if teller.errors:
        yield f"problems, told above: {teller.errors}"
    if summary.unanswered:
        yield f"mails without an answer: {summary.unanswered}"
    if interrupted:
        yield "interrupted: not all mail was replayed"
    elif not summary.mails:
        yield "no mail was replayed"


def _status(teller: _Teller, *, comparing: bool) -> int:
    summary = teller.summary
    if teller.errors or summary.unanswered or not summary.mails:
        return ERROR
    notable = summary.changed if comparing else summary.noted
    return NOTED if notable else PASSED

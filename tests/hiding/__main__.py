"""Print who finds what in which family of hiding places.

    python -m tests.hiding [--pairs]

Each place holds each of three files; with ``--pairs`` also each two places together, with EICAR.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.hiding.judge import Judge
from tests.hiding.looked_at import contents, holds
from tests.hiding.naming import NAME, TWIN, named
from tests.hiding.payloads import Payload, harmless, payloads
from tests.hiding.places import HidingPlace, pairs, singles

from clamgate.harness.private_clamd import PrivateClamd

ALL = "all"


@dataclass(slots=True)
class Score:
    """Mails of one family, and how many of them each reader found."""

    mails: Counter[str] = field(default_factory=Counter)
    whole: Counter[str] = field(default_factory=Counter)
    by_email: Counter[str] = field(default_factory=Counter)
    ours: Counter[str] = field(default_factory=Counter)
    flagged: int = 0
    missed: list[str] = field(default_factory=list)

    def add(self, judge: Judge, place: HidingPlace, payload: Payload) -> None:
        """Have one place judged, and its clean twin."""
        message = place.message(payload.file)
        whole = judge.finds(message)
        ours = whole or judge.finds_in_parts(message)
        for family in (*place.families, ALL):
            self.mails[family] += 1
            self.whole[family] += whole
            self.by_email[family] += judge.finds_by_email(message)
            self.ours[family] += ours
        if not ours:
            self.missed.append(f"{place.name} ({payload.name})")
        twin = place.message(payload.twin)
        self.flagged += judge.finds(twin) or judge.finds_in_parts(twin)

    def table(self) -> Iterable[str]:
        """Yield the lines of a table in Markdown."""
        yield "| family | mails | clamd, the whole message | Python's email | clamgate |"
        yield "| --- | ---: | ---: | ---: | ---: |"
        for name, mails in sorted(self.mails.items(), key=lambda one: one[0] == ALL):
            found = (self.whole[name], self.by_email[name], self.ours[name])
            yield f"| {name} | {mails} | {' | '.join(map(str, found))} |"


def main() -> int:
    """Judge them all; the exit status is 1 if any was missed or a clean twin was found."""
    with TemporaryDirectory(prefix="cg-") as folder, PrivateClamd(Path(folder)) as clamd:
        judge = Judge(clamd.socket_path)
        score = Score()
        for place in singles():
            for payload in payloads():
                if payload.is_text or not place.text_only:
                    score.add(judge, place, payload)
        failed = _show("Each by itself, with each of three files", score)
        if "--pairs" in sys.argv[1:]:
            score = Score()
            for place in pairs():
                score.add(judge, place, payloads()[0])
            failed |= _show("Each two of them, with EICAR", score)
    return int(failed | _show_names() | _show_disputed())


def _show_names() -> bool:
    """Print whether OnAttachment sees a name through every ambiguity."""
    file = harmless(544)
    missed = [one.name for one in named(NAME) if not holds(one.message(file), "*.exe")]
    flagged = [one.name for one in named(TWIN) if holds(one.message(file), "*.exe")]
    count = sum(1 for _ in named(NAME))
    print(f"Named {NAME}: {count} mails, missed {missed}; named {TWIN}: flagged {flagged}\n")  # noqa: T201  it is a command
    return bool(missed or flagged)


def _show_disputed() -> bool:
    """Print in how many places programs disagree on what is attached."""
    places = [place for place in singles() if not place.text_only]
    disputed = sum(bool(contents(one.message(harmless(544))).disputed) for one in places)
    print(f"Programs disagree on what is attached: {disputed} of {len(places)}")  # noqa: T201  it is a command
    return False


def _show(title: str, score: Score) -> bool:
    print(title, *score.table(), sep="\n")  # noqa: T201  it is a command
    print(f"missed: {len(score.missed)}; clean twins that were flagged: {score.flagged}\n")  # noqa: T201  it is a command
    for name in score.missed:
        print(f"missed: {name}")  # noqa: T201  it is a command
    return bool(score.missed or score.flagged)


if __name__ == "__main__":
    sys.exit(main())

"""The whole comparison: every flow through the harness MTA, a Postfix and a Sendmail."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import tests.postfix
import tests.sendmail
from tests.judge_comparison import edits, failures, replies, sessions
from tests.judge_comparison.compare import Compared, compare, in_own_words
from tests.judge_comparison.contestants import postfix, sendmail
from tests.judge_comparison.flow import Fallback, Flow
from tests.judge_comparison.harness import HarnessMta
from tests.judge_comparison.perform import perform
from tests.judge_comparison.seen import Seen
from tests.judge_comparison.wanted import WANTED_OF_POSTFIX, WANTED_OF_SENDMAIL

FLOWS: tuple[Flow, ...] = (
    *replies.flows(),
    *edits.flows(),
    *sessions.flows(),
    *failures.flows(),
)

FLOWS_OF_SENDMAIL: tuple[Flow, ...] = tuple(
    flow for flow in FLOWS if flow.fallback is not Fallback.QUARANTINE
)
"""Sendmail cannot be told to hold mail when a filter fails."""

FILTERS_WORDS = (
    "this is 100% refused",
    "later, please",
    "go away",
    "this is | 5.7.9 refused",
    "no such user",
    "how rude",
    "too big",
)
"""All texts that a scripted filter replies with."""


@dataclass(frozen=True, slots=True)
class Comparison:
    """What came of it, for each real MTA by its name."""

    by_mta: Mapping[str, Compared]

    @property
    def problems(self) -> list[str]:
        """All that is not as it should be."""
        return [f"{name}: {text}" for name, one in self.by_mta.items() for text in one.problems]


def cannot_compare() -> str | None:
    """Say what is missing on this machine, None if nothing is."""
    return tests.postfix.why_not() or tests.sendmail.why_not()


def compare_all() -> Comparison:
    """Run it all; it takes about half a minute."""
    with ThreadPoolExecutor(3) as pool:
        ours_running = pool.submit(perform, HarnessMta, FLOWS)
        postfix_running = pool.submit(perform, postfix, FLOWS)
        sendmail_running = pool.submit(perform, sendmail, FLOWS_OF_SENDMAIL)
        ours = ours_running.result()
        of_postfix = compare(postfix_running.result(), ours, WANTED_OF_POSTFIX)
        theirs = _in_own_words(sendmail_running.result())
        of_sendmail = compare(theirs, _in_own_words(ours), WANTED_OF_SENDMAIL)
    return Comparison({"Postfix": of_postfix, "Sendmail": of_sendmail})


def _in_own_words(seen: Mapping[str, Seen]) -> Mapping[str, Seen]:
    return {name: in_own_words(one, FILTERS_WORDS) for name, one in seen.items()}

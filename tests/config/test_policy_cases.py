from __future__ import annotations

import pytest

from clamgate.config.policy_cases import path_of, verdict_of
from clamgate.core.rules import Kind
from clamgate.core.verdict import Clean, Failed, Infected, Unscanned, Verdict

LIMIT = "Heuristics.Limits.Exceeded.MaxFileSize"


@pytest.mark.parametrize(
    ("signatures", "kind", "verdict"),
    [
        ((), None, Clean()),
        (("X",), None, Infected(("X",))),
        ((LIMIT,), None, Unscanned("larger than a limit", LIMIT)),
        ((LIMIT, "X"), None, Infected((LIMIT, "X"))),
        ((), Kind.OVERSIZE, Unscanned("larger than a limit")),
        ((), Kind.FAILED, Failed("no clamd answers")),
    ],
)
def test_the_verdict(signatures: tuple[str, ...], kind: Kind | None, verdict: Verdict) -> None:
    assert verdict_of(signatures, kind) == verdict


@pytest.mark.parametrize(
    ("signatures", "kind"),
    [((), Kind.INFECTED), (("X",), Kind.CLEAN), (("X",), Kind.FAILED), ((LIMIT,), Kind.CLEAN)],
)
def test_what_does_not_go_together(signatures: tuple[str, ...], kind: Kind) -> None:
    with pytest.raises(ValueError):
        verdict_of(signatures, kind)


def test_a_path() -> None:
    assert [path_of(one) for one in ("a@x", "<a@x>", "<>")] == [b"<a@x>", b"<a@x>", b"<>"]
    with pytest.raises(ValueError, match="is no address"):
        path_of("a b")

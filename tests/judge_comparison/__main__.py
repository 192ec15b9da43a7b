"""`python -m tests.judge_comparison`: prints the comparison; exit status 0 if all is as wanted."""

from __future__ import annotations

import sys

from tests.judge_comparison.report import report
from tests.judge_comparison.run import cannot_compare, compare_all


def main() -> int:
    if missing := cannot_compare():
        print(f"Cannot compare: {missing}", file=sys.stderr)  # noqa: T201  it is a command
        return 1
    comparison = compare_all()
    print(report(comparison))  # noqa: T201  it is a command
    return 1 if comparison.problems else 0


if __name__ == "__main__":
    sys.exit(main())

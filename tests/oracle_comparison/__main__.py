"""`python -m tests.oracle_comparison`: prints the comparison; the exit status is 0 if all agree."""

from __future__ import annotations

import sys

from tests.oracle_comparison.report import report
from tests.oracle_comparison.run import cannot_compare, compare_all


def main() -> int:
    if missing := cannot_compare():
        print(f"Cannot compare: {missing}", file=sys.stderr)  # noqa: T201  it is a command
        return 1
    comparison = compare_all()
    print(report(comparison))  # noqa: T201  it is a command
    return 1 if comparison.problems else 0


if __name__ == "__main__":
    sys.exit(main())

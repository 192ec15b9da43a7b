"""Take mutated mails apart, and say what was the slowest and the fattest.

    python -m tests.mutation [COUNT [FOLDER...]]

COUNT is 10000 unless given. The mails are made out of the files in the folders, or out of all
hiding places if there is none. Anything raised ends the run.
"""

from __future__ import annotations

import sys
from pathlib import Path

from tests.mutation.run import run


def main(arguments: list[str]) -> None:
    """Run it, and print what was seen."""
    count = int(arguments[0]) if arguments else 10_000
    files = [file for folder in arguments[1:] for file in sorted(Path(folder).rglob("*"))]
    tally = run(count, [file.read_bytes() for file in files if file.is_file()])
    slowest, fattest = tally.slowest, tally.fattest
    print(f"mails {tally.mails}, parts {tally.parts}, nothing raised")  # noqa: T201  it is a command
    print(f"canonical {tally.canonical}, of which with an anomaly {len(tally.disagreeing)}")  # noqa: T201  it is a command
    print(f"cut off by a bound {tally.cut_off}")  # noqa: T201  it is a command
    print(f"slowest {slowest.most:.3f} s, of {len(slowest.mail)} bytes")  # noqa: T201  it is a command
    print(f"fattest {fattest.most / 2**20:.1f} MiB, of {len(fattest.mail)} bytes")  # noqa: T201  it is a command


if __name__ == "__main__":
    main(sys.argv[1:])

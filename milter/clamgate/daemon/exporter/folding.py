"""The files of workers that have ended, put together into one.

prometheus-client reads every file at each scrape, and knows of no end of a process: without this,
each worker that ever was would cost disk and time for as long as the filter runs.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from prometheus_client.mmap_dict import MmapedDict

from clamgate.observe.metrics.families import KINDS, reserve

_ALL_GONE = "folded"
_OVERHEAD = 40
"""Bytes of an entry besides its key, at most: length, padding, value, time."""


def processes(folder: Path) -> set[str]:
    """Return the names of all processes that have files there."""
    names = {path.stem.partition("_")[2] for path in folder.glob("*.db")}
    return names - {_ALL_GONE}


def fold(folder: Path, gone: Collection[str]) -> None:
    """Add the figures of processes that have ended up, and remove their files.

    Should we die between the two, their figures count twice from then on.

    Args:
        folder: Where the files are.
        gone: The names of these processes.

    Raises:
        OSError: There is no room, for example: nothing is changed then.
    """
    for kind in KINDS:
        files = [path for name in sorted(gone) if (path := folder / f"{kind}_{name}.db").exists()]
        if not files:
            continue
        target = folder / f"{kind}_{_ALL_GONE}.db"
        _write(target, _sums([*files, target] if target.exists() else files))
        for path in files:
            path.unlink()


def _sums(files: Iterable[Path]) -> dict[str, float]:
    sums: dict[str, float] = defaultdict(float)
    for path in files:
        entries = MmapedDict.read_all_values_from_file(str(path))  # type: ignore[no-untyped-call]
        for key, value, _, _ in entries:
            sums[key] += value
    return sums


def _write(target: Path, sums: dict[str, float]) -> None:
    new = target.with_suffix(".new")
    new.unlink(missing_ok=True)
    reserve(new, 8 + sum(len(key.encode()) + _OVERHEAD for key in sums))
    values: Any = MmapedDict(str(new))  # type: ignore[no-untyped-call]
    for key, value in sums.items():
        values.write_value(key, value, 0.0)
    values.close()
    new.replace(target)

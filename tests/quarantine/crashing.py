"""A store whose process is killed at each step: ``python -m tests.quarantine.crashing DIRECTORY``.

Each step is a call into the kernel, the compressor or the database, from the first to the last one
of storing (or deleting) a message: a child process is killed with SIGKILL just before it, and
another one just after it. After each, the parent recovers, and looks whether index and files
agree. It prints what it saw as JSON.
"""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from itertools import count
from pathlib import Path
from typing import Any

from tests.quarantine.samples import CONTENT, Source, told

from clamgate.quarantine.index import Row
from clamgate.quarantine.store import Quarantine

TOUCHING = {"posix", "fcntl", "sqlite3", "_io", "zlib"}


@dataclass
class Seen:
    """What happened over all kills: how many, and what recovery had to do."""

    kills: int = 0
    finished: int = 0
    indexed: int = 0
    dropped: int = 0
    swept: int = 0
    wrong: list[str] = field(default_factory=list)


def main(directory: Path) -> None:
    store = Quarantine(str(directory))
    store.prepare()
    accepted: set[str] = set()
    storing = run(store, lambda: store.store(Source(), told()), accepted)
    doomed = store.index.select(limit=1)[0]
    deleting = run(store, lambda: delete(store, doomed), accepted - {doomed.id})
    sys.stdout.write(json.dumps({"storing": asdict(storing), "deleting": asdict(deleting)}))


def delete(store: Quarantine, doomed: Row) -> str:
    store.delete(doomed)
    return ""


def run(store: Quarantine, act: Callable[[], str], accepted: set[str]) -> Seen:
    """Kill a process at one step after the other until one gets through.

    `act` returns the id of what was accepted, if anything was; `accepted` has those of before.
    """
    seen = Seen()
    for step in count(1):
        answer = in_a_child(act, step)
        recovered = store.recover()
        seen.indexed += recovered.indexed
        seen.dropped += recovered.dropped
        seen.swept += recovered.swept
        if answer:
            accepted.add(answer)
        seen.wrong.extend(f"step {step}: {text}" for text in disagreements(store, accepted))
        if answer is not None:
            seen.finished += 1
            return seen
        seen.kills += 1
    raise AssertionError


def in_a_child(act: Callable[[], str], step: int) -> str | None:
    """Return what `act` returns in a child process, None if that was killed at its `step`."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        sys.setprofile(killer(step))
        answer = act()
        sys.setprofile(None)
        os.write(write, answer.encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, "rb") as pipe:
        answer = pipe.read().decode()
    _, status = os.waitpid(child, 0)
    assert status in (0, signal.SIGKILL), status
    return None if status else answer


def killer(step: int) -> Callable[[Any, str, Any], None]:
    """Return a profiler that ends this process at the `step`-th begin or end of a call."""
    steps = count(1)

    def profile(_frame: Any, event: str, function: Any) -> None:
        if event in {"c_call", "c_return"} and touches(function) and next(steps) == step:
            os.kill(os.getpid(), signal.SIGKILL)

    return profile


def touches(function: Any) -> bool:
    """Whether a built-in function reaches outside of this process's own Python objects."""
    owner = getattr(function, "__self__", None)
    modules = {getattr(function, "__module__", None), type(owner).__module__}
    return bool(modules & TOUCHING)


def disagreements(store: Quarantine, accepted: set[str]) -> list[str]:
    rows = {row.id: row for row in store.index.select()}
    files = {path.stem: path for path in (store.directory / "messages").rglob("*.gz")}
    wrong = [f"{one} has no file" for one in rows.keys() - files.keys()]
    wrong += [f"{one} has no row" for one in files.keys() - rows.keys()]
    wrong += [f"{one} was accepted and is gone" for one in accepted - rows.keys()]
    wrong += [f"{path} is left over" for path in (store.directory / "new").iterdir()]
    newest = max(rows, key=lambda one: files[one].stat().st_mtime) if rows else None
    if newest and store.content(rows[newest]) != CONTENT:
        wrong.append(f"{newest} is not what was stored")
    return wrong


if __name__ == "__main__":
    main(Path(sys.argv[1]))

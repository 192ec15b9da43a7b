"""What is shown: lines for a terminal of some size, from what is known. Pure."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from clamgate.cli.tables import duration, mebibytes
from clamgate.cli.top.canvas import Column, Line, line_of, table
from clamgate.cli.top.figures import age, chart, latency, milliseconds
from clamgate.cli.top.keys import Show, State
from clamgate.cli.top.model import WINDOW, Model, Row
from clamgate.core.clamd_version import ClamdVersion

LEAST_WIDTH = 40
LEAST_HEIGHT = 12

_TALL = 40
_ALERT, _CARE, _FAINT, _HEAD = "bold red", "yellow", "dim", "reverse"
_STYLES = {"infected": _ALERT, "failed": _ALERT, "unscanned": _CARE, "exempt": _FAINT}

_LATENCIES = (
    *(Column("ms, last minute", 16), Column("p50", 8, right=True), Column("p95", 8, right=True)),
    *(Column("p99", 8, right=True), Column("max", 8, right=True), Column("", 0)),
)
_WORKERS = (
    *(Column("WORKER", 6), Column("GENERATION", 10, right=True), Column("STATE")),
    *(Column("CONNS", 5, right=True), Column("FLIGHT", 6, right=True)),
    *(Column("MSGS", 8, right=True), Column("/S", 6, right=True)),
    *(Column("P95 MS", 7, right=True), Column("MEMORY", 7, right=True)),
    Column("RESTARTS", 8, right=True),
)
_CLAMDS = (
    *(Column("CLAMD", tail=True), Column("STATE", 8), Column("QUEUE", 5, right=True)),
    *(Column("BUSY", 7, right=True), Column("/S", 6, right=True)),
    *(Column("P95 MS", 7, right=True), Column("DATABASE", 8, right=True)),
    Column("AGE", 4, right=True),
)
_WIDE = 120
_PROCESSES = 100
"""Cells that the tables of workers and clamds take at most, so that figures stay near names."""


@dataclass(frozen=True, slots=True)
class Size:
    """Of a terminal, in cells."""

    width: int
    height: int


def draw(model: Model, state: State, size: Size, *, ascii_only: bool = False) -> list[Line]:
    """Return as many lines as the terminal has, each as wide as it is."""
    if size.width < LEAST_WIDTH or size.height < LEAST_HEIGHT:
        text = f"at least {LEAST_WIDTH}x{LEAST_HEIGHT}, please"
        return _padded([line_of(size.width, (text, ""))], size)
    foot = line_of(size.width, *_foot(model, state))
    if not model.status:
        said = model.error or "asking the filter ..."
        return [*_padded([line_of(size.width, (said, _CARE))], size)[:-1], foot]
    recent = model.recent
    top = [
        *_heads(model, recent, size.width),
        *_latencies(model, recent, size.width),
        *_chart(model, size, ascii_only=ascii_only),
    ]
    room = size.height - len(top) - 1
    processes = _few(_workers(model, recent, size.width), max(2, room // 3), "workers")
    processes += _few(_clamds(model, recent, size.width), max(2, room // 4), "clamds")
    room -= len(processes)
    lines = [*top, *processes, *_decisions(model, state, size.width, room)]
    return [*_padded(lines, size)[:-1], foot]


def _heads(model: Model, recent: list[Row], width: int) -> list[Line]:
    status = model.status
    clock = time.strftime("%H:%M:%S", time.localtime(model.now))
    name = f"{status['program']}, {status['state']} on {status['listening']}"
    lasting = f" for {duration(status['master']['seconds'])}"
    verdicts = Counter(row.verdict for row in recent)
    actions = Counter(row.action for row in recent)
    workers = status["workers"]
    return [
        line_of(width, (f"{clock}  {name}{lasting}", _HEAD)),
        line_of(
            width,
            (f"{_rate(recent, model):.1f}/s in the last minute: {len(recent)} messages", "bold"),
            *_counted(verdicts, ("infected", "unscanned", "failed"), _STYLES),
            *_counted(actions, ("reject", "defer", "quarantine", "blackhole"), {}),
        ),
        line_of(
            width,
            (f"in all {max(status['messages'], model.serial or 0)} messages", ""),
            (f"  in flight {sum(one['in_flight'] for one in workers)}", ""),
            (f"  connections {sum(one['connections'] for one in workers)}", ""),
            (f"  generation {status['generation']}", ""),
        ),
    ]


def _counted(
    counts: Counter[str], names: Iterable[str], styles: dict[str, str]
) -> Iterable[tuple[str, str]]:
    for name in names:
        if counts[name]:
            yield f"  {name} {counts[name]}", styles.get(name, "")


def _latencies(model: Model, recent: list[Row], width: int) -> list[Line]:
    if not model.remembers:
        said = "no figures of single messages: the filter remembers none (HistorySize 0)"
        return [line_of(width, (said, _CARE))]
    rows = []
    for name, values in (
        ("in all", [row.total_ms for row in recent if row.total_ms is not None]),
        ("scan", [row.scan_ms for row in recent if row.scan_ms is not None]),
    ):
        known = latency(values)
        shown = (known.median, known.p95, known.p99, known.most) if known else (None,) * 4
        rows.append(((name, *map(milliseconds, shown), ""), ""))
    return table(_LATENCIES, rows, width)


def _chart(model: Model, size: Size, *, ascii_only: bool) -> list[Line]:
    if not model.remembers:
        return []
    counts = model.counts(size.width)
    height = 6 if size.height >= _TALL else 2
    title = f"messages/s, the last {size.width} s; the highest is {max(counts)}"
    return [
        line_of(size.width, (title, "bold")),
        *(
            line_of(size.width, (row, "green"))
            for row in chart(counts, height, ascii_only=ascii_only)
        ),
    ]


def _workers(model: Model, recent: list[Row], width: int) -> list[Line]:
    by_process: dict[str, list[Row]] = {}
    for row in recent:
        by_process.setdefault(row.process, []).append(row)
    rows = []
    for worker in model.status["workers"]:
        name = worker["title"].removeprefix("clamgate: ")
        judged = by_process.get(name, [])
        known = latency([row.total_ms for row in judged if row.total_ms is not None])
        rows.append(
            (
                (
                    name.partition(" (")[0].removeprefix("worker "),
                    *(str(worker["generation"]), worker["state"], str(worker["connections"])),
                    *(str(worker["in_flight"]), str(worker["messages"])),
                    f"{_rate(judged, model):.1f}",
                    milliseconds(known.p95 if known else None),
                    mebibytes(worker["memory"]),
                    str(worker["restarts"]),
                ),
                "" if worker["state"] == "serving" else _FAINT,
            )
        )
    return _narrow(_WORKERS, rows, width)


def _clamds(model: Model, recent: list[Row], width: int) -> list[Line]:
    by_clamd: dict[str, list[Row]] = {}
    for row in recent:
        by_clamd.setdefault(row.clamd, []).append(row)
    reach = {one["clamd"]: one for one in model.status["clamds"]}
    rows = []
    for name in dict.fromkeys([*model.clamds, *reach]):
        said = model.clamds.get(name, {})
        scanned = by_clamd.get(name, [])
        known = latency([row.scan_ms for row in scanned if row.scan_ms is not None])
        word, style = _reach(reach.get(name), said)
        version = ClamdVersion.parse(said.get("version") or "")
        made = version.made
        rows.append(
            (
                (
                    *(name, word, _figure(said.get("queue"))),
                    f"{said['busy']}/{said['most']}" if said.get("most") else "-",
                    f"{_rate(scanned, model):.1f}",
                    milliseconds(known.p95 if known else None),
                    _figure(version.database),
                    age(None if made is None else model.now - made),
                ),
                style,
            )
        )
    return _narrow(_CLAMDS, rows, width)


def _reach(seen: dict[str, Any] | None, said: dict[str, Any]) -> tuple[str, str]:
    """Return how a clamd is, as workers see it, or else as it answered just now."""
    up, down = (seen["up_for"], seen["down_for"]) if seen else (0, 0)
    if up and down:
        return f"up {up}/{up + down}", _CARE
    if down or said.get("error"):
        return "down", _ALERT
    return ("up", "") if up or said.get("version") else ("?", _FAINT)


def _decisions(model: Model, state: State, width: int, room: int) -> list[Line]:
    if not model.remembers:
        return []
    chosen: list[dict[str, Any]] = []
    for one in reversed(model.decisions):
        if len(chosen) >= room - 1:
            break
        if fits(one, state):
            chosen.append(one)
    wide = width >= _WIDE
    ids = max((len(one["queue_id"]) for one in chosen), default=0)
    columns = (
        *(Column("TIME", 8), Column("QUEUE ID", min(16, max(8, ids))), Column("FROM")),
        *(Column("TO"), Column("VERDICT"), *([Column("SUBJECT")] if wide else [])),
        *(Column("ACTION", 10 if wide else 7), Column("MS", 6, right=True)),
    )
    rows = ((_cells(one, wide=wide), _STYLES.get(one["verdict"], "")) for one in reversed(chosen))
    return table(columns, rows, width)


def fits(decision: dict[str, Any], state: State) -> bool:
    """Say whether a decision is one of those that somebody wants to see."""
    if state.show is Show.INFECTED and decision["verdict"] != "infected":
        return False
    if state.show is Show.NOT_CLEAN and decision["verdict"] in {"clean", "exempt", "empty"}:
        return False
    words = (
        *(decision["queue_id"], decision["sender"], *decision["recipients"]),
        *(decision["subject"] or "", *decision["signatures"], decision["verdict"]),
        *(decision["action"], decision["client_name"], decision["client_address"] or ""),
    )
    wanted = state.text.lower()
    return not wanted or any(wanted in word.lower() for word in words)


def _cells(one: dict[str, Any], *, wide: bool) -> tuple[str, ...]:
    others = one["recipient_count"] - 1
    to = (one["recipients"] or ["-"])[0] + (f" +{others}" if others > 0 else "")
    return (
        time.strftime("%H:%M:%S", time.localtime(one["time"])),
        one["queue_id"] or "-",
        one["sender"] or "<>",
        to,
        ", ".join(one["signatures"]) or one["verdict"],
        *([one["subject"] or "-"] if wide else []),
        one["action"],
        milliseconds(one["total_ms"]),
    )


def _foot(model: Model, state: State) -> Iterable[tuple[str, str]]:
    if state.typing is not None:
        yield f"/{state.typing}_", "bold"
        yield "   enter: show only what has this in it   esc: leave it", _FAINT
        return
    if model.error:
        yield f"trying again: {model.error}  ", _ALERT
    if state.paused:
        yield " PAUSED ", _HEAD
        yield " ", ""
    shown = state.show.value + (f', with "{state.text}"' if state.text else "")
    yield "q", "bold"
    yield " quit  ", ""
    yield "p", "bold"
    yield " go on  " if state.paused else " pause  ", ""
    yield "f", "bold"
    yield f" show: {shown}  ", ""
    yield "/", "bold"
    yield " search", ""


def _rate(rows: list[Row], model: Model) -> float:
    """Return how many a second, in the last minute, or since the filter was started."""
    lasting: float = model.status["master"]["seconds"]
    return len(rows) / max(1.0, min(WINDOW, lasting))


def _narrow(
    columns: Sequence[Column], rows: Iterable[tuple[Sequence[str], str]], width: int
) -> list[Line]:
    return [line_of(width, *line) for line in table(columns, rows, min(width, _PROCESSES))]


def _figure(number: int | None) -> str:
    return "-" if number is None else str(number)


def _few(lines: list[Line], most: int, what: str) -> list[Line]:
    """Return the first lines, and how many there are besides."""
    if len(lines) <= most:
        return lines
    width = sum(len(text) for text, _ in lines[0])
    left_out = len(lines) - most + 1
    return [*lines[: most - 1], line_of(width, (f"and {left_out} more {what}", _FAINT))]


def _padded(lines: list[Line], size: Size) -> list[Line]:
    return [*lines, *[line_of(size.width)] * size.height][: size.height]

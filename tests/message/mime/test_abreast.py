from __future__ import annotations

import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from clamgate.core.scanning import ScanError, ScanSource
from clamgate.core.verdict import Clean, Infected, ScanReport, Verdict
from clamgate.message.mime import abreast
from clamgate.message.mime.abreast import PartScans
from clamgate.message.mime.octets import Stored
from clamgate.message.mime.part import Part
from clamgate.message.mime.workspace import Workspace

SECONDS = 20.0
Judge = Callable[[bytes, Callable[[], None]], Verdict]


class FakeScanner:
    def __init__(self, judge: Judge) -> None:
        self._judge = judge
        self.threads: set[str] = set()

    def scan(self, source: ScanSource, keepalive: Callable[[], None]) -> ScanReport:
        self.threads.add(threading.current_thread().name)
        return ScanReport(self._judge(b"".join(source.chunks()), keepalive))


def part(number: int, content: bytes = b"") -> Part:
    return Part(str(number), (), "text/plain", "", content or b"%d" % number, "")


def scans(judge: Judge, keepalive: Callable[[], None] = lambda: None) -> PartScans:
    return PartScans(FakeScanner(judge), Workspace(), keepalive, lambda: None)


def infected(data: bytes, _: Callable[[], None]) -> Verdict:
    return Infected((data.decode(),))


def test_parts_are_scanned_side_by_side() -> None:
    together = threading.Barrier(4, timeout=SECONDS)

    def judge(_: bytes, __: Callable[[], None]) -> Verdict:
        together.wait()
        return Clean()

    with scans(judge) as some:
        for number in range(4):
            some.add(part(number))
        assert [found.path for found, _ in some.rest()] == ["0", "1", "2", "3"]
    assert some.error is None


def test_no_more_than_a_few_at_once() -> None:
    counted = threading.Lock()
    now = most = 0

    def judge(_: bytes, __: Callable[[], None]) -> Verdict:
        nonlocal now, most
        with counted:
            now += 1
            most = max(most, now)
        with counted:
            now -= 1
        return Clean()

    found = []
    with scans(judge) as some:
        for number in range(200):
            some.add(part(number))
            found += [one.path for one, _ in some.ready()]
        found += [one.path for one, _ in some.rest()]
    assert found == [str(number) for number in range(200)]
    assert most <= 4


def test_verdicts_come_in_the_parts_order_whichever_scan_ends_first() -> None:
    second_is_done = threading.Event()

    def judge(data: bytes, keepalive: Callable[[], None]) -> Verdict:
        if data == b"1":
            assert second_is_done.wait(SECONDS)
        if data == b"2":
            second_is_done.set()
        return infected(data, keepalive)

    with scans(judge) as some:
        for number in (1, 2, 3):
            some.add(part(number))
        assert [verdict for _, verdict in some.rest()] == [
            Infected(("1",)),
            Infected(("2",)),
            Infected(("3",)),
        ]


def test_a_single_part_needs_no_thread() -> None:
    scanner = FakeScanner(infected)
    with PartScans(scanner, Workspace(), lambda: None, lambda: None) as some:
        some.add(part(1))
        assert list(some.ready()) == []
        assert [found.path for found, _ in some.rest()] == ["1"]
    assert scanner.threads == {threading.current_thread().name}


def test_what_is_in_a_file_is_scanned_before_the_walk_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "part"
    path.write_bytes(b"abc")
    with scans(infected) as some, path.open("rb") as file:
        some.add(Part("1", (), "", "", Stored(file.fileno(), 0, 3), ""))
        file.close()
        assert [verdict for _, verdict in some.rest()] == [Infected(("abc",))]


def test_signs_of_life_come_from_the_callers_thread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(abreast, "_LOOK", 0.01)
    alive = threading.Event()
    callers = set()

    def keepalive() -> None:
        callers.add(threading.current_thread())
        alive.set()

    def judge(data: bytes, sign: Callable[[], None]) -> Verdict:
        if data == b"1":
            sign()
            assert alive.wait(SECONDS)
        return Clean()

    with scans(judge, keepalive) as some:
        some.add(part(1))
        some.add(part(2))
        assert len(list(some.rest())) == 2
    assert callers == {threading.current_thread()}


def test_one_that_cannot_be_scanned_is_told_and_others_are_not_lost() -> None:
    def judge(data: bytes, keepalive: Callable[[], None]) -> Verdict:
        if data == b"1":
            raise ScanError("clamd is gone")
        return infected(data, keepalive)

    with scans(judge) as some:
        some.add(part(1))
        some.add(part(2))
        assert [found.path for found, _ in some.rest()] == ["2"]
        with pytest.raises(ScanError, match="clamd is gone"):
            some.raise_error()


def test_who_leaves_breaks_off_what_is_under_way() -> None:
    begun = threading.Event()

    def judge(_: bytes, keepalive: Callable[[], None]) -> Verdict:
        begun.set()
        while True:  # until it is told that nobody waits
            keepalive()

    with scans(judge) as some:
        some.add(part(1))
        some.add(part(2))
        assert begun.wait(SECONDS)

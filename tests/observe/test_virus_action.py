from __future__ import annotations

import signal
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest
from tests.observe.examples import EICAR, Recorder, judged, message

from clamgate.core.envelope import HeaderFacts
from clamgate.core.events import Fault
from clamgate.core.verdict import Clean, Failed, Infected, Unscanned
from clamgate.observe import virus_action
from clamgate.observe.virus_action import MAX_ARGUMENT, Bounds, VirusActionRunner

SECONDS = 30.0


@pytest.fixture
def faults() -> Recorder:
    return Recorder()


class Program:
    """A shell script that writes down each time it is run."""

    def __init__(self, folder: Path, then: str = "") -> None:
        self.path = str(folder / "program")
        self._out = folder / "out"
        self._out.mkdir()
        script = f"#!/bin/sh\nprintf '%s\\0' \"$@\" > {self._out}/$$\n{then}\n"
        Path(self.path).write_text(script)
        Path(self.path).chmod(0o755)

    @property
    def runs(self) -> list[list[str]]:
        """The arguments of each run, in no order."""
        return [file.read_text().split("\0")[:-1] for file in self._out.iterdir()]


@pytest.fixture
def program(tmp_path: Path) -> Program:
    return Program(tmp_path)


class FakeRun:
    """Stands for `child.run`: says who asks for what, and lets each run last until told to end."""

    def __init__(self) -> None:
        self.begun = threading.Semaphore(0)
        self.may_end = threading.Event()
        self.ended_by_kill = 0

    def __call__(
        self, program: str, arguments: Sequence[bytes], timeout: float, killed: threading.Event
    ) -> str | None:
        assert (program, timeout, len(arguments)) == ("prog", 9.0, 7)
        self.begun.release()
        while not self.may_end.wait(0.01):
            if killed.is_set():
                return "was killed"
        return None

    def await_begun(self, count: int) -> None:
        for _ in range(count):
            assert self.begun.acquire(timeout=SECONDS)


@pytest.fixture
def fake_run(monkeypatch: pytest.MonkeyPatch) -> FakeRun:
    fake = FakeRun()
    monkeypatch.setattr(virus_action, "run", fake)
    return fake


def run_all(runner: VirusActionRunner) -> None:
    runner.start()
    runner.close(SECONDS)


def test_it_gets_what_the_c_program_gives(program: Program, faults: Recorder) -> None:
    runner = VirusActionRunner(program.path, False, faults)
    runner.observe(judged(EICAR))
    run_all(runner)
    assert program.runs == [
        [
            "Eicar-Test-Signature",
            "4XyZ",
            "a@example.org",
            "two@example.net",
            "Hello",
            "<id@example.org>",
            "Mon, 1 Jan 2024 00:00:00 +0000",
        ]
    ]
    assert faults.events == []


def test_with_each_recipient_it_runs_for_each_who_has_brackets_then(
    program: Program, faults: Recorder
) -> None:
    runner = VirusActionRunner(program.path, True, faults)
    runner.observe(judged(EICAR))
    run_all(runner)
    assert sorted(run[3] for run in program.runs) == ["<one@example.net>", "<two@example.net>"]


def test_what_is_missing_is_unknown(program: Program, faults: Recorder) -> None:
    bare = message(sender=b"<>", recipients=(), headers=HeaderFacts(), queue_id="")
    runner = VirusActionRunner(program.path, True, faults)
    runner.observe(judged(EICAR, bare))
    run_all(runner)
    assert program.runs == [["Eicar-Test-Signature", "UNKNOWN", ""] + ["UNKNOWN"] * 4]


@pytest.mark.parametrize("verdict", [Clean(), Failed("x"), Unscanned("x")])
def test_only_infected_mail_matters(
    verdict: Clean | Failed | Unscanned, program: Program, faults: Recorder
) -> None:
    runner = VirusActionRunner(program.path, False, faults)
    runner.observe(judged(verdict))
    runner.observe(Fault("here", "something"))
    run_all(runner)
    assert program.runs == []


def test_nothing_a_sender_writes_is_an_option_a_command_or_a_control_character(
    program: Program, faults: Recorder
) -> None:
    hostile = message(
        sender=b"<-rf@x>",
        recipients=(b"<$(id)@x>",),
        headers=HeaderFacts(subjects=(b"--help\r\n \x1b[31m'; id #",), message_id=b"-", date=b"\0"),
    )
    runner = VirusActionRunner(program.path, False, faults)
    runner.observe(judged(Infected(("-sig\n",)), hostile))
    run_all(runner)
    assert program.runs == [
        [" -sig ", "4XyZ", " -rf@x", "$(id)@x", " --help   [31m ; id #", " -", " "]
    ]


def test_long_arguments_are_cut_between_characters(program: Program, faults: Recorder) -> None:
    long = message(headers=HeaderFacts(subjects=("é€".encode() * MAX_ARGUMENT,)))
    runner = VirusActionRunner(program.path, False, faults)
    runner.observe(judged(EICAR, long))
    run_all(runner)
    (run,) = program.runs
    size = len(run[4].encode())
    assert MAX_ARGUMENT - 4 < size <= MAX_ARGUMENT
    assert set(run[4]) == {"é", "€"}


def test_a_program_that_fails_is_reported_with_its_words(tmp_path: Path, faults: Recorder) -> None:
    program = Program(tmp_path, "echo 'no space' >&2; exit 2")
    runner = VirusActionRunner(program.path, False, faults)
    runner.observe(judged(EICAR))
    run_all(runner)
    assert faults.events == [
        Fault("VirusAction", f"{program.path} exited with status 2: no space (message 4XyZ)")
    ]


def test_a_program_that_is_not_there_is_reported(tmp_path: Path, faults: Recorder) -> None:
    runner = VirusActionRunner(f"{tmp_path}/none --quiet", False, faults)
    runner.observe(judged(EICAR))
    run_all(runner)
    (fault,) = faults.events
    assert isinstance(fault, Fault)
    assert f"{tmp_path}/none --quiet cannot be started: No such file" in fault.reason


def test_a_program_that_does_not_end_is_killed_and_reported(
    tmp_path: Path, faults: Recorder
) -> None:
    program = Program(tmp_path, "exec sleep 600")
    runner = VirusActionRunner(program.path, False, faults, Bounds(timeout=0.2))
    runner.observe(judged(EICAR))
    run_all(runner)
    assert faults.events == [
        Fault("VirusAction", f"{program.path} was killed after 0.2 s (message 4XyZ)")
    ]


def test_the_mail_path_does_not_wait_and_runs_at_once_are_bounded(
    fake_run: FakeRun, faults: Recorder
) -> None:
    runner = VirusActionRunner("prog", False, faults, Bounds(timeout=9.0))
    runner.start()
    for _ in range(6):
        runner.observe(judged(EICAR))
    fake_run.await_begun(4)
    assert not fake_run.begun.acquire(timeout=0.1)
    fake_run.may_end.set()
    fake_run.await_begun(2)
    runner.close(SECONDS)
    assert faults.events == []


def test_what_does_not_fit_is_reported_and_the_rest_runs(
    program: Program, faults: Recorder
) -> None:
    runner = VirusActionRunner(program.path, True, faults, Bounds(waiting=3))
    runner.observe(judged(EICAR))
    runner.observe(judged(EICAR, message(queue_id="second")))
    runner.observe(judged(EICAR, message(queue_id="third")))
    assert faults.events == [
        Fault(
            "VirusAction",
            f"{program.path} not run 1 of 2 times for message second: too many wait already",
        ),
        Fault(
            "VirusAction",
            f"{program.path} not run 2 of 2 times for message third: too many wait already",
        ),
    ]
    run_all(runner)
    assert sorted(run[1] for run in program.runs) == ["4XyZ", "4XyZ", "second"]


def test_close_kills_what_does_not_end_in_time_and_reports_what_never_ran(
    fake_run: FakeRun, faults: Recorder
) -> None:
    runner = VirusActionRunner("prog", False, faults, Bounds(timeout=9.0))
    runner.start()
    for _ in range(6):
        runner.observe(judged(EICAR))
    fake_run.await_begun(4)
    runner.close(0)
    never_ran = Fault("VirusAction", "prog not run 2 times: the filter stops")
    killed = Fault("VirusAction", "prog was killed (message 4XyZ)")
    assert sorted(faults.events, key=str) == sorted([never_ran] + [killed] * 4, key=str)
    assert not any(thread.name.startswith("VirusAction") for thread in threading.enumerate())


def test_after_close_nothing_is_taken_and_that_is_told(program: Program, faults: Recorder) -> None:
    runner = VirusActionRunner(program.path, False, faults)
    run_all(runner)
    runner.observe(judged(EICAR))
    assert faults.events == [
        Fault(
            "VirusAction",
            f"{program.path} not run 1 of 1 times for message 4XyZ: the filter stops",
        )
    ]


def test_what_waits_when_it_was_never_started_is_told_at_the_end(
    program: Program, faults: Recorder
) -> None:
    runner = VirusActionRunner(program.path, False, faults)
    runner.observe(judged(EICAR))
    runner.close(0)
    assert faults.events == [
        Fault("VirusAction", f"{program.path} not run 1 times: the filter stops")
    ]


def test_an_unforeseen_error_is_reported_and_ends_no_thread(
    faults: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_args: object) -> str | None:
        raise RuntimeError("planted")

    monkeypatch.setattr(virus_action, "run", fail)
    runner = VirusActionRunner("prog", False, faults)
    for _ in range(9):  # more than there are threads
        runner.observe(judged(EICAR))
    run_all(runner)
    reason = "prog failed: RuntimeError: planted (message 4XyZ)"
    assert faults.events == [Fault("VirusAction", reason)] * 9


def test_the_program_has_no_signal_blocked_whoever_reports_the_message(
    tmp_path: Path, faults: Recorder
) -> None:
    """libmilter's threads, in which events happen, have HUP, INT and TERM blocked."""
    path = tmp_path / "program"
    path.write_text(
        f"#!{sys.executable}\n"
        "import re\n"
        "status = open('/proc/self/status').read()\n"
        f"print(re.findall('SigBlk:.*', status)[0], file=open('{tmp_path}/out', 'w'))\n"
    )
    path.chmod(0o755)
    runner = VirusActionRunner(str(path), False, faults)
    runner.start()

    def report() -> None:
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP, signal.SIGINT, signal.SIGTERM})
        runner.observe(judged(EICAR))

    thread = threading.Thread(target=report)
    thread.start()
    thread.join()
    runner.close(SECONDS)
    assert (tmp_path / "out").read_text() == "SigBlk:\t0000000000000000\n"
    assert faults.events == []

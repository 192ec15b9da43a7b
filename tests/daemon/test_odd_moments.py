"""Signals, stops and second filters that come when they are least wanted."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
from tests.daemon.test_workers import accepted, plant, session
from tests.fake_clamd import OK, Exchange, FakeClamd
from tests.running_filter import BIN, RunningFilter
from tests.waiting import wait_until

from clamgate.daemon.control.client import ControlError, ask
from clamgate.daemon.master.plan import MOST_DRAINING
from clamgate.daemon.privileges import account_to_become, acting_as
from clamgate.harness.client import judge
from clamgate.harness.mail import Message
from clamgate.harness.wire import Accept

MAIL = Message.from_eml(b"Subject: hello\n\nbody\n")


def slow_ok(exchange: Exchange) -> None:
    """Look at everything, and say OK once the test releases it."""
    exchange.content()
    exchange.fake.released.wait()
    exchange.send(OK)


def conf_of(clamd: FakeClamd, workers: int = 1) -> str:
    return f"ClamdSocket {clamd.endpoint}\nWorkers {workers}\n"


@contextmanager
def in_flight(running: RunningFilter, clamd: FakeClamd) -> Iterator[None]:
    """Have a message in clamd, that is answered and accepted at the end of the block."""
    clamd.script = [slow_ok]
    clamd.released.clear()
    with ThreadPoolExecutor() as pool:
        before = len(clamd.messages)
        answer = pool.submit(judge, running.endpoint, MAIL)
        clamd.await_messages(before + 1)
        try:
            yield
        finally:
            clamd.released.set()
        assert isinstance(answer.result(30).reply, Accept)


def status(running: RunningFilter) -> dict[str, Any]:
    return ask(f"{running.endpoint}.control", "status")


def generation(running: RunningFilter) -> Callable[[], object]:
    return lambda: status(running)["generation"]


def test_reloads_asked_for_during_a_stop_are_not_begun(folder: Path, clamd: FakeClamd) -> None:
    with RunningFilter(folder, conf_of(clamd)) as running:
        with in_flight(running, clamd):
            running.signal(signal.SIGTERM)
            running.wait_for_log("Stopping")
            for _ in range(50):
                running.signal(signal.SIGHUP)
            before = running.workers
        assert running.wait() == 0
        assert len(before) == 1
        assert "eloaded" not in running.log
        assert not running.socket_path.exists()


def test_a_stop_during_a_reload_ends_both_generations(folder: Path, clamd: FakeClamd) -> None:
    with RunningFilter(folder, conf_of(clamd, workers=2)) as running:
        running.signal(signal.SIGHUP)
        running.signal(signal.SIGTERM)
        assert running.wait() == 0
        assert "WARNING" not in running.log
        assert "Traceback" not in running.log


def test_a_burst_of_reloads_is_few_of_them_and_the_last_conf_is_in_force(
    folder: Path, clamd: FakeClamd
) -> None:
    with RunningFilter(folder, conf_of(clamd)) as running:
        for number in range(200):
            with running.conf_path.open("a") as conf:
                conf.write(f"# {number}\n")
            running.signal(signal.SIGHUP)
        with running.conf_path.open("a") as conf:
            conf.write("LogClean Basic\n")
        running.signal(signal.SIGHUP)
        wait_until(lambda: (accepted(running), "Clean message" in running.log)[1], "the last conf")
        wait_until(lambda: len(running.workers) == 1, "the end of the old ones")
        assert running.log.count("Reloaded") < 100


def test_a_reload_beyond_the_generations_that_may_drain_waits_for_one(
    folder: Path, clamd: FakeClamd
) -> None:
    with RunningFilter(folder, conf_of(clamd)) as running, ExitStack() as stack:
        held = []
        for number in range(1, MOST_DRAINING + 1):
            held.append(session(running))
            stack.callback(held[-1].link.close)
            running.signal(signal.SIGHUP)
            wait_until(lambda: generation(running)() == number + 1, "a generation")  # noqa: B023
        running.signal(signal.SIGHUP)
        wait_until(lambda: len(status(running)["reloads"]) == MOST_DRAINING + 1, "a wish")
        assert status(running)["reloads"][-1]["state"] == "waiting"
        assert len(running.workers) == MOST_DRAINING + 1
        for client in held:
            assert isinstance(client.send_message(MAIL).reply, Accept)
        held[0].quit()
        wait_until(lambda: generation(running)() == MOST_DRAINING + 2, "what was waited for")
        for client in held[1:]:
            assert isinstance(client.send_message(MAIL).reply, Accept)
            client.quit()


def test_a_reload_whose_workers_cannot_boot_is_refused_with_their_reason(
    folder: Path, clamd: FakeClamd
) -> None:
    with plant("later", folder), RunningFilter(folder, conf_of(clamd, workers=2)) as running:
        before = running.workers
        client = session(running)
        done = subprocess.run(
            [BIN / "clamgate", "reload", "-c", running.conf_path],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 1
        assert "ERROR: a worker cannot start: planted: no worker comes up" in done.stderr
        wait_until(lambda: running.workers == before, "the end of the new ones")
        assert isinstance(client.send_message(MAIL).reply, Accept)
        client.quit()
        assert generation(running)() == 1


def test_a_log_that_cannot_be_opened_refuses_the_reload_and_the_old_one_is_written_on(
    folder: Path, clamd: FakeClamd
) -> None:
    log = folder / "log"
    conf = f"{conf_of(clamd)}LogClean Basic\n"
    with RunningFilter(folder, f"{conf}LogFile {log}\n") as running:
        before = running.workers
        text = running.conf_path.read_text()
        running.conf_path.write_text(text.replace(str(log), str(folder / "none" / "log")))
        running.signal(signal.SIGHUP)
        wait_until(lambda: "Not reloaded" in log.read_text(), "a refusal")
        assert f"{folder}/none/log" in log.read_text()
        assert accepted(running)
        wait_until(lambda: "Clean message" in log.read_text(), "a line of the mail")
        assert running.workers == before


def test_a_full_disk_under_the_log_costs_lines_and_no_mail(folder: Path, clamd: FakeClamd) -> None:
    conf = f"{conf_of(clamd)}LogClean Basic\nLogFile /dev/full\n"
    with RunningFilter(folder, conf) as running:
        for _ in range(5):
            assert accepted(running)
        running.wait_for_log("LogFile /dev/full: cannot write to it, lines are lost: No space left")
        wait_until(lambda: running.log.count("Clean message") == 5, "what is printed")
        running.signal(signal.SIGHUP)
        running.wait_for_log("Reloaded")
        assert accepted(running)


def test_workers_and_scans_at_once_change_with_a_reload(folder: Path, clamd: FakeClamd) -> None:
    with RunningFilter(folder, conf_of(clamd, workers=1)) as running:
        for number in (3, 1, 2):
            text = running.conf_path.read_text()
            head = "".join(x for x in text.splitlines(keepends=True) if "Workers" not in x)
            running.conf_path.write_text(f"{head}Workers {number}\n")
            before = set(running.workers)
            running.signal(signal.SIGHUP)
            wait_until(
                lambda: not before & set(running.workers) and len(running.workers) == number,  # noqa: B023
                f"{number} workers",
            )
            assert accepted(running)


def test_a_second_filter_on_the_same_socket_is_refused_and_the_first_serves_on(
    folder: Path, clamd: FakeClamd
) -> None:
    with RunningFilter(folder, conf_of(clamd)) as running:
        second = subprocess.run(
            [BIN / "clamgate", "run", "-c", running.conf_path],
            capture_output=True,
            text=True,
            timeout=30,
            check=False,
        )
        assert second.returncode == 1
        assert second.stderr == (
            f"ERROR: {running.conf_path}:1: MilterSocket {running.socket_path}: another process"
            " listens there: stop it first\n"
        )
        assert accepted(running)
        assert status(running)["state"] == "serving"


def test_of_many_that_start_at_once_one_serves_and_the_others_say_so(
    folder: Path, clamd: FakeClamd
) -> None:
    conf = folder / "conf"
    conf.write_text(f"MilterSocket {folder}/m.sock\nForeground yes\n{conf_of(clamd)}")
    with ExitStack() as stack:
        outputs = [stack.enter_context((folder / f"out.{n}").open("w+")) for n in range(6)]
        command = (BIN / "clamgate", "run", "-c", conf)
        started = [
            stack.enter_context(subprocess.Popen(command, stdout=output, stderr=output))
            for output in outputs
        ]
        for one in started:
            stack.callback(one.kill)
        wait_until(lambda: sum(one.poll() is None for one in started) == 1, "that one is left")
        for one, output in zip(started, outputs, strict=True):
            output.seek(0)
            refused = "another process listens there: stop it first" in output.read()
            assert (one.returncode, refused) in ((1, True), (None, False))
        assert isinstance(judge(f"{folder}/m.sock", MAIL).reply, Accept)
        (left,) = [one for one in started if one.returncode is None]
        left.terminate()
        assert left.wait(30) == 0
        assert not (folder / "m.sock").exists()


def test_a_new_filter_takes_the_socket_of_one_that_still_stops(
    folder: Path, clamd: FakeClamd
) -> None:
    old = RunningFilter(folder, conf_of(clamd))
    (folder / "new").mkdir()
    new = RunningFilter(folder / "new", "")
    with old:
        new.conf_path.write_text(old.conf_path.read_text())
        with in_flight(old, clamd):
            old.signal(signal.SIGTERM)
            old.wait_for_log("Stopping")
            new.start()
            assert isinstance(judge(old.endpoint, MAIL).reply, Accept)
        assert old.wait() == 0
        assert isinstance(judge(old.endpoint, MAIL).reply, Accept)  # the path is the new one's
        assert status(old)["state"] == "serving"
        assert new.stop() == 0
    assert not old.socket_path.exists()


def test_a_conf_that_is_gone_refuses_the_reload(folder: Path, clamd: FakeClamd) -> None:
    with RunningFilter(folder, conf_of(clamd)) as running:
        text = running.conf_path.read_text()
        running.conf_path.unlink()
        running.signal(signal.SIGHUP)
        running.wait_for_log(f"{running.conf_path}")
        running.wait_for_log("Not reloaded: the conf that was in force stays")
        assert accepted(running)
        running.conf_path.write_text(text)
        running.signal(signal.SIGHUP)
        running.wait_for_log("Reloaded")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_who_is_neither_root_nor_the_filters_user_may_not_ask(
    folder: Path, clamd: FakeClamd
) -> None:
    with RunningFilter(folder, conf_of(clamd)) as running:
        with (
            acting_as(account_to_become("daemon")),
            pytest.raises(ControlError, match="only root and the filter's own user may ask"),
        ):
            status(running)
        assert status(running)["state"] == "serving"

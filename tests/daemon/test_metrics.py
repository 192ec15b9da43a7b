"""A running filter with MetricsListen, asked over HTTP."""

from __future__ import annotations

import http.client
import json
import os
import signal
import socket
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path

import pytest
from tests.fake_clamd import OK, Exchange, FakeClamd, says
from tests.processes import links, titled
from tests.running_filter import BIN, RunningFilter
from tests.scrape import Scrape, get, scrape_until
from tests.waiting import wait_until

from clamgate.harness.client import MilterClient, judge
from clamgate.harness.mail import Message, Peer
from clamgate.harness.ports import free_port
from clamgate.harness.wire import Accept

MAIL = Message.from_eml(b"Subject: hello\n\nbody\n")


@pytest.fixture
def port() -> int:
    return free_port()


def conf(clamd: FakeClamd, port: int, folder: Path) -> str:
    return (
        f"ClamdSocket {clamd.endpoint}\nMetricsListen 127.0.0.1:{port}\n"
        f"TemporaryDirectory {folder}\nWorkers 2\n"
    )


def exporter_of(running: RunningFilter) -> int:
    return wait_until(lambda: titled(running.pid, "clamgate: exporter"), "the exporter")[0]


def slow_ok(exchange: Exchange) -> None:
    """Look at everything, and say OK once the test releases it."""
    exchange.content()
    exchange.fake.released.wait()
    exchange.send(OK)


@contextmanager
def stopping(running: RunningFilter, clamd: FakeClamd, port: int) -> Iterator[None]:
    """Have it stop with a message in clamd, that is answered and accepted at the end."""
    clamd.script = [slow_ok]
    with ThreadPoolExecutor() as pool:
        answer = pool.submit(judge, running.address, MAIL)
        try:
            clamd.await_messages(1)
            # A worker that is slow to answer at the stop is taken to have what it last reported.
            scrape_until(port, lambda one: one.sum("clamgate_messages_in_flight") == 1, "it")
            running.signal(signal.SIGTERM)
            running.wait_for_log("messages still in flight: 1")
            yield
        finally:
            clamd.released.set()
        assert isinstance(answer.result(30).reply, Accept)


def messages(scrape: Scrape) -> float:
    return scrape.sum("clamgate_messages_total")


def send(running: RunningFilter, number: int) -> None:
    for _ in range(number):
        assert isinstance(judge(running.endpoint, MAIL).reply, Accept)


def checks(port: int) -> dict[str, str]:
    answer = json.loads(get(port, "/readyz").text)
    return {one["name"]: f"{one['ok']}: {one['text']}" for one in answer["checks"]}


def test_messages_are_counted_by_what_became_of_them(
    folder: Path, clamd: FakeClamd, port: int
) -> None:
    clamd.script = [says(b"fd[9]: Phishing.X FOUND\0"), says(b"fd[9]: OK\0")]
    with RunningFilter(folder, conf(clamd, port, folder) + "OnInfected Reject\n") as running:
        first = Scrape(port)
        assert messages(first) == 0
        for _ in range(2):
            judge(running.endpoint, MAIL)
        scrape = scrape_until(port, lambda one: messages(one) == 2, "two messages")
        fate = {"listener": f"unix:{running.endpoint}", "class_": "phishing"}
        assert scrape.sum("clamgate_messages_total", action="reject", **fate) == 1
        assert scrape.sum("clamgate_messages_total", verdict="clean", action="accept") == 1
        assert scrape.sum("clamgate_scan_duration_seconds_count", clamd=str(clamd.endpoint)) == 2
        assert {(one.name, *sorted(one.labels.items())) for one in first.samples} == {
            (one.name, *sorted(one.labels.items())) for one in scrape.samples
        }


def test_how_things_are_now(folder: Path, clamd: FakeClamd, port: int) -> None:
    with RunningFilter(folder, conf(clamd, port, folder)) as running:
        client = MilterClient(running.endpoint)
        client.greet(Peer())
        scrape = scrape_until(
            port, lambda one: one.sum("clamgate_connections") == 1, "the connection"
        )
        assert scrape.sum("clamgate_workers", state="serving") == 2
        scrape_until(port, lambda one: one.sum("clamgate_accepting") == 1, "that it is open")
        assert scrape.sum("clamgate_resident_memory_bytes", process="exporter") > 1 << 20
        scrape_until(port, lambda one: one.sum("clamgate_clamd_up") == 1, "the clamd")
        client.quit()


def test_health_says_why_not(folder: Path, clamd: FakeClamd, port: int) -> None:
    with RunningFilter(folder, conf(clamd, port, folder) + "ReadyMaxDatabaseAge 1\n") as running:
        assert get(port, "/healthz").status == 200
        wait_until(lambda: checks(port).get("clamd") == "True: 1 of 1 up", "the clamd")
        assert get(port, "/readyz").status == 503  # the fake's version has no date
        assert checks(port)["database"] == "False: no clamd says how old its signatures are"
        running.conf_path.write_text(running.conf_path.read_text().replace("Age 1", "Age 0"))
        running.signal(signal.SIGHUP)
        wait_until(lambda: get(port, "/readyz").status == 200, "the new conf")
        clamd.stop()  # no mail comes that would need it
        wait_until(lambda: get(port, "/readyz").status == 503, "the loss of the clamd")
        assert checks(port)["clamd"].startswith(f"False: 0 of 1 up; {clamd.endpoint}: ")
        assert get(port, "/healthz").status == 200


def test_figures_survive_workers_reloads_and_exporters(
    folder: Path, clamd: FakeClamd, port: int
) -> None:
    with RunningFilter(folder, conf(clamd, port, folder)) as running:
        send(running, 3)
        scrape_until(port, lambda one: messages(one) == 3, "three messages")
        os.kill(exporter_of(running), signal.SIGKILL)
        running.wait_for_log("metrics: the process that serves metrics has ended: a new one")
        for worker in running.workers:
            os.kill(worker, signal.SIGTERM)
        running.signal(signal.SIGHUP)
        scrape = scrape_until(
            port, lambda one: one.sum("clamgate_reloads_total", outcome="done") == 1, "the reload"
        )
        assert messages(scrape) == 3
        assert scrape.sum("clamgate_generation") == 2
        send(running, 2)
        scrape_until(port, lambda one: messages(one) == 5, "five messages")

        def folded() -> bool:
            Scrape(port)
            (made,) = folder.glob("clamgate-metrics-*")
            names = {path.stem.partition("_")[2] for path in made.iterdir()}
            return "folded" in names and len(names) == 3

        wait_until(folded, "the files of the two workers that serve, and one of all others")
        assert messages(Scrape(port)) == 5
    assert not list(folder.glob("clamgate-metrics-*"))


def test_a_worker_that_is_killed_is_counted(folder: Path, clamd: FakeClamd, port: int) -> None:
    with RunningFilter(folder, conf(clamd, port, folder)) as running:
        os.kill(running.workers[0], signal.SIGKILL)
        scrape_until(port, lambda one: one.sum("clamgate_worker_restarts_total") == 1, "a restart")


def test_the_last_figures_of_a_worker_are_not_lost(
    folder: Path, clamd: FakeClamd, port: int
) -> None:
    with RunningFilter(folder, conf(clamd, port, folder)) as running:
        send(running, 4)
        for worker in running.workers:
            os.kill(worker, signal.SIGTERM)
        scrape_until(port, lambda one: messages(one) == 4, "four messages")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
@pytest.mark.parametrize("chroot", [False, True])
def test_as_another_user_and_in_a_chroot(
    folder: Path, clamd: FakeClamd, port: int, *, chroot: bool
) -> None:
    (folder / "spool").mkdir()
    (folder / "spool").chmod(0o1777)
    place = "/spool" if chroot else f"{folder}/spool"
    socket_path = "unix:/clamd.sock" if chroot else clamd.endpoint
    text = (
        f"ClamdSocket {socket_path}\nMetricsListen 127.0.0.1:{port}\nUser clamav\n"
        f"TemporaryDirectory {place}\n"
    )
    with RunningFilter(folder, text, chroot=chroot) as running:
        send(running, 1)
        scrape_until(port, lambda one: messages(one) == 1, "a message")
        scrape_until(port, lambda one: one.sum("clamgate_clamd_threads_max") > 0, "STATS")
        wait_until(lambda: get(port, "/readyz").status == 200, "the clamd")
        for pid in (exporter_of(running), *running.workers):
            assert Path(f"/proc/{pid}").stat().st_uid != 0
    assert not list((folder / "spool").iterdir())


def test_the_quarantine_is_counted(folder: Path, clamd: FakeClamd, port: int) -> None:
    clamd.script = [says(b"fd[9]: Worm.X FOUND\0")]
    text = f"OnInfected Store\nQuarantineDirectory {folder}/q\n"
    with RunningFilter(folder, conf(clamd, port, folder) + text) as running:
        scrape_until(
            port, lambda one: "clamgate_quarantine_messages 0.0" in one.text, "an empty quarantine"
        )
        judge(running.endpoint, MAIL)
        scrape = scrape_until(
            port, lambda one: one.sum("clamgate_quarantine_messages") == 1, "a stored message"
        )
        assert scrape.sum("clamgate_quarantine_bytes") > 0
        scrape = scrape_until(port, lambda one: messages(one) == 1, "its worker's count")
        assert scrape.sum("clamgate_messages_stored_total") == 1


def test_other_processes_have_no_part_in_it(folder: Path, clamd: FakeClamd, port: int) -> None:
    with RunningFilter(folder, conf(clamd, port, folder)) as running:
        listening = _listening_sockets(port)
        assert listening & set(links(exporter_of(running)))
        for pid in (running.clerk, *running.workers):
            assert not listening & set(links(pid))
        status = [str(BIN / "clamgate"), "status", "-c", str(running.conf_path)]
        shown = subprocess.run(status, capture_output=True, text=True, check=True).stdout
        assert "clamgate: exporter " in shown


def test_without_it_there_is_no_exporter_and_no_library(folder: Path, clamd: FakeClamd) -> None:
    with RunningFilter(folder, f"ClamdSocket {clamd.endpoint}\n") as running:
        assert not titled(running.pid, "clamgate: exporter")


def test_an_address_that_is_taken_is_a_clear_error(folder: Path, clamd: FakeClamd) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        running = RunningFilter(folder, conf(clamd, port, folder))
        said = (
            f"clamav-milter.conf:4: MetricsListen 127.0.0.1:{port}: another program has this port"
        )
        with pytest.raises(AssertionError, match=said):
            running.start()
        running.stop()
    assert not list(folder.glob("clamgate-metrics-*"))


def test_a_port_of_a_filter_that_serves_is_not_given_up(
    folder: Path, clamd: FakeClamd, port: int
) -> None:
    (folder / "second").mkdir()
    second = RunningFilter(folder / "second", conf(clamd, port, folder))
    with RunningFilter(folder, conf(clamd, port, folder)) as running:
        said = f"MetricsListen 127.0.0.1:{port}: another clamgate serves there: stop it first"
        with pytest.raises(AssertionError, match=said):
            second.start()
        second.stop()
        assert "409 clamgate serves here: stop it first" in ask_for_port(port)
        assert get(port, "/metrics").status == 200
        send(running, 1)


@pytest.mark.parametrize("tcp", [False, True])
def test_a_filter_that_stops_serves_metrics_until_the_next_one_comes(
    folder: Path, clamd: FakeClamd, port: int, *, tcp: bool
) -> None:
    text = conf(clamd, port, folder)
    old = RunningFilter(folder, text, tcp=tcp)
    (folder / "new").mkdir()
    new = RunningFilter(folder / "new", "")
    with ExitStack() as stack:
        stack.enter_context(old)
        new.conf_path.write_text(old.conf_path.read_text())
        with stopping(old, clamd, port):
            scrape = scrape_until(port, lambda one: one.sum("clamgate_accepting") == 0, "the stop")
            assert scrape.sum("clamgate_messages_in_flight") == 1
            assert checks(port)["filter"] == "False: it is stopping"
            assert "403 clamgate: not from elsewhere" in ask_for_port(port, "127.0.0.2")
            assert Scrape(port).sum("clamgate_accepting") == 0
            stack.callback(new.stop)
            new.start()
            scrape_until(port, lambda one: one.sum("clamgate_accepting") == 1, "the new one")
            assert isinstance(judge(old.address, MAIL).reply, Accept)
        assert old.wait() == 0
        scrape_until(port, lambda one: messages(one) == 1, "the new one's message")
        assert new.stop() == 0


def test_an_exporter_that_takes_over_after_that_has_no_port(
    folder: Path, clamd: FakeClamd, port: int
) -> None:
    with RunningFilter(folder, conf(clamd, port, folder)) as old:
        with stopping(old, clamd, port):
            wait_until(lambda: "200 clamgate gives this port up" in ask_for_port(port), "the port")
            with socket.create_server(("127.0.0.1", port)):
                os.kill(exporter_of(old), signal.SIGKILL)
                old.wait_for_log("metrics: the process that serves metrics has ended: a new one")
        assert old.wait() == 0


def ask_for_port(port: int, source: str = "127.0.0.1") -> str:
    """Return what a filter answers that is asked for its port by a program with that address."""
    address = ("127.0.0.1", port)
    client = http.client.HTTPConnection(*address, timeout=30, source_address=(source, 0))
    with closing(client):
        client.request("POST", "/handover")
        answer = client.getresponse()
        return f"{answer.status} {answer.read().decode()}"


def _listening_sockets(port: int) -> set[str]:
    rows = [row.split() for row in Path("/proc/net/tcp").read_text().splitlines()[1:]]
    ours = [row for row in rows if row[1].endswith(f":{port:04X}") and row[3] == "0A"]
    return {f"socket:[{row[9]}]" for row in ours}

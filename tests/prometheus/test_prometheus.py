"""A real Prometheus, a real clamd, and a filter between them."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.prometheus.server import CONF, RULES, PrivatePrometheus, why_not
from tests.running_filter import RunningFilter
from tests.scrape import scrape_until
from tests.waiting import wait_until

from clamgate.harness.client import judge
from clamgate.harness.mail import Message
from clamgate.harness.ports import free_port
from clamgate.harness.private_clamd import EICAR, PrivateClamd, installed

REASON = why_not() or (None if installed() else "clamd is not installed (clamav-daemon)")
pytestmark = pytest.mark.skipif(REASON is not None, reason=str(REASON))

CLEAN = [Message.from_eml(b"Subject: %d\r\n\r\nhello\r\n" % n) for n in range(40)]
INFECTED = Message.from_eml(b"Subject: x\r\n\r\n" + EICAR + b"\r\n")
OVERSIZE = Message.from_eml(b"Subject: y\r\n\r\n" + b"large\r\n" * 40_000)


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cg-") as name:
        yield Path(name)


@pytest.fixture
def clamd(folder: Path) -> Iterator[PrivateClamd]:
    (folder / "clamd").mkdir()
    with PrivateClamd(folder / "clamd") as clamd:
        yield clamd


@pytest.fixture
def port() -> int:
    return free_port()


@pytest.fixture
def running(folder: Path, clamd: PrivateClamd, port: int) -> Iterator[RunningFilter]:
    text = (
        f"ClamdSocket unix:{clamd.socket_path}\nMetricsListen 127.0.0.1:{port}\nWorkers 2\n"
        f"TemporaryDirectory {folder}\nMaxFileSize 100K\nOnOversize Accept\nClamdWait 0\n"
        f"OnInfected Store\nQuarantineDirectory {folder}/q\n"
    )
    with RunningFilter(folder, text) as running:
        yield running


def load(running: RunningFilter) -> None:
    """Send 42 mails, several at a time."""
    with ThreadPoolExecutor(4) as threads:
        done = [
            threads.submit(judge, running.endpoint, mail) for mail in (*CLEAN, INFECTED, OVERSIZE)
        ]
    for one in done:
        assert one.result().reply is not None


def at_once(folder: Path) -> Path:
    """Return the rules, but that no alert waits for longer than a second."""
    path = folder / "rules.yml"
    path.write_text(re.sub(r"for: \w+", "for: 1s", RULES.read_text()))
    return path


def test_promtool_has_nothing_to_say_of_a_scrape(running: RunningFilter, port: int) -> None:
    load(running)
    scrape = scrape_until(port, lambda one: one.sum("clamgate_messages_total") == 42, "42 mails")
    assert scrape.sum("clamgate_messages_total", verdict="clean") == 40
    assert scrape.sum("clamgate_messages_total", verdict="unscanned", action="accept") == 1
    done = subprocess.run(
        ["promtool", "check", "metrics"],
        input=scrape.text,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
    )
    assert (done.returncode, done.stdout) == (0, "")


def test_every_metric_of_rules_and_dashboard_and_manual_is_there(
    running: RunningFilter, port: int
) -> None:
    scrape = scrape_until(port, lambda one: "clamgate_quarantine_bytes" in one.text, "all of it")
    there = {re.sub(r"_(bucket|count|sum)$", "", one.name) for one in scrape.samples}
    for path in (RULES, CONF / "grafana" / "clamgate.json"):
        named = set(re.findall(r"\bclamgate_\w+", path.read_text()))
        assert {re.sub(r"_(bucket|count|sum)$", "", name) for name in named} <= there, path
    manual = (CONF.parent / "docs" / "metrics.md").read_text()
    manual = manual.replace("`_idle`", "`clamgate_clamd_threads_idle`")
    manual = manual.replace("`_max`", "`clamgate_clamd_threads_max`")
    assert set(re.findall(r"`(clamgate_\w+)", manual)) == there


def test_prometheus_answers_every_query_of_the_dashboard(
    running: RunningFilter, folder: Path, port: int
) -> None:
    with PrivatePrometheus(folder, port, at_once(folder)) as prometheus:
        wait_until(lambda: prometheus.query("sum(clamgate_messages_total) == 0"), "a scrape")
        load(running)
        wait_until(lambda: prometheus.query("sum(clamgate_messages_total) == 42"), "42 mails", 60.0)
        wait_until(
            lambda: prometheus.query("sum(clamgate_quarantine_messages) == 1"), "the stored one"
        )
        dashboard = json.loads((CONF / "grafana" / "clamgate.json").read_text())
        for panel in dashboard["panels"]:
            for target in panel.get("targets", ()):
                query = target["expr"].replace("$__rate_interval", "1m")
                query = query.replace("$job", ".+").replace("$instance", ".+")
                # After a scrape that took too long there is nothing, until the next one.
                wait_until(
                    lambda: prometheus.query(query),  # noqa: B023  at once
                    f"{panel['title']}: an answer to {query}",
                )
        wait_until(lambda: prometheus.trouble() == [], "a scrape and rules without trouble")
        wait_until(lambda: "ClamgateOversizePasses" in prometheus.alerts(), "the alert")


def test_a_clamd_that_is_stopped_is_seen_as_an_alert(
    running: RunningFilter, clamd: PrivateClamd, folder: Path, port: int
) -> None:
    with PrivatePrometheus(folder, port, at_once(folder)) as prometheus:
        wait_until(lambda: prometheus.query("clamgate_clamd_up == 1"), "the clamd")
        wait_until(
            lambda: not {"ClamgateNoClamd", "ClamgateScansFail"} & set(prometheus.alerts()),
            "the end of an alert that there may have been before",
        )
        clamd.stop()
        for mail in CLEAN[:5]:
            judge(running.endpoint, mail)
        alert = wait_until(lambda: prometheus.alerts().get("ClamgateNoClamd"), "the alert", 60.0)
        assert alert is not None
        wait_until(lambda: "ClamgateScansFail" in prometheus.alerts(), "the other one", 60.0)
        summary = f"No clamd is up for the filter on 127.0.0.1:{port}"
        assert alert["annotations"]["summary"] == summary
        clamd.start()
        wait_until(lambda: "ClamgateNoClamd" not in prometheus.alerts(), "its end", 60.0)
    failed = {"verdict": "failed", "action": "defer"}
    scrape_until(port, lambda one: one.sum("clamgate_messages_total", **failed) == 5, "all five")

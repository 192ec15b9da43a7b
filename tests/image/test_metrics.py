"""What the filter of a container tells over HTTP."""

from __future__ import annotations

import json

from tests.image.containers import Container
from tests.scrape import Scrape, get, scrape_until
from tests.waiting import wait_until

PORT = 9357


def test_metrics_and_readiness(stack: Container) -> None:
    address = stack.address
    assert get(PORT, "/healthz", address).status == 200
    wait_until(lambda: get(PORT, "/readyz", address).status == 200, "readiness")
    checks = json.loads(get(PORT, "/readyz", address).text)["checks"]
    assert [check["name"] for check in checks][:3] == ["master", "filter", "clamd"]

    def tells_all(scrape: Scrape) -> bool:
        return (
            scrape.sum("clamgate_clamd_up", clamd="unix:/run/clamav/clamd.sock") == 1
            and scrape.sum("clamgate_workers", state="serving") >= 1
            and "\nclamgate_messages_total{" in scrape.text
        )

    scrape_until(PORT, tells_all, "a clamd, workers and their mail", address)

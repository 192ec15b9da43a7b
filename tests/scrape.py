"""Asking a filter over HTTP, as Prometheus does."""

from __future__ import annotations

import http.client
from collections.abc import Callable
from dataclasses import dataclass

from prometheus_client.parser import text_string_to_metric_families
from tests.waiting import wait_until


@dataclass(frozen=True, slots=True)
class Answer:
    """A response."""

    status: int
    text: str


def get(port: int, path: str, host: str = "127.0.0.1") -> Answer:
    """Ask for a page."""
    connection = http.client.HTTPConnection(host, port, timeout=30)
    try:
        connection.request("GET", path)
        response = connection.getresponse()
        return Answer(response.status, response.read().decode())
    finally:
        connection.close()


class Scrape:
    """What a filter tells Prometheus at one time."""

    def __init__(self, port: int, host: str = "127.0.0.1") -> None:
        answer = get(port, "/metrics", host)
        assert answer.status == 200, answer.text
        self.text = answer.text
        self.samples = [
            sample
            for family in text_string_to_metric_families(answer.text)
            for sample in family.samples
        ]

    def sum(self, name: str, **labels: str) -> float:
        """Return the sum of all samples with this name and these labels; there must be one."""
        wanted = {label.rstrip("_"): value for label, value in labels.items()}
        found = [
            sample.value
            for sample in self.samples
            if sample.name == name and wanted.items() <= sample.labels.items()
        ]
        assert found, f"no {name} {wanted} in:\n{self.text}"
        return float(sum(found))


def scrape_until(
    port: int, look: Callable[[Scrape], bool], awaited: str, host: str = "127.0.0.1"
) -> Scrape:
    """Scrape until it shows something: workers pass on what they count every two seconds."""

    def seen() -> Scrape | None:
        scrape = Scrape(port, host)
        return scrape if look(scrape) else None

    found = wait_until(seen, awaited)
    assert found is not None
    return found

"""What is served at which path."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from dataclasses import dataclass
from http import HTTPStatus

from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

from clamgate.core.health import Health
from clamgate.daemon.exporter import readiness
from clamgate.daemon.exporter.http import JSON, Request, Response
from clamgate.daemon.figures import Figures

_INDEX = b"clamgate\n\n/metrics  for Prometheus\n/healthz  alive?\n/readyz   able to do its work?\n"


@dataclass(frozen=True, slots=True)
class Known:
    """What is known of the filter.

    Attributes:
        figures: What the master said last.
        silent: Seconds since then.
    """

    figures: Figures
    silent: float


@dataclass(frozen=True, slots=True)
class Pages:
    """The pages.

    Attributes:
        registry: All metrics.
        max_database_age: ReadyMaxDatabaseAge, in seconds; None if age does not matter.
        clock: Seconds since 1970.
    """

    registry: CollectorRegistry
    max_database_age: float | None
    clock: Callable[[], float] = time.time

    def answer(self, request: Request, known: Known) -> Response:
        """Return the response to a request."""
        if request.post:
            return Response.not_allowed("GET, HEAD")
        match request.path:
            case "/metrics":
                return self._metrics(known)
            case "/healthz":
                return _health(readiness.alive(known.silent))
            case "/readyz":
                age = self.max_database_age
                return _health(readiness.ready(known.figures, known.silent, age, self.clock()))
            case "/":
                return Response(HTTPStatus.OK, _INDEX)
            case _:
                return Response.plain(HTTPStatus.NOT_FOUND)

    def _metrics(self, known: Known) -> Response:
        """Render all metrics, unless half of them would be of long ago."""
        if known.silent >= readiness.SILENCE:
            return _health(readiness.alive(known.silent))
        encode, content_type = choose_encoder("")
        return Response(HTTPStatus.OK, encode(self.registry), content_type)


def _health(health: Health) -> Response:
    status = HTTPStatus.OK if health.ok else HTTPStatus.SERVICE_UNAVAILABLE
    body = json.dumps(health.to_json(), indent=1).encode() + b"\n"
    return Response(status, body, JSON)

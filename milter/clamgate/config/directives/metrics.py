"""What is to be known of a running filter by programs that watch it."""

from __future__ import annotations

from clamgate.config import values
from clamgate.config.directives.model import Directive, Group, Kind, Origin
from clamgate.config.endpoints import metrics_listen

METRICS = (
    Directive(
        "MetricsListen",
        Group.METRICS,
        Kind.STRING,
        metrics_listen,
        field="process.metrics_listen",
        unset="there are no metrics, and they cost nothing",
        example=("127.0.0.1:9357",),
        origin=Origin.CLAMGATE,
        doc="""
            HOST:PORT where metrics for Prometheus (`/metrics`) and health (`/healthz`,
            `/readyz`) are served over HTTP, without encryption or passwords: choose an
            address that only those who may see them reach. See docs/metrics.md.
            """,
    ),
    Directive(
        "ReadyMaxDatabaseAge",
        Group.METRICS,
        Kind.DAYS,
        values.days,
        field="process.ready_max_database_age",
        default="0",
        origin=Origin.CLAMGATE,
        doc="""
            `/readyz` says no if every clamd that is up has signatures older than this.
            0 is never: a filter with old signatures is better than none.
            """,
    ),
)

"""What holds for every test."""

from __future__ import annotations

import os

import pytest
from hypothesis import HealthCheck, settings

# How long something takes says nothing: the machine may be busy.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CLAMGATE_NO_SKIPS=1, as in CI, a run that skipped anything has failed."""
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CLAMGATE_NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        reporter.write_line("CLAMGATE_NO_SKIPS is set, and tests were skipped: that is a failure")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED

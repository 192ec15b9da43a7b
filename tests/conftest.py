"""What holds for every test, and for a run of them in one process or in several."""

from __future__ import annotations

import os
import signal
from typing import TYPE_CHECKING

import pytest
from hypothesis import HealthCheck, settings
from tests.sections import sections_of

if TYPE_CHECKING:
    from tests.parallel import FileScheduling
    from xdist.remote import Producer
    from xdist.workermanage import WorkerController

# How long something takes says nothing: the machine may be busy.
settings.register_profile("patient", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("patient")


def pytest_configure(config: pytest.Config) -> None:
    """Have ctrl-c reach what tests start, and all that runs clean up after it."""
    if signal.getsignal(signal.SIGINT) == signal.SIG_IGN:
        # From a shell's `&`; every process started here would ignore it too.
        signal.signal(signal.SIGINT, signal.default_int_handler)
    if _is_worker(config):
        from tests.parallel import interrupt_once  # noqa: PLC0415  without -n no xdist is needed

        interrupt_once()


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Let the longest begin first where they are spread over processes."""
    if _is_worker(config):
        from tests.parallel import in_order  # noqa: PLC0415

        in_order(items)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """Return what `-n auto` is."""
    from tests.parallel import worker_count  # noqa: PLC0415

    return worker_count()


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_setupnodes(config: pytest.Config) -> None:
    """Keep an eye on the workers that are about to be started."""
    from tests.parallel import Workers  # noqa: PLC0415

    config.pluginmanager.register(Workers())


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> FileScheduling:
    """Return who hands out the tests."""
    from tests.parallel import FileScheduling  # noqa: PLC0415

    return FileScheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def pytest_testnodedown(node: WorkerController) -> None:
    """Take over what the tests of a worker have to say; one that crashed says nothing."""
    sections_of(node.config).update(getattr(node, "workeroutput", {}).get("sections", {}))


@pytest.hookimpl(trylast=True)
def pytest_sessionfinish(session: pytest.Session) -> None:
    """With CLAMGATE_NO_SKIPS=1, as in CI, a run that skipped anything has failed."""
    if _is_worker(session.config):
        output = session.config.workeroutput  # type: ignore[attr-defined]  # xdist's
        output["sections"] = sections_of(session.config)
    reporter = session.config.pluginmanager.get_plugin("terminalreporter")
    if os.environ.get("CLAMGATE_NO_SKIPS") and reporter and reporter.stats.get("skipped"):
        reporter.write_line("CLAMGATE_NO_SKIPS is set, and tests were skipped: that is a failure")
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(
    terminalreporter: pytest.TerminalReporter, config: pytest.Config
) -> None:
    """Print what tests have to say."""
    for title, text in sections_of(config).items():
        terminalreporter.section(title)
        terminalreporter.write_line(text)


def _is_worker(config: pytest.Config) -> bool:
    return hasattr(config, "workerinput")

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

from tests.fake_clamd import FakeClamd, hangs
from tests.waiting import wait_until

from clamgate.clamd.errors import ConnectError
from clamgate.clamd.protocol import Stats
from clamgate.core.settings import UnixEndpoint
from clamgate.daemon.exporter.clamd_stats import ClamdStats, ask


def test_one_is_asked_in_the_background() -> None:
    with TemporaryDirectory(prefix="cg-") as folder, FakeClamd(Path(folder) / "c") as clamd:
        gone = UnixEndpoint(f"{folder}/gone")
        stats = ClamdStats([clamd.endpoint, gone])
        stats.start()
        wait_until(lambda: stats.known and stats.unreachable, "both answers")
        assert stats.known[str(clamd.endpoint)].most == 10
        assert stats.unreachable == {str(gone): "No such file or directory"}
        stats.close()


def test_one_that_says_something_else_is_not_called_down() -> None:
    with TemporaryDirectory(prefix="cg-") as folder, FakeClamd(Path(folder) / "c") as clamd:
        assert isinstance(ask(clamd.endpoint), Stats)
        clamd.ill = lambda exchange: exchange.send(b"COMMAND UNAVAILABLE\0")
        assert ask(clamd.endpoint) is None
        clamd.stop()
        assert isinstance(ask(clamd.endpoint), ConnectError)


def test_one_that_hangs_is_not_called_down() -> None:
    with TemporaryDirectory(prefix="cg-") as folder, FakeClamd(Path(folder) / "c") as clamd:
        clamd.ill = hangs
        assert ask(clamd.endpoint) is None
        clamd.released.set()

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path

import pytest

from clamgate.container.conf_text import EffectiveConf, Source, combine
from clamgate.container.effective import Confs
from clamgate.container.environment import Given, Wishes
from clamgate.container.errors import ContainerError
from clamgate.container.layout import Layout
from clamgate.container.services import (
    ClamdUnit,
    FetchUnit,
    FilterUnit,
    FreshclamUnit,
    clamd_endpoint,
    filter_endpoint,
)
from clamgate.core.settings import (
    Clamd,
    Listen,
    Process,
    Settings,
    TcpEndpoint,
    UnixEndpoint,
)

STOCK = str(Path(__file__).parents[2] / "conf/image")
CONF = "clamav-milter.conf"
DOCKER_KILLS = 10.0  # seconds after its SIGTERM, unless told otherwise
NOW = datetime(2026, 11, 25, 4, 0, 0)  # noqa: DTZ001  freshclam tells the time as it is here


def conf(text: str) -> EffectiveConf:
    return combine(Source("/etc/clamav/clamd.conf", text.encode()), ())


@pytest.mark.parametrize(
    ("text", "endpoint"),
    [
        ("LocalSocket /run/x\nTCPSocket 3310\n", UnixEndpoint("/run/x")),
        ("TCPSocket 3311\n", TcpEndpoint("127.0.0.1", 3311)),
        ("TCPSocket 3311\nTCPAddr ::\n", TcpEndpoint("::1", 3311)),
        ("TCPSocket 3311\nTCPAddr 192.0.2.1\nTCPAddr ::1\n", TcpEndpoint("192.0.2.1", 3311)),
    ],
)
def test_where_a_clamd_is_asked(text: str, endpoint: object) -> None:
    assert clamd_endpoint(conf(text)) == endpoint


@pytest.mark.parametrize("text", ["", "LocalSocket run/x\n", "TCPSocket clamd\n"])
def test_a_clamd_that_listens_nowhere_is_an_error(text: str) -> None:
    with pytest.raises(ContainerError, match=r"/etc/clamav/clamd\.conf: .*LocalSocket"):
        clamd_endpoint(conf(text))


def test_where_a_filter_is_asked() -> None:
    def settings(where: UnixEndpoint | TcpEndpoint, chroot: str | None = None) -> Settings:
        return Settings(Listen(where), Clamd(()), Process(chroot=chroot))

    assert filter_endpoint(settings(TcpEndpoint("", 7357, "inet"))) == TcpEndpoint(
        "127.0.0.1", 7357, "inet"
    )
    assert filter_endpoint(settings(UnixEndpoint("/m.sock"), "/jail")) == UnixEndpoint(
        "/jail/m.sock"
    )


@pytest.fixture
def fetch(tmp_path: Path) -> FetchUnit:
    directory = Given("DatabaseDirectory", str(tmp_path), "X")
    wishes = Wishes(directives={"clamd": (directory,)})
    confs = Confs(Layout(), wishes, tmp_path, None, lambda _: None)
    return FetchUnit(confs, lambda: NOW)


def test_fetching_is_a_success_only_if_there_is_a_database(
    fetch: FetchUnit, tmp_path: Path
) -> None:
    assert fetch.judge(0) == (1, 0.0)
    assert fetch.judge(11) == (11, 0.0)
    (tmp_path / "main.cvd").write_bytes(b"x")
    assert fetch.judge(0) == (0, 0.0)
    # The official part is there, another failed: clamd can start.
    assert fetch.judge(11) == (0, 0.0)


def test_a_rate_limit_is_kept(fetch: FetchUnit) -> None:
    fetch.hear("WARNING: You are on cool-down until after: 2026-11-25 08:00:00")
    assert fetch.judge(0) == (1, 4 * 3600.0)


def test_a_rate_limit_that_is_over_is_no_reason_to_wait(fetch: FetchUnit) -> None:
    fetch.hear("WARNING: You are on cool-down until after: 2026-11-25 03:00:00")
    assert fetch.judge(0) == (1, 0.0)


def test_all_is_over_before_docker_kills_and_mail_has_its_time(tmp_path: Path) -> None:
    confs = Confs(Layout(), Wishes(), tmp_path, None, lambda _: None)
    clamd, *others = (one(confs).service for one in (ClamdUnit, FreshclamUnit, FilterUnit))
    (drains,) = re.findall(r"^StopTimeout (\d+)$", (Path(STOCK) / CONF).read_text(), re.MULTILINE)
    assert {int(drains) < one.stop_by < clamd.stop_by <= DOCKER_KILLS - 1 for one in others} == {
        True
    }
    assert {one.stop_wave < clamd.stop_wave for one in others} == {True}


@pytest.fixture
def mounted(tmp_path: Path) -> Path:
    (tmp_path / "etc").mkdir()
    (tmp_path / "run").mkdir()
    conf = tmp_path / "etc" / CONF
    conf.write_text("MilterSocket inet:7357\nClamdSocket unix:/run/clamd.sock\n")
    return conf


def test_a_filter_conf_that_has_become_wrong_is_told_of_and_the_last_one_kept(
    mounted: Path, tmp_path: Path
) -> None:
    said: list[str] = []
    layout = Layout(mounted=str(mounted.parent), stock=STOCK)
    unit = FilterUnit(Confs(layout, Wishes(), tmp_path / "run", None, said.append))
    command = unit.command()
    assert said == []
    effective = Path(command[-1])
    before = effective.read_text()
    with mounted.open("a") as file:
        file.write("Bogus yes\n")
    assert not unit.renew()
    assert unit.command() == command
    assert effective.read_text() == before
    assert said[:2] == [
        f"ERROR: {mounted}:3: there is no directive Bogus",
        "the filter goes on with the conf that it has",
    ]
    mounted.write_text(mounted.read_text().replace("Bogus yes", "LogVerbose yes"))
    assert unit.renew()
    assert "LogVerbose yes" in effective.read_text()


def test_without_any_usable_conf_a_filter_is_not_started(mounted: Path, tmp_path: Path) -> None:
    mounted.write_text("Bogus yes\n")
    layout = Layout(mounted=str(mounted.parent), stock=STOCK)
    unit = FilterUnit(Confs(layout, Wishes(), tmp_path / "run", None, lambda _: None))
    with pytest.raises(ContainerError, match="its conf is wrong"):
        unit.command()

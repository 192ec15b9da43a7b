"""A second filter on a socket of its own."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fake_clamd import FakeClamd

from clamgate.cli.private_filter import PrivateFilter, made_private
from clamgate.config.loader import parse
from clamgate.config.problems import ConfError
from clamgate.core.settings import Quarantine
from clamgate.daemon.errors import StartError
from clamgate.harness.client import judge
from clamgate.harness.mail import Message
from clamgate.harness.wire import Accept


@pytest.fixture
def folder(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """Where this process's temporary files go, with a short name: a unix socket's path is short."""
    with tempfile.TemporaryDirectory(prefix="cg-") as name:
        monkeypatch.setattr(tempfile, "tempdir", name)
        yield Path(name)


def test_a_private_filter_touches_nothing_of_anothers() -> None:
    conf = (
        b"MilterSocket /run/x\nClamdSocket unix:/run/clamd\nMilterSocketGroup mail\n"
        b"MilterSocketMode 660\nPidFile /run/p\nLogFile /var/log/x\nLogSyslog yes\n"
        b"VirusAction /bin/true\nOnInfected Store\nLogInfected Full\nMetricsListen localhost:1\n"
        b"QuarantineDirectory /var/lib/q\nQuarantineMaxAge 1\n"
    )
    settings = parse(conf, "x").settings
    private = made_private(settings, Path("/private"))
    assert (private.listen.group, private.listen.mode) == (None, None)
    assert (private.process.pid_file, private.virus_action) == (None, None)
    assert private.process.metrics_listen is None
    assert (private.logging.file, private.logging.syslog) == (None, False)
    assert private.quarantine == Quarantine("/private/quarantine")
    assert (private.rules, private.clamd) == (settings.rules, settings.clamd)
    assert private.exclusions == settings.exclusions


@pytest.mark.parametrize("chroot", [False, True])
def test_it_serves_and_leaves_nothing(folder: Path, chroot: bool) -> None:  # noqa: FBT001
    root = folder / "root"
    (root / "tmp").mkdir(parents=True)
    with FakeClamd(root / "clamd.sock"):
        socket = "/clamd.sock" if chroot else root / "clamd.sock"
        conf = folder / "x.conf"
        conf.write_text(
            f"MilterSocket /nowhere/x\nClamdSocket unix:{socket}\nPidFile {folder}/pid\n"
            "TemporaryDirectory /tmp\n" + (f"Chroot {root}\n" if chroot else "")
        )
        with PrivateFilter(str(conf)) as private:
            assert Path(private.endpoint).parent.parent == (root if chroot else folder)
            reply = judge(private.endpoint, Message.from_eml(b"A: b\n\nc\n")).reply
    assert reply == Accept()
    assert sorted(it.name for it in root.iterdir()) in (["tmp"], ["clamd.sock", "tmp"])
    assert sorted(it.name for it in folder.iterdir()) == ["root", "x.conf"]


def test_without_a_quarantine_it_has_none() -> None:
    settings = parse(b"MilterSocket /run/x\nClamdSocket unix:/run/clamd\n", "x").settings
    assert made_private(settings, Path("/private")).quarantine == Quarantine()


def test_a_conf_with_mistakes(tmp_path: Path) -> None:
    conf = tmp_path / "x.conf"
    conf.write_text("ClamdSocket unix:/x\nOnInfected Zap\n")
    with pytest.raises(ConfError) as refusal:
        PrivateFilter(str(conf)).__enter__()
    assert str(refusal.value.problems[0]).startswith(f"{conf}:2: OnInfected")


def test_what_it_says_when_it_does_not_start(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = tmp_path / "x.conf"
    conf.write_text("ClamdSocket unix:/x\n")
    long = tmp_path / ("x" * 100)
    long.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(long))
    with pytest.raises(StartError, match=r"does not start: ERROR: .* can be 107 bytes long"):
        PrivateFilter(str(conf)).__enter__()
    assert list(long.iterdir()) == []


def test_no_place_for_its_socket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    conf = tmp_path / "x.conf"
    conf.write_text("ClamdSocket unix:/x\n")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "none"))
    with pytest.raises(StartError, match="no folder for a private socket can be made"):
        PrivateFilter(str(conf)).__enter__()

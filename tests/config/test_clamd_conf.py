from __future__ import annotations

from pathlib import Path

from clamgate.config.clamd_conf import read_clamd_conf

MIB = 1024 * 1024


def test_a_conf_that_is_not_there_says_nothing(tmp_path: Path) -> None:
    assert read_clamd_conf(str(tmp_path / "none")) is None
    assert read_clamd_conf(str(tmp_path)) is None


def test_socket_and_limits_are_read_and_the_rest_is_clamds_affair(tmp_path: Path) -> None:
    path = tmp_path / "clamd.conf"
    path.write_text(
        "LocalSocket /run/clamd.ctl\nMaxFileSize 25M\nMaxScanSize nonsense\nBogus\nExample\n"
    )
    conf = read_clamd_conf(str(path))
    assert conf is not None
    assert (conf.path, conf.socket) == (str(path), "/run/clamd.ctl")
    assert dict(conf.limits) == {
        "MaxFileSize": 25 * MIB,
        "MaxScanSize": 400 * MIB,
        "StreamMaxLength": 100 * MIB,
    }


def test_a_clamd_on_tcp_alone_has_no_socket(tmp_path: Path) -> None:
    path = tmp_path / "clamd.conf"
    path.write_text("TCPSocket 3310\n")
    conf = read_clamd_conf(str(path))
    assert conf is not None
    assert conf.socket is None

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from clamgate.core.settings import Clamd, Listen, Logging, Process, Settings, UnixEndpoint
from clamgate.daemon.clerk.sinks import log_file, sinks_outside
from clamgate.daemon.errors import StartError
from clamgate.observe.logfile import LogFile
from clamgate.observe.sink import Level, Said
from clamgate.observe.stdout_sink import StdoutSink


def settings(*, foreground: bool = False, file: Path | None = None) -> Settings:
    return Settings(
        Listen(UnixEndpoint("/x")),
        Clamd(()),
        Process(foreground=foreground),
        logging=Logging(file=str(file) if file else None),
    )


class Heard:
    def __init__(self) -> None:
        self.lines: list[tuple[Level, str]] = []

    def write(self, level: Level, text: str) -> None:
        self.write_all([(level, text)])

    def write_all(self, said: Sequence[Said]) -> None:
        self.lines.extend(said)

    def reopen(self) -> None: ...

    def close(self) -> None: ...


def test_in_the_foreground_lines_are_printed() -> None:
    assert [type(sink) for sink in sinks_outside(settings(foreground=True))] == [StdoutSink]
    assert sinks_outside(settings()) == ()


def test_log_file_is_opened_if_there_is_to_be_one(tmp_path: Path) -> None:
    assert log_file(settings(), None, ()) == ()
    (file,) = log_file(settings(file=tmp_path / "log"), None, ())
    assert isinstance(file, LogFile)
    file.close()


def test_one_that_cannot_be_opened_is_said(tmp_path: Path) -> None:
    with pytest.raises(StartError, match=r"LogFile .*none/log"):
        log_file(settings(file=tmp_path / "none" / "log"), None, ())


def test_what_is_wrong_with_it_later_is_said_elsewhere(tmp_path: Path) -> None:
    heard = Heard()
    (file,) = log_file(settings(file=tmp_path / "log"), None, (heard,))
    (tmp_path / "log").unlink()
    (tmp_path / "log").mkdir()
    file.reopen()
    file.close()
    ((level, text),) = heard.lines
    assert level is Level.WARNING
    assert "lines go on where they went" in text

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.cli.quarantine.conftest import Place
from tests.sink import Sink

from clamgate.config.loader import load
from clamgate.core.signatures import Glob


@pytest.fixture
def exceptions(place: Place, sink: Sink, tmp_path: Path) -> Path:
    path = tmp_path / "exceptions.conf"
    place.add(f"ReleaseVia 127.0.0.1:{sink.port}\nExceptionFile {path}\n")
    return path


def test_what_was_found_is_excepted_and_the_message_released(
    place: Place, sink: Sink, exceptions: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    today = datetime.now().astimezone().date()  # whatever day it is when it is asked
    monkeypatch.setattr("clamgate.cli.quarantine.excepting._today", lambda: today)
    done = place.run("release", "--except", "--for-days", "14", place.ids[2])
    line = f"ExceptSignature Phishing.Email.1 until {today + timedelta(days=14)}"
    assert done.status == 0
    # No filter runs here; tests/e2e/test_release.py has one.
    assert done.errors.startswith("WARNING: the filter has not read it yet (no filter listens on ")
    assert done.output.splitlines()[0] == f"{exceptions}: {line}"
    assert exceptions.read_text().splitlines()[-1] == line
    assert len(sink.deliveries) == 1
    (exception,) = load(str(place.conf)).settings.rules.exceptions
    assert exception.glob == Glob("Phishing.Email.1")
    assert exception.place == f"{exceptions}:3"


def test_a_second_time_nothing_is_added(place: Place, exceptions: Path) -> None:
    place.run("release", "--except", place.ids[0])
    before = exceptions.read_text()
    assert "ExceptSignature Win.Test.EICAR_HDB-1\n" in before
    done = place.run("release", "--except", place.ids[1])
    assert f"{exceptions} has that already\n" in done.output
    assert exceptions.read_text() == before


def test_without_a_file_it_says_what_to_set_and_releases_nothing(place: Place, sink: Sink) -> None:
    place.add(f"ReleaseVia 127.0.0.1:{sink.port}\n")
    done = place.run("release", "--except", place.ids[0])
    assert done.status == 1
    assert "add a line such as `ExceptionFile /etc/clamav/" in done.errors
    assert sink.deliveries == ()


def test_a_file_that_cannot_be_written_is_named_and_nothing_is_released(
    place: Place, sink: Sink, tmp_path: Path
) -> None:
    path = tmp_path / "none" / "exceptions.conf"
    place.add(f"ReleaseVia 127.0.0.1:{sink.port}\nExceptionFile {path}\n")
    done = place.run("release", "--except", place.ids[0])
    assert (done.status, done.errors) == (
        1,
        f"ERROR: ExceptionFile {path}: No such file or directory\n",
    )
    assert sink.deliveries == ()


def test_days_need_an_exception(place: Place, exceptions: Path) -> None:
    done = place.run("release", "--for-days", "3", place.ids[0])
    assert done.status == 2
    assert "--for-days has no meaning without --except" in done.errors

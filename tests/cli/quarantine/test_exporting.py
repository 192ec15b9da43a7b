from __future__ import annotations

import io
import json
import os
import pty
import subprocess
import tarfile
from pathlib import Path

from tests.cli.quarantine.conftest import Place
from tests.quarantine.samples import CONTENT
from tests.running_filter import BIN


def test_one_message_as_it_came(place: Place, tmp_path: Path) -> None:
    assert place.run("export", place.ids[0]).raw == CONTENT
    assert place.run("export", place.ids[0], "-o", tmp_path / "x.eml").status == 0
    assert (tmp_path / "x.eml").read_bytes() == CONTENT


def test_several_as_a_tar_file(place: Place) -> None:
    raw = place.run("export", "--tar", "--class", "test").raw
    with tarfile.open(fileobj=io.BytesIO(raw)) as archive:
        files = {}
        for entry in archive:
            file = archive.extractfile(entry)
            assert file is not None
            files[entry.name] = file.read()
    assert set(files) == {f"{one}.{kind}" for one in place.ids[:2] for kind in ("eml", "json")}
    assert files[f"{place.ids[0]}.eml"] == CONTENT
    assert json.loads(files[f"{place.ids[0]}.json"])["id"] == place.ids[0]


def test_several_without_tar_are_refused(place: Place) -> None:
    done = place.run("export", *place.ids)
    assert (done.status, done.raw) == (2, b"")
    assert "3 messages fit: --tar writes any number of them" in done.errors


def test_a_damaged_one_is_named_and_the_others_are_written(place: Place) -> None:
    (path,) = place.store.directory.rglob(f"{place.ids[0]}.gz")
    path.write_bytes(path.read_bytes()[:-20])
    done = place.run("export", "--tar", *place.ids)
    assert done.status == 1
    assert done.errors.startswith(f"ERROR: {path} is damaged: ")
    with tarfile.open(fileobj=io.BytesIO(done.raw)) as archive:
        assert len(archive.getnames()) == 4


def test_nothing_is_written_to_a_terminal(place: Place) -> None:
    near, far = pty.openpty()
    done = subprocess.run(
        [BIN / "clamgate", "quarantine", "export", "-c", place.conf, place.ids[0]],
        stdout=far,
        stderr=subprocess.PIPE,
        timeout=60,
        check=False,
    )
    os.close(far)
    os.close(near)
    assert done.returncode == 2
    assert b"this is a terminal: name a file with --output" in done.stderr

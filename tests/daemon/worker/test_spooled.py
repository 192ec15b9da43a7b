from __future__ import annotations

import os
from pathlib import Path

from clamgate.daemon.worker.spooled import SpooledFiles
from clamgate.message.files import nameless_file


def test_nameless_files_on_disk_count_and_nothing_else_does(tmp_path: Path) -> None:
    files = SpooledFiles()
    before = files.size()
    memory = os.memfd_create("clamgate-message")
    os.write(memory, bytes(1 << 20))
    (tmp_path / "named").write_bytes(b"x" * 5000)
    with (tmp_path / "named").open("rb"):
        nameless = nameless_file(str(tmp_path))
        os.write(nameless, b"x" * 300_000)
        os.fsync(nameless)  # some file systems give blocks only then
        assert 300_000 <= files.size() - before < 400_000
    os.close(nameless)
    os.close(memory)
    assert files.size() == before

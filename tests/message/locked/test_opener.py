from __future__ import annotations

import io
import os
import sys
import threading
import zipfile
from pathlib import Path

import pytest
from tests.locked_zip import locked_zip
from tests.waiting import wait_until

from clamgate.message.locked import child
from clamgate.message.locked.child import NOTHING_FITS
from clamgate.message.locked.opener import MOST_BYTES, Opened, Opener

ARCHIVE = locked_zip({"a.txt": b"hello" * 99, "b.txt": b"x"}, b"one", {"b.txt": b"two"})
FAILED = "trying it took too much time or memory"


def keepalive() -> None:
    """The MTA is told to wait on."""


def says(program: str, seconds: float = 20.0) -> Opener:
    """Return one whose child is another program."""
    return Opener((sys.executable, "-I", "-c", program), seconds)


def test_an_archive_is_opened_in_a_process_of_its_own() -> None:
    opened = Opener().open(ARCHIVE, [b"zero", b"one", b"two"], keepalive)
    assert opened.why == ""
    with zipfile.ZipFile(io.BytesIO(opened.archive)) as archive:
        assert archive.read("a.txt") == b"hello" * 99
        assert archive.read("b.txt") == b"x"


def test_what_does_not_open_is_said_and_the_rest_is_there() -> None:
    opened = Opener().open(ARCHIVE, [b"one"], keepalive)
    assert opened.why == NOTHING_FITS
    with zipfile.ZipFile(io.BytesIO(opened.archive)) as archive:
        assert archive.namelist() == ["a.txt"]
    assert Opener().open(ARCHIVE, [], keepalive) == Opened(b"", NOTHING_FITS)


def test_one_that_is_too_large_is_not_tried() -> None:
    assert (
        Opener(("/nowhere",)).open(bytes(MOST_BYTES + 1), [], keepalive).why == "it is over 8 MiB"
    )


@pytest.mark.parametrize(
    "program",
    [
        "",
        "import sys; sys.exit(1)",
        "import os; os.abort()",
        "print(); print('half of it', flush=True); import os; os.kill(os.getpid(), 9)",
        "print('x' * 40_000_000)",
    ],
    ids=["silent", "failing", "crashing", "killed halfway", "too much"],
)
def test_whatever_becomes_of_the_child_nothing_counts_as_opened(program: str) -> None:
    assert says(program).open(ARCHIVE, [b"one"], keepalive) == Opened(b"", FAILED)


def test_a_child_that_takes_too_long_is_ended(tmp_path: Path) -> None:
    pid = tmp_path / "pid"
    program = f"import os, signal; open({str(pid)!r}, 'w').write(str(os.getpid())); signal.pause()"
    now = [0.0]

    def pass_time() -> None:
        wait_until(lambda: pid.exists() and pid.read_text(), "the child")
        now[0] += 15

    opener = Opener((sys.executable, "-I", "-c", program), clock=lambda: now[0])
    assert opener.open(ARCHIVE, [], pass_time) == Opened(b"", FAILED)
    with pytest.raises(ProcessLookupError):
        os.kill(int(pid.read_text()), 0)


def test_it_is_told_what_is_wrong_where_no_child_can_be_started() -> None:
    why = Opener(("/nowhere/python",)).open(ARCHIVE, [], keepalive).why
    assert why == "it could not be tried: No such file or directory"


def test_the_child_has_little_memory_and_no_environment() -> None:
    program = (
        "import os, resource, sys\n"
        f"sys.path.insert(0, {str(Path(child.__file__).parents[3])!r})\n"
        "from clamgate.message.locked import child\n"
        "child._bound(resource.RLIMIT_AS, child._MEMORY)\n"
        "assert set(os.environ) <= {'LC_CTYPE'}, os.environ\n"
        "assert resource.getrlimit(resource.RLIMIT_AS)[0] == 512 << 20\n"
        "try:\n    bytes(1 << 30)\nexcept MemoryError:\n    print('none left')\n"
    )
    assert says(program).open(ARCHIVE, [], keepalive) == Opened(b"", "none left")


def test_one_at_a_time(tmp_path: Path) -> None:
    gates, log = [tmp_path / "1", tmp_path / "2"], tmp_path / "log"
    for gate in gates:
        os.mkfifo(gate)
    program = (
        f"log = open({str(log)!r}, 'a+')\n"
        "print('begin', file=log, flush=True)\n"
        "log.seek(0)\n"
        f"open({str(tmp_path)!r} + '/' + str(log.read().count('begin'))).read()\n"
        "print('end', file=log, flush=True)\n"
        "print()\n"
    )
    opener = says(program)
    done: list[Opened] = []
    threads = [
        threading.Thread(target=lambda: done.append(opener.open(ARCHIVE, [], keepalive)))
        for _ in gates
    ]
    for thread in threads:
        thread.start()
    for gate in gates:
        with gate.open("w"):
            pass
    for thread in threads:
        thread.join()
    assert done == [Opened(b"")] * 2
    assert log.read_text().split() == ["begin", "end"] * 2

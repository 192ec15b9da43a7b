from __future__ import annotations

import itertools
import os
import select
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from clamgate.observe import child
from clamgate.observe.child import run

SECONDS = 30.0

Script = Callable[[str], str]


@pytest.fixture
def script(tmp_path: Path) -> Script:
    """Return a function that makes a program of lines of shell."""

    def make(text: str, first: str = "#!/bin/sh\n") -> str:
        path = tmp_path / "program"
        path.write_text(first + text)
        path.chmod(0o755)
        return str(path)

    return make


def outcome(
    program: str,
    *arguments: bytes,
    timeout: float = SECONDS,
    killed: threading.Event | None = None,
) -> str | None:
    return run(program, arguments, timeout, killed or threading.Event())


def await_end(pid: int) -> bool:
    """Wait for a process that is not our child to end; a zombie has ended."""
    try:
        descriptor = os.pidfd_open(pid)
    except ProcessLookupError:
        return True
    try:
        return bool(select.select([descriptor], [], [], SECONDS)[0])
    finally:
        os.close(descriptor)


def test_arguments_arrive_as_they_are(script: Script, tmp_path: Path) -> None:
    program = script(f"printf '[%s]' \"$@\" > {tmp_path}/out")
    arguments = (b"a b", b"", b"$(id)", "é'\"".encode(), b"-x")
    assert outcome(program, *arguments) is None
    assert (tmp_path / "out").read_text() == "[a b][][$(id)][é'\"][-x]"


def test_a_name_without_a_slash_is_looked_for_on_path(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(f"echo run > {tmp_path}/out")
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    assert outcome("program") is None
    assert (tmp_path / "out").read_text() == "run\n"


def test_a_script_without_a_first_line_is_the_shell_s(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f'echo "$1" > {tmp_path}/out'
    path = Path(script(text))
    path.write_text(text)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")
    for program in (str(path), "program"):
        assert outcome(program, b"$(id)") is None
        assert (tmp_path / "out").read_text() == "$(id)\n"


def test_spaces_are_part_of_the_name(script: Script) -> None:
    program = script("exit 0")
    assert outcome(f"{program} argument") == "cannot be started: No such file or directory"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("exit 0", None),
        ("echo noise >&2; exit 0", None),
        ("exit 3", "exited with status 3"),
        ("echo; echo 'no\033disk' >&2; echo more >&2; exit 1", "exited with status 1: no disk"),
        ("kill -SEGV $$", "was ended by signal 11"),
    ],
)
def test_how_it_ended(script: Script, text: str, expected: str | None) -> None:
    assert outcome(script(text)) == expected


def test_what_is_not_executable_cannot_be_started(tmp_path: Path) -> None:
    path = tmp_path / "program"
    path.write_text("#!/bin/sh\n")
    assert outcome(str(path)) == "cannot be started: Permission denied"


def test_a_chatty_program_is_not_held_up_and_is_cut(script: Script) -> None:
    line = "x" * 44
    text = f"i=0; while [ $i -lt 2000 ]; do echo {line}$i >&2; i=$((i+1)); done; exit 1"
    said = outcome(script(text))
    assert said == f"exited with status 1: {line}0"


def test_stdout_is_dropped_and_stdin_is_empty(
    script: Script, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    assert outcome(script(f"echo noise; cat > {tmp_path}/out; echo err >&2")) is None
    assert (tmp_path / "out").read_bytes() == b""
    assert capfd.readouterr() == ("", "")


def test_the_timeout_kills_the_whole_group(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    told = threading.Event()
    later = itertools.count(0.0, 2.0)  # seconds: no time passes until we know whom to look for
    clock = SimpleNamespace(monotonic=lambda: next(later) if told.is_set() else 0.0)
    monkeypatch.setattr(child, "time", clock)
    pids = tmp_path / "pids"
    os.mkfifo(pids)
    program = script(f"trap '' TERM; sleep 600 & echo $! > {pids}; wait")
    result: list[str | None] = []
    thread = threading.Thread(target=lambda: result.append(outcome(program, timeout=1.5)))
    thread.start()
    background = int(pids.read_text())
    told.set()
    thread.join()
    assert result == ["was killed after 1.5 s"]
    assert await_end(background)


def test_it_can_be_killed_before_its_time(script: Script, tmp_path: Path) -> None:
    pids = tmp_path / "pids"
    os.mkfifo(pids)
    program = script(f"echo started >&2; echo $$ > {pids}; exec sleep 600")
    result: list[str | None] = []
    killed = threading.Event()
    thread = threading.Thread(target=lambda: result.append(outcome(program, killed=killed)))
    thread.start()
    pid = int(pids.read_text())
    killed.set()
    thread.join()
    assert result == ["was killed because the filter stops: started"]
    assert await_end(pid)


def test_what_it_leaves_in_the_background_is_not_waited_for(script: Script, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    # The background process holds stderr open until somebody writes to the gate.
    program = script(f"read line < {gate} & exit 4")
    assert outcome(program) == "exited with status 4"
    gate.write_text("go\n")


def test_one_that_closes_its_stderr_is_waited_for(script: Script, tmp_path: Path) -> None:
    gate = tmp_path / "gate"
    os.mkfifo(gate)
    program = script(f"exec 2>&-; read line < {gate}; exit 5")
    result: list[str | None] = []
    thread = threading.Thread(target=lambda: result.append(outcome(program)))
    thread.start()
    gate.write_text("go\n")
    thread.join()
    assert result == ["exited with status 5"]


def test_where_and_with_what_it_runs(
    script: Script, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CLAMGATE_TEST_SECRET", "password")
    monkeypatch.setenv("LANG", "C.UTF-8")
    read, write = os.pipe()
    os.set_inheritable(write, True)
    text = (
        "import os\n"
        f"with open('{tmp_path}/out', 'w') as out:\n"
        "    print(os.getcwd(), os.getsid(0) == os.getpid(), os.environ.get('LANG'),\n"
        "          os.environ.get('CLAMGATE_TEST_SECRET'), file=out)\n"
        f"    print(os.path.exists('/proc/self/fd/{write}'), file=out)\n"
    )
    assert outcome(script(text, f"#!{sys.executable}\n")) is None  # type: ignore[call-arg]
    os.close(read)
    os.close(write)
    assert (tmp_path / "out").read_text() == "/ True C.UTF-8 None\nFalse\n"


def test_ignored_signals_of_ours_work_in_it(script: Script) -> None:
    assert signal.getsignal(signal.SIGPIPE) is signal.SIG_IGN
    assert outcome(script("kill -PIPE $$")) == "was ended by signal 13"

"""The commands as a user types them."""

from __future__ import annotations

import json
import os
import pty
import signal
import smtplib
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.running_filter import BIN

from clamgate.config.directives import BY_OPTION, TABLE
from clamgate.harness.client import judge
from clamgate.harness.mail import Message
from clamgate.harness.ports import free_port
from clamgate.harness.private_clamd import EICAR, EICAR_NAME, PrivateClamd, installed

needs_clamd = pytest.mark.skipif(not installed(), reason="clamd is not installed (clamav-daemon)")

GOOD = "MilterSocket inet:7357\nClamdSocket unix:/run/clamd.sock\n"


def run(*command: object, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [BIN / str(command[0]), *map(str, command[1:])],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


@pytest.mark.parametrize("option", ["-V", "--version"])
def test_versions(option: str) -> None:
    assert run("clamgate", option).stdout.startswith("clamgate ")
    assert run("clamav-milter", option).stdout.startswith("clamav-milter ")


def test_check_says_ok(tmp_path: Path) -> None:
    conf = tmp_path / "x.conf"
    conf.write_text(GOOD + "AddHeader Replace\n")
    done = run("clamgate", "check", "-c", conf, "--clamd-conf", tmp_path / "none")
    assert (done.returncode, done.stdout, done.stderr) == (0, f"{conf}: OK\n", "")


def test_check_warns_of_what_is_unwise(tmp_path: Path) -> None:
    conf = tmp_path / "x.conf"
    conf.write_text(GOOD + "MaxFileSize 200M\nOnFail Accept\n")
    clamd_conf = tmp_path / "clamd.conf"
    clamd_conf.write_text("LocalSocket /run/clamd.sock\nMaxFileSize 50M\n")
    done = run("clamgate", "check", "-c", conf, "--clamd-conf", clamd_conf)
    assert (done.returncode, done.stdout) == (0, f"{conf}: OK\n")
    forgery, fail, limit = done.stderr.splitlines()
    assert forgery.startswith(f"WARNING: {conf}: AddHeader (default): an X-Virus-Status")
    assert fail.startswith(f"WARNING: {conf}:4: OnFail: while no clamd can be reached")
    assert limit.startswith(f"WARNING: {conf}:3: MaxFileSize: is more than MaxFileSize in")


def test_config_shows_every_setting_and_where_it_came_from(tmp_path: Path) -> None:
    conf = tmp_path / "x.conf"
    conf.write_text(GOOD + "LocalNet local\nLocalNet 192.0.2.0/24\n")
    lines = run("clamgate", "config", "-c", conf).stdout.splitlines()
    assert len(lines) == len([one for one in TABLE if not one.ignored])
    words = {line.split()[0]: line.split()[1:] for line in lines}
    assert words["LocalNet"] == ["local,", "192.0.2.0/24", f"{conf}:3,", f"{conf}:4"]
    assert words["ClamdWait"] == ["30", "default"]
    entries = json.loads(run("clamgate", "config", "-c", conf, "--json").stdout)
    assert {"directive": "ClamdWait", "values": ["30"], "origin": "default"} in entries
    assert {"directive": "PidFile", "values": [], "origin": "default"} in entries
    assert len(entries) == len(lines)


def test_three_mistakes_give_three_messages(tmp_path: Path) -> None:
    conf = tmp_path / "x.conf"
    conf.write_text(GOOD + "OnFial Defer\nMaxFileSize 5X\nOnInfected Zap\n")
    for command in (("clamgate", "check"), ("clamgate", "run"), ("clamav-milter",)):
        done = run(*command, "-c", conf)
        assert done.returncode == 1
        lines = done.stderr.splitlines()
        assert [line.partition("x.conf")[2][:3] for line in lines] == [":3:", ":4:", ":5:"]
        assert "did you mean OnFail?" in lines[0]
        assert "Traceback" not in done.stderr


def test_the_drop_in_has_the_c_programs_options() -> None:
    text = run("clamav-milter", "--help").stdout
    for option in ("--config-file", "--pid", "--version", "--help", *BY_OPTION):
        assert option in text
    assert run("clamav-milter", "--bogus").returncode == 1


def test_the_drop_in_ignores_words_as_the_c_program_does(tmp_path: Path) -> None:
    done = run("clamav-milter", "-c", tmp_path / "none", "--foreground", "extra")
    assert done.returncode == 1
    assert "Ignoring option extra" in done.stderr
    assert "cannot read this conf file" in done.stderr


@pytest.fixture(scope="module")
def conf() -> Iterator[Path]:
    with (
        TemporaryDirectory(prefix="cg-") as folder,
        PrivateClamd(Path(folder) / "clamd") as clamd,
    ):
        path = Path(folder) / "x.conf"
        path.write_text(
            f"MilterSocket inet:7357\nClamdSocket unix:{clamd.socket_path}\nMaxFileSize 20K\n"
            "OnInfected Reject\nAllowList /dev/null\n"
        )
        yield path


@needs_clamd
def test_scan_says_what_would_become_of_each(conf: Path, tmp_path: Path) -> None:
    clean = tmp_path / "clean.eml"
    clean.write_bytes(b"Subject: a\n\nhello\n")
    infected = tmp_path / "infected.eml"
    infected.write_bytes(b"Subject: a\n\n" + EICAR + b"\n")
    large = tmp_path / "large.eml"
    large.write_bytes(b"Subject: a\n\n" + b"x" * 30_000)
    done = run("clamgate", "scan", "-c", conf, clean)
    assert (done.returncode, done.stdout) == (
        0,
        f"{clean}: Clean -> accept (OnClean Accept [default])\n",
    )
    done = run("clamgate", "scan", "-c", conf, clean, infected)
    assert done.returncode == 1
    assert done.stdout.splitlines()[1] == (
        f"{infected}: Infected ({EICAR_NAME}) -> reject (OnInfected Reject [{conf}:4])"
    )
    done = run("clamgate", "scan", "-c", conf, infected, large, tmp_path / "none")
    assert done.returncode == 2
    assert (
        "Unscanned (larger than MaxFileSize) -> accept (OnOversize Accept [default])" in done.stdout
    )
    assert "none: cannot read it: No such file" in done.stderr
    done = run("clamgate", "scan", "-c", conf, "-", stdin=b"Subject: a\n\n" + EICAR)
    assert done.returncode == 1
    done = run("clamgate", "scan", "-c", conf, "-", stdin=b"")
    assert (done.returncode, done.stdout) == (
        0,
        "-: Clean (empty) -> accept (OnClean Accept [default])\n",
    )


@needs_clamd
def test_scan_without_a_clamd_is_an_error(conf: Path, tmp_path: Path) -> None:
    short = tmp_path / "short.conf"
    short.write_text(conf.read_text() + "ClamdWait 0\n")
    socket_path = tmp_path / "none.sock"
    done = run("clamgate", "scan", "-c", short, "--clamd", f"unix:{socket_path}", conf)
    assert done.returncode == 2
    assert "Failed (" in done.stdout
    assert "Traceback" not in done.stderr


@pytest.fixture
def short_folder() -> Iterator[Path]:
    """A folder in which a unix socket's name is not too long."""
    with TemporaryDirectory(prefix="cg-") as name:
        yield Path(name)


@needs_clamd
def test_demo_serves_until_ctrl_c_and_leaves_nothing(short_folder: Path) -> None:
    port, smtp = free_port(), free_port()
    terminal, child_end = pty.openpty()
    process = subprocess.Popen(
        [
            *(BIN / "clamgate", "demo", "--listen", f"inet:{port}@127.0.0.1"),
            *("--smtp", f"127.0.0.1:{smtp}"),
        ],
        stdin=child_end,
        stdout=child_end,
        stderr=child_end,
        env={**os.environ, "TMPDIR": str(short_folder), "CLAMD_SOCKET": ""},
        start_new_session=True,
    )
    os.close(child_end)
    try:
        shown = _read_until(terminal, b"ctrl-c ends it")
        assert f"postconf -e smtpd_milters=inet:127.0.0.1:{port}".encode() in shown
        outcome = judge(("127.0.0.1", port), Message.from_eml(b"Subject: a\n\n" + EICAR))
        assert outcome.smtp == f"550 5.7.1 Infected: {EICAR_NAME}".encode()
        assert f"swaks --to you@example.test --server 127.0.0.1:{smtp}\r".encode() in shown
        with smtplib.SMTP("127.0.0.1", smtp) as client:
            client.sendmail("s@x.test", ["you@example.test"], b"Subject: a\r\n\r\nhello\r\n")
            with pytest.raises(smtplib.SMTPDataError, match=f"5.7.1 Infected: {EICAR_NAME}"):
                client.sendmail("s@x.test", ["you@example.test"], b"\r\n" + EICAR + b"\r\n")
        shown = _read_until(terminal, b", refused (550 5.7.1)")
        assert b'mail <s@x.test> to <you@example.test>, "a": Clean, delivered, ' in shown
        children = _children_of(process.pid)
        assert len(children) >= 2
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        assert b"Traceback" not in _read_until(terminal, b"Stopped at")
    finally:
        process.kill()
        process.wait()
        os.close(terminal)
    assert list(short_folder.iterdir()) == []
    assert not [pid for pid in children if Path(f"/proc/{pid}").exists()]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--listen", "7357"), "'--listen': 7357: must be unix:/path, inet:port@address or"),
        (("--clamd", "scanner"), "scanner: must be unix:/path or tcp:host:port"),
        (("--smtp", "2526"), "'--smtp': 2526: '2526' is no socket: write "),
    ],
)
def test_demo_refuses_what_is_no_socket_before_it_starts_anything(
    arguments: tuple[str, ...], said: str
) -> None:
    done = run("clamgate", "demo", *arguments)
    assert done.returncode == 2
    assert said in " ".join(done.stderr.split())
    assert done.stdout == ""


@needs_clamd
def test_demo_on_a_socket_that_is_taken_says_how_to_have_another(
    short_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(short_folder))
    monkeypatch.delenv("CLAMD_SOCKET", raising=False)
    with socket.create_server(("127.0.0.1", 0)) as taken:
        listen = f"inet:{taken.getsockname()[1]}@127.0.0.1"
        arguments = ("--listen", listen, "--smtp", f"127.0.0.1:{free_port()}")
        done = run("clamgate", "demo", *arguments)
    assert done.returncode == 1
    said = f"MilterSocket {listen}: cannot listen: Address already in use"
    assert done.stderr == f"ERROR: {said}; --listen takes another socket\n"
    assert list(short_folder.iterdir()) == []


def _read_until(terminal: int, text: bytes) -> bytes:
    shown = b""
    while text not in shown:
        shown += os.read(terminal, 4096)
    return shown


def _children_of(pid: int) -> list[int]:
    path = Path(f"/proc/{pid}/task/{pid}/children")
    return [int(word) for word in path.read_text().split()]

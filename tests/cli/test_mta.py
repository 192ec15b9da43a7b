"""`clamgate mta` as a user types it."""

from __future__ import annotations

import os
import signal
import smtplib
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.cli.test_commands import run
from tests.running_filter import BIN
from tests.scripted_milter import Script, ScriptedMilter
from tests.sink import Sink

from clamgate.harness.ports import free_port
from clamgate.harness.wire import (
    Accept,
    Actions,
    AddHeader,
    EndOfMessage,
    Options,
    Quarantine,
    Reject,
    Steps,
)

ALL = Options(6, Actions(0x1FF), Steps.NONE)
MAIL = b"Subject: hello\r\n\r\nbody\r\n"


@contextmanager
def mta(*options: object) -> Iterator[tuple[int, subprocess.Popen[str]]]:
    """Run `clamgate mta`; yield its port and the process."""
    port = free_port()
    reading, writing = os.pipe()
    process = subprocess.Popen(
        [
            *(BIN / "clamgate", "mta", "--listen", f"127.0.0.1:{port}"),
            *("--ready-fd", str(writing)),
            *map(str, options),
        ],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        pass_fds=[writing],
        text=True,
    )
    os.close(writing)
    with os.fdopen(reading, "rb") as ready:
        started = ready.read(1)
    try:
        assert started == b"+", process.communicate()[0]
        yield port, process
    finally:
        process.kill()
        process.communicate()


def stopped(process: subprocess.Popen[str], number: signal.Signals) -> list[str]:
    """Stop it with a signal, and return what it printed."""
    process.send_signal(number)
    output = process.communicate(timeout=30)[0]
    assert process.returncode == 0, output
    return output.splitlines()


def send(port: int) -> None:
    with smtplib.SMTP("127.0.0.1", port) as client:
        client.sendmail("s@x.test", ["a@x.test"], MAIL)


@pytest.fixture
def folder() -> Iterator[Path]:
    with TemporaryDirectory(prefix="cg-") as name:
        yield Path(name)


def test_a_line_for_each_mail_until_ctrl_c(folder: Path) -> None:
    maildir = folder / "in" / "box"
    with ScriptedMilter() as milter:
        milter.teach({EndOfMessage: (AddHeader(b"X-Verdict", b"fine"), Accept())}, ALL)
        options = ("--maildir", maildir, "--verdict-header", "X-Verdict")
        with mta("--milter", milter.postfix_name, *options) as (port, process):
            send(port)
            milter.teach({EndOfMessage: (Reject(),)}, ALL)
            with pytest.raises(smtplib.SMTPDataError, match=r"5\.7\.1 Command rejected"):
                send(port)
            first, second = stopped(process, signal.SIGINT)
    assert first.startswith('mail <s@x.test> to <a@x.test>, "hello": fine, delivered, ')
    assert ": Command rejected, refused (550 5.7.1), " in second
    (kept,) = (maildir / "new").iterdir()
    assert b"Delivered-To: a@x.test\n" in kept.read_bytes()


def test_held_mail_is_listed_and_released(folder: Path, tmp_path: Path) -> None:
    held = folder / "held"
    script: Script = {EndOfMessage: (Quarantine(b"bad\x1b"), Accept())}
    with (
        ScriptedMilter(script, wants=ALL) as milter,
        mta("--milter", milter.postfix_name, "--drop", "--hold", held) as (port, process),
    ):
        send(port)
        (line,) = stopped(process, signal.SIGTERM)
    assert '"hello": bad , held, ' in line
    listed = run("clamgate", "mta", "held", "--hold", held).stdout
    queue_id, _, rest = listed.partition("  ")
    assert rest.endswith("<s@x.test> to <a@x.test>: bad \n")
    with Sink() as sink:
        relay = f"127.0.0.1:{sink.port}"
        done = run("clamgate", "mta", "release", "--hold", held, "--relay", relay, queue_id, "no")
        assert (done.returncode, done.stdout) == (1, f"{queue_id}: released to <a@x.test>\n")
        assert done.stderr.startswith("ERROR: no mail no in ")
        assert sink.deliveries[0].recipients == ("a@x.test",)
    assert run("clamgate", "mta", "held", "--hold", held).stdout == ""
    assert run("clamgate", "mta", "held", "--hold", tmp_path / "none").returncode == 0


def test_without_a_filter_the_default_action_is_told(folder: Path) -> None:
    options = ("--milter", folder / "none", "--drop", "--default-action", "accept")
    with mta(*options) as (port, process):
        send(port)
        warning, line = stopped(process, signal.SIGTERM)
    assert warning.startswith(f"WARNING: milter unix:{folder}/none: no filter answers at ")
    assert warning.endswith(": accept")
    assert ": no verdict, delivered, " in line


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ((), "say where mail goes: one of --relay, --maildir and --drop"),
        (("--drop", "--relay", "127.0.0.1:25"), "say where mail goes"),
        (("--drop", "--milter", "foo"), "--milter: 'foo' is no socket"),
        (("--relay", "host"), "--relay: 'host' is no socket"),
        (("--drop", "--listen", "nowhere"), "--listen: 'nowhere' is no socket"),
        (("--drop", "--login", "name"), "--login: must be NAME:PASSWORD"),
        (("--drop", "--tls-key", "x"), "--tls-key: needs --tls-cert"),
        (("--drop", "--tls-cert", "/none"), "--tls-cert /none: No such file or directory"),
        (("--drop", "--listen", "192.0.2.1:25"), "cannot listen on 192.0.2.1:25: "),
    ],
)
def test_what_is_wrong_is_said_plainly(options: tuple[str, ...], said: str) -> None:
    done = run("clamgate", "mta", *options)
    assert done.returncode != 0
    assert said in done.stderr
    assert "Traceback" not in done.stderr

"""`clamgate replay` as a user types it, before real filters and scripted ones."""

from __future__ import annotations

import json
import os
import pty
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from tests.running_filter import BIN, RunningFilter
from tests.scripted_milter import ScriptedMilter
from tests.sink import Sink

from clamgate.harness.mail import Peer
from clamgate.harness.private_clamd import EICAR, EICAR_NAME, PrivateClamd, installed
from clamgate.harness.wire import (
    Connect,
    Discard,
    EndOfMessage,
    Family,
    Mail,
    Rcpt,
    TempFail,
)

needs_clamd = pytest.mark.skipif(not installed(), reason="clamd is not installed (clamav-daemon)")

LINE = b"From a@example.org Tue Nov 24 03:08:32 2026\n"
CLEAN = b"From: a@example.org\nTo: b@example.net\nSubject: hi\n\nhello\n"
INFECTED = b"From: a@example.org\nTo: b@example.net\nSubject: hi\n\n" + EICAR + b"\n"
MALFORMED = {
    "empty": b"",
    "blank": b"\n\n\n",
    "no header": b"just text\n" + EICAR,
    "8-bit": b"Subj\xe9ct: x\nSubject: \xff\xfe\nFrom: \xe9 <x\n\n\x80\n",
    "nul": b"Sub\0ject: x\n\n\0" + EICAR + b"\0\n",
    "stray": b"A: b\r\r\nB: c\rD: e\r\n\r\r\n" + EICAR + b"\r\r\nx\ry\r",
    "long": b"A: " + b"x" * 100_000 + b"\nB: c\n\n" + EICAR,
    "folds": b" A: b\n\t\n\n" + EICAR,
    "hidden": b"A: b\n\nx" + EICAR,
    "mime": b"MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary=\n\n--\n\n" + EICAR,
    "from": LINE + b"A: b\n\n" + EICAR,
    "binary": bytes(range(256)) * 300,
}


def start(*arguments: object, stdout: int, stderr: int) -> subprocess.Popen[bytes]:
    command = [str(BIN / "clamgate"), "replay", *map(str, arguments)]
    return subprocess.Popen(command, stdout=stdout, stderr=stderr)


def replay(*arguments: object, stdin: bytes = b"") -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        [BIN / "clamgate", "replay", *map(str, arguments)],
        input=stdin,
        capture_output=True,
        timeout=60,
        check=False,
    )
    assert b"Traceback" not in done.stderr, done.stderr.decode()
    return subprocess.CompletedProcess(
        done.args, done.returncode, done.stdout.decode(), done.stderr.decode()
    )


def rows(text: str) -> list[str]:
    return [" ".join(line.split()) for line in text.splitlines()]


def folder_of(folder: Path, mails: dict[str, bytes]) -> Path:
    folder.mkdir()
    for name, content in mails.items():
        (folder / name).write_bytes(content)
    return folder


@dataclass(frozen=True)
class Filter:
    """A filter that refuses what is infected, and a conf by which it would be held."""

    endpoint: str
    conf: Path
    other_conf: Path


@pytest.fixture(scope="module")
def rejecting() -> Iterator[Filter]:
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cg-")))
        clamd = stack.enter_context(PrivateClamd(folder / "clamd"))
        conf = f"ClamdSocket unix:{clamd.socket_path}\nAddHeader Replace\nReportHostname mx\n"
        running = stack.enter_context(
            RunningFilter(folder, f"{conf}OnInfected Reject\nRejectMsg Found %v\n")
        )
        other = folder / "other.conf"
        other.write_text(
            f"{conf}OnInfected Quarantine\nMilterSocket {folder}/taken.sock\n"
            f"PidFile {folder}/pid\nLogFile {folder}/log\nLogInfected Full\n"
        )
        yield Filter(running.endpoint, running.conf_path, other)


@needs_clamd
def test_of_a_hundred_mails_the_five_that_another_conf_would_treat_differently_are_shown(
    rejecting: Filter, tmp_path: Path
) -> None:
    bad = {7, 23, 42, 77, 99}
    folder = folder_of(
        tmp_path / "mail",
        {f"{n:03}.eml": INFECTED if n in bad else CLEAN for n in range(100)},
    )
    done = replay(folder, "--milter", rejecting.endpoint, "--compare-conf", rejecting.other_conf)
    assert (done.returncode, done.stderr) == (1, "")
    change = (
        f"rejected (550 5.7.1 Found {EICAR_NAME}) -> quarantined (quarantined by clamav-milter), "
        f"X-Virus-Status: Infected ({EICAR_NAME})"
    )
    lines = rows(done.stdout)
    assert sorted(lines[:5]) == [f"{folder}/{n:03}.eml: {change}" for n in sorted(bad)]
    assert lines[5:9] == [
        "verdict X-Virus-Status mails %",
        "accepted Clean 95 95.0",
        "rejected Infected 5 5.0",
        "signature mails",
    ]
    assert f"{change} 5" in lines
    assert sorted(it.name for it in rejecting.other_conf.parent.iterdir()) == [
        "clamav-milter.conf",
        "clamd",
        "milter.sock",
        "milter.sock.control",
        "other.conf",
        "output",
    ]


@needs_clamd
def test_malformed_mail_gets_the_verdict_that_scan_gives(rejecting: Filter, tmp_path: Path) -> None:
    mails = {f"{name}.eml": raw for name, raw in MALFORMED.items()}
    folder = folder_of(tmp_path / "mail", mails)
    paths = sorted(folder.iterdir())
    done = replay(folder, "--milter", rejecting.endpoint, "-v", "-j", "1")
    assert (done.returncode, done.stderr) == (1, "")
    scan = subprocess.run(
        [BIN / "clamgate", "scan", "-c", rejecting.conf, *paths],
        capture_output=True,
        timeout=60,
        check=False,
    )
    replayed = {"accepted, X-Virus-Status: Clean": "Clean", "accepted": "Clean (empty)"}
    infected = f"Infected ({EICAR_NAME})"
    replayed[f"rejected (550 5.7.1 Found {EICAR_NAME})"] = infected
    found = {line.partition(": ")[0]: line.partition(": ")[2] for line in done.stdout.splitlines()}
    scanned = dict(re.findall(r"(.+\.eml): (.+) -> ", scan.stdout.decode()))
    assert {str(path): replayed[found[str(path)]] for path in paths} == scanned
    assert set(scanned.values()) == set(replayed.values())


@needs_clamd
def test_a_conf_can_be_tried_with_no_filter_running(rejecting: Filter, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mail", {"a": INFECTED})
    done = replay(folder, "--conf", rejecting.other_conf, "--compare", rejecting.endpoint)
    assert (done.returncode, done.stderr) == (1, "")
    assert "quarantined (quarantined by clamav-milter)" in done.stdout.splitlines()[0]
    same = replay(folder, "--conf", rejecting.conf, "--compare", rejecting.endpoint)
    assert (same.returncode, same.stderr) == (0, "")


@needs_clamd
def test_what_a_conf_would_store_is_not_stored_where_it_says(
    rejecting: Filter, tmp_path: Path
) -> None:
    conf = tmp_path / "store.conf"
    conf.write_text(
        rejecting.conf.read_text().replace("OnInfected Reject\n", "")
        + f"OnInfected Store\nQuarantineDirectory {tmp_path}/quarantine\n"
    )
    folder = folder_of(tmp_path / "mail", {"a": INFECTED, "b": CLEAN})
    done = replay(folder, "--conf", conf)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.splitlines()[0] == f"{folder}/a: discarded"
    assert sorted(it.name for it in tmp_path.iterdir()) == ["mail", "store.conf"]


def test_a_second_filter_that_does_not_start(tmp_path: Path) -> None:
    conf = tmp_path / "x.conf"
    conf.write_text("ClamdSocket unix:/x\nOnInfected Zap\nOnFial Defer\n")
    folder = folder_of(tmp_path / "mail", {"a": CLEAN})
    with ScriptedMilter(path=str(tmp_path / "m")) as milter:
        done = replay(folder, "--milter", milter.endpoint, "--compare-conf", conf)
        assert milter.sessions == []
    assert (done.returncode, done.stdout) == (2, "")
    assert [line.partition("x.conf")[2][:3] for line in done.stderr.splitlines()] == [":2:", ":3:"]


@pytest.fixture
def milter(tmp_path: Path) -> Iterator[ScriptedMilter]:
    with ScriptedMilter(path=str(tmp_path / "m")) as running:
        yield running


def test_all_kinds_of_sources_and_a_status_of_0(milter: ScriptedMilter, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mail", {"a.eml": CLEAN, "empty": b"", "mbox": LINE + CLEAN})
    maildir = folder_of(folder / "Maildir", {"dovecot.index.log": b"no mail"})
    folder_of(maildir / "cur", {"1:2,S": CLEAN, ".hidden": CLEAN})
    folder_of(maildir / "new", {"x": CLEAN})
    folder_of(maildir / "tmp", {"y": CLEAN})
    done = replay(folder, "-", "--milter", milter.endpoint, "-v", stdin=(LINE + CLEAN + b"\n") * 2)
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(done.stdout.splitlines()[:7]) == [
        "-#1: accepted",
        "-#2: accepted",
        f"{folder}/Maildir/cur/1:2,S: accepted",
        f"{folder}/Maildir/new/x: accepted",
        f"{folder}/a.eml: accepted",
        f"{folder}/empty: accepted",
        f"{folder}/mbox#1: accepted",
    ]


def test_what_cannot_be_read_does_not_stop_the_rest(milter: ScriptedMilter, tmp_path: Path) -> None:
    folder = folder_of(
        tmp_path / "mail", {"a": CLEAN, "c": CLEAN, "large": b"x" * (1 << 20) + b"y"}
    )
    (folder / "b").symlink_to("nowhere")
    log = tmp_path / "log"
    done = replay(
        folder, folder / "a", "--milter", milter.endpoint, "--max-size", 1, "--json", log, "-q"
    )
    assert done.returncode == 2
    assert done.stderr.splitlines() == [
        f"{folder}/b: cannot read it: No such file or directory",
        f"{folder}/large: larger than 1048576 bytes (--max-size)",
        "paths that lead to what was found before: 1",
        "problems, told above: 2",
    ]
    assert rows(done.stdout)[:2] == ["verdict X-Virus-Status mails %", "accepted 2 100.0"]
    entries = [json.loads(line) for line in log.read_text().splitlines()]
    assert sorted(entry["name"].rpartition("/")[2] for entry in entries) == ["a", "b", "c", "large"]
    assert [entry["verdict"] for entry in entries if "error" not in entry] == ["accepted"] * 2


def test_json_on_standard_output_is_all_that_is_there(
    milter: ScriptedMilter, tmp_path: Path
) -> None:
    milter.teach({EndOfMessage: (Discard(),)})
    folder = folder_of(tmp_path / "mail", {"a": CLEAN})
    done = replay(folder, "--milter", milter.endpoint, "--json", "-")
    assert done.returncode == 1
    (line,) = done.stdout.splitlines()
    entry = json.loads(line)
    assert (entry["verdict"], entry["sender"]) == ("discarded", "<a@example.org>")
    assert f"{folder}/a: discarded" in done.stderr


def test_a_json_file_that_cannot_be_written_ends_it(milter: ScriptedMilter, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mail", {"a": CLEAN})
    done = replay(folder, "--milter", milter.endpoint, "--json", "/dev/full")
    assert done.returncode == 2
    assert "ERROR: cannot write /dev/full: No space left on device" in done.stderr.splitlines()


def test_envelope_and_client_can_be_given(milter: ScriptedMilter, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mail", {"a": CLEAN})
    given = ("--from", "<>", "--to", "x@example.org", "--to", "y@example.org", "--auth", "alice")
    client = ("--client", "2001:db8::1", "--client-name", "mx.example", "--helo", "me")
    assert replay(folder, "--milter", f"unix:{milter.endpoint}", *given, *client).returncode == 0
    sent = milter.commands()
    assert Connect(b"mx.example", Family.INET6, Peer().port, b"2001:db8::1") in sent
    assert [it.path for it in sent if isinstance(it, Mail | Rcpt)] == [
        b"<>",
        b"<x@example.org>",
        b"<y@example.org>",
    ]
    assert milter.macros(Mail)[b"{auth_authen}"] == b"alice"


def test_it_is_all_repeated(milter: ScriptedMilter, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mail", {"a": CLEAN, "b": CLEAN})
    done = replay(folder, "--milter", milter.endpoint, "--repeat", 3, "-j", 2)
    assert (done.returncode, len(milter.sessions)) == (0, 6)
    assert rows(done.stdout)[1] == "accepted 6 100.0"


def test_a_filter_that_answers_nothing_in_time(milter: ScriptedMilter, tmp_path: Path) -> None:
    milter.teach({EndOfMessage: ()})
    folder = folder_of(tmp_path / "mail", {"a": CLEAN})
    done = replay(folder, "--milter", milter.endpoint, "--timeout", 3)
    assert done.returncode == 2
    assert "a: no answer (the deadline passed without an answer to EndOfMessage)" in done.stdout
    assert done.stderr == "mails without an answer: 1\n"


def running_replay(
    milter: ScriptedMilter, tmp_path: Path, meanwhile: Callable[[subprocess.Popen[bytes]], None]
) -> tuple[int, str, str]:
    """Replay a long mbox slowly, do something after a few mails, and return what came of it."""
    mbox = tmp_path / "mbox"
    mbox.write_bytes((LINE + CLEAN + b"\n") * 10_000)
    with start(
        mbox,
        *("--milter", milter.endpoint, "--rate", 50, "-j", 2),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    ) as process:
        milter.wait_for_sessions(5)
        meanwhile(process)
        out, err = process.communicate(timeout=30)
    return process.returncode, out.decode(), err.decode()


def test_a_filter_that_goes_away_ends_it_with_the_table_so_far(
    milter: ScriptedMilter, tmp_path: Path
) -> None:
    status, out, err = running_replay(milter, tmp_path, lambda _: milter.close())
    assert status == 2
    assert re.search(rf"^ERROR: no filter answers at {milter.endpoint}: ", err, re.MULTILINE)
    assert "Traceback" not in err
    assert "verdict X-Virus-Status mails %" in rows(out)


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_ctrl_c_shows_the_table_so_far(
    milter: ScriptedMilter, tmp_path: Path, number: signal.Signals
) -> None:
    milter.teach({EndOfMessage: (TempFail(),)})
    status, out, err = running_replay(milter, tmp_path, lambda it: it.send_signal(number))
    assert status == 130
    assert err == "interrupted: not all mail was replayed\n"
    assert re.search(r"^tempfailed +\d+ +100\.0$", out, re.MULTILINE)


def test_on_a_terminal_there_is_a_bar(milter: ScriptedMilter, tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mail", {str(n): CLEAN for n in range(9)})
    (folder / "mbox").write_bytes(LINE + CLEAN)
    terminal, child_end = pty.openpty()
    arguments = (folder, "--milter", milter.endpoint, "--rate", 20)
    with start(*arguments, stdout=child_end, stderr=child_end) as process:
        os.close(child_end)
        shown = b"".join(iter(lambda: _read(terminal), b"")).decode()
    os.close(terminal)
    assert process.returncode == 0
    plain = re.sub(r"\x1b\[[\d;?]*[a-zA-Z]", "", shown)
    assert re.search(r"━ 100% 10 mails \d+\.\d/s 0:00:00 left", plain)
    assert "───" in shown


def _read(terminal: int) -> bytes:
    try:
        return os.read(terminal, 4096)
    except OSError:  # EIO: the other end was closed
        return b""


def test_by_smtp_it_is_delivered_to_whom_it_is_said(tmp_path: Path) -> None:
    folder = folder_of(tmp_path / "mail", {"a": CLEAN, "b": CLEAN})
    with Sink() as sink:
        server = ("--smtp", f"127.0.0.1:{sink.port}")
        refused = replay(folder, *server)
        assert refused.returncode == 2
        assert "--to ADDRESS" in refused.stderr
        sink.refuse_next("550 5.7.1 no")
        done = replay(folder, *server, "--to", "x@example.org", "-j", 1)
        assert done.returncode == 1
        assert done.stdout.splitlines()[0] == f"{folder}/a: rejected (550 5.7.1 no)"
        assert replay(folder, *server, "--header-recipients").returncode == 0
        recipients = [got.recipients for got in sink.deliveries]
    assert recipients == [("x@example.org",), ("b@example.net",), ("b@example.net",)]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("x",), "one of --milter, --conf and --smtp"),
        (("--milter", "/x"), "Missing argument 'PATH...'"),
        (("x", "--milter", "nonsense"), "'nonsense' is no socket"),
        (("x", "--milter", "/x", "--client", "me"), "'me' is no IP address"),
        (("x", "--milter", "/x", "--rate", "0"), "--rate"),
        (("x", "--milter", "/x", "--json", "/no/such/folder/x"), "/no/such/folder/x"),
    ],
)
def test_wrong_options_are_named(arguments: tuple[str, ...], said: str) -> None:
    done = replay(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert said in done.stderr


def test_no_mail_at_all_is_an_error(milter: ScriptedMilter, tmp_path: Path) -> None:
    (tmp_path / "none").mkdir()
    done = replay(tmp_path / "none", "--milter", milter.endpoint)
    assert done.returncode == 2
    assert done.stderr == "no mail was replayed\n"

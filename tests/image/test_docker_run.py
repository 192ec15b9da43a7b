"""Each way in which people run ClamAV's own image, with ours."""

from __future__ import annotations

import json
import os
import pty
import re
import socket
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from tests.image.containers import CLAMD_AND_FILTER, ONLY_CLAMD, READY_SECONDS, Container
from tests.image.engine import Engine
from tests.image.images import IMAGE, ROOT, build
from tests.image.mirror import Mirror
from tests.tmux import Tmux, needs_tmux
from tests.waiting import wait_until

from clamgate.harness.client import MilterClient
from clamgate.harness.mail import Message, Peer
from clamgate.harness.private_clamd import EICAR, EICAR_NAME
from clamgate.harness.wire import ReplyCode


@pytest.fixture(scope="module")
def scandir(shared: Path) -> Path:
    folder = shared / "scandir"
    folder.mkdir()
    (folder / "clean").write_text("hello")
    (folder / "virus").write_bytes(EICAR)
    return folder


@contextmanager
def at_terminal(
    engine: Engine, *words: str | Path
) -> Iterator[tuple[subprocess.Popen[bytes], int]]:
    """Run a docker command at a terminal, and return it with the terminal's other end."""
    ours, its = pty.openpty()
    with subprocess.Popen(
        ["docker", *words],
        stdin=its,
        stdout=its,
        stderr=its,
        env={**engine.environment, "TERM": "xterm"},
        start_new_session=True,
    ) as process:
        os.close(its)
        try:
            yield process, ours
        finally:
            process.kill()
            os.close(ours)


def read_until(terminal: int, wanted: bytes) -> bytes:
    shown = b""
    while wanted not in shown:
        try:
            shown += os.read(terminal, 65536)
        except OSError:  # nobody is at the other end any more
            pytest.fail(f"{wanted!r} is not among what was shown: {shown!r}")
    return shown


def ask(connection: socket.socket, command: bytes) -> bytes:
    with connection:
        connection.settimeout(30)
        connection.sendall(b"z" + command + b"\0")
        return connection.recv(4096).rstrip(b"\0")


def test_build(engine: Engine) -> None:
    assert f"Successfully tagged {IMAGE}:latest" in build(engine, IMAGE, ROOT)


def test_interactive_until_ctrl_c(engine: Engine, mirror: Mirror) -> None:
    """freshclam once, then freshclam and clamd; ctrl-c ends all of it, and nothing is left."""
    variables = [f"--env={name}={value}" for name, value in mirror.environment.items()]
    words = ("run", "-it", "--rm", "--name", "ctrlc", engine.no_names, *variables, IMAGE)
    with at_terminal(engine, *words) as (run, terminal):
        shown = read_until(terminal, b"freshclam is ready")
        assert b"freshclam gets one first" in shown
        assert shown.index(b"eicar.ndb updated") < shown.index(b"clamd is ready")
        os.write(terminal, b"\x03")
        shown = read_until(terminal, b"--- Stopped")
        assert b"SIGINT: stopping" in shown
        assert run.wait(60) == 0
    wait_until(lambda: engine.attempt("inspect", "ctrlc").returncode, "its removal")


def test_options_are_those_of_clamd(engine: Engine) -> None:
    assert "Clam AntiVirus: Daemon" in engine.docker("run", "--rm", IMAGE, "--help")
    assert engine.docker("run", "--rm", IMAGE, "--version").startswith("ClamAV 1.")


def test_a_program_with_its_exit_status(engine: Engine, database: str, scandir: Path) -> None:
    volume = f"--volume={scandir}:/scandir"
    found = engine.attempt("run", "--rm", database, volume, IMAGE, "clamscan", "/scandir")
    assert found.returncode == 1
    assert f"/scandir/virus: {EICAR_NAME} FOUND" in found.stdout
    clean = ("run", "--rm", database, volume, IMAGE, "clamscan", "/scandir/clean")
    assert engine.attempt(*clean).returncode == 0
    unknown = engine.attempt("run", "--rm", IMAGE, "clamscn")
    assert unknown.returncode == 127
    assert "there is no program clamscn in the image" in unknown.stdout + unknown.stderr


def test_health_passes_while_a_program_runs(engine: Engine) -> None:
    with Container(engine, words=["tail", "-f", "/dev/null"]) as container:
        wait_until(lambda: container.health()[0], "health")
        assert container.health()[1] == {"container": "tail was run, and no services"}


def test_clamdscan_through_the_socket_of_another(
    engine: Engine, stack: Container, shared: Path, scandir: Path
) -> None:
    done = engine.attempt(
        "run", "--rm", f"--volume={scandir}:/scandir", f"--volume={shared}/sockets:/run/clamav",
        IMAGE, "clamdscan", "--fdpass", "/scandir",
    )  # fmt: skip
    assert done.returncode == 1
    assert f"/scandir/virus: {EICAR_NAME} FOUND" in done.stdout
    assert "Infected files: 1" in done.stdout


def test_the_socket_on_the_host(stack: Container, shared: Path) -> None:
    connection = socket.socket(socket.AF_UNIX)
    connection.connect(str(shared / "sockets" / "clamd.sock"))
    assert ask(connection, b"PING") == b"PONG"


def test_published_ports(stack: Container) -> None:
    clamd = socket.create_connection(("127.0.0.1", stack.port(3310)))
    assert ask(clamd, b"PING") == b"PONG"
    with MilterClient(("127.0.0.1", stack.port(7357))) as client:
        client.greet(Peer())
        outcome = client.send_message(Message.from_eml(b"Subject: x\r\n\r\n" + EICAR))
    assert isinstance(outcome.reply, ReplyCode)
    assert outcome.smtp == f"550 5.7.1 Infected by {EICAR_NAME}, refused".encode()


def test_a_folder_of_confs(engine: Engine, database: str, shared: Path) -> None:
    folder = shared / "etc"
    folder.mkdir()
    (folder / "clamd.conf").write_text("TCPSocket 3399\nLocalSocket /run/clamav/other.sock\n")
    with Container(
        engine, database, f"--volume={folder}:/etc/clamav:ro", environment=ONLY_CLAMD
    ) as container:
        container.wait_until_ready()
        assert "/run/clamav/other.sock" in container.health()[1]["clamd"]
        clamd = socket.create_connection((container.address, 3399))
        assert ask(clamd, b"PING") == b"PONG"
    assert (folder / "clamd.conf").read_text().count("\n") == 2  # what is mounted is not edited


def test_one_conf_file(engine: Engine, database: str, shared: Path) -> None:
    conf = shared / "one.conf"
    conf.write_text("LocalSocket /run/clamav/one.sock\nStreamMaxLength 12M\n")
    option = f"--volume={conf}:/etc/clamav/clamd.conf:ro"
    with Container(engine, database, option, environment=ONLY_CLAMD) as container:
        container.wait_until_ready()
        assert "/run/clamav/one.sock" in container.health()[1]["clamd"]


def test_directives_from_the_environment(engine: Engine, database: str) -> None:
    wanted = {
        "CLAMD_CONF_MaxThreads": "3",
        "CLAMD_CONF_TCPSocket": "3311",
        "FRESHCLAM_CONF_ExcludeDatabase_1": "main",
        "FRESHCLAM_CONF_ExcludeDatabase_2": "daily",
        "FRESHCLAM_CHECKS": "7",
        "LOG_FORMAT": "json",
    }
    with Container(engine, database, environment=wanted) as container:
        container.wait_until_ready()
        conf = container.run("cat", "/run/clamgate/clamd.conf")
        assert re.findall(r"^(?:MaxThreads|TCPSocket) .*", conf, re.MULTILINE) == [
            "MaxThreads 3",
            "TCPSocket 3311",
        ]
        updates = container.run("cat", "/run/clamgate/freshclam.conf")
        assert re.findall(r"^(?:Checks|ExcludeDatabase) .*", updates, re.MULTILINE) == [
            "ExcludeDatabase main",
            "ExcludeDatabase daily",
            "Checks 7",
        ]
        engine.docker("restart", container.id)
        container.wait_until_ready()
        assert container.run("cat", "/run/clamgate/clamd.conf") == conf

        def heard() -> set[str]:
            return {json.loads(line)["service"] for line in container.logs().splitlines()}

        wait_until(lambda: len(heard()) == 3, "words of all services")
        assert heard() == {"container", "clamd", "freshclam"}


def test_a_changed_conf_of_the_filter(engine: Engine, database: str, shared: Path) -> None:
    conf = shared / "filter" / "clamav-milter.conf"
    conf.parent.mkdir()
    text = (ROOT / "conf/image/clamav-milter.conf").read_text()
    conf.write_text(text)
    options = (database, f"--volume={conf.parent}:/etc/clamav:ro")
    with Container(engine, *options, environment=CLAMD_AND_FILTER) as container:
        container.wait_until_ready()
        assert "serving on inet:7357" in container.run("clamgate", "status")
        conf.write_text(f"{text}LogVerbose yes\n")
        engine.docker("kill", "--signal=HUP", container.id)
        container.wait_for_log(r"filter: .*Reloaded: the conf is in force \(generation 2\)")
        assert re.search(r"^LogVerbose +yes", container.run("clamgate", "config"), re.MULTILINE)
        conf.write_text(f"{text}LogClean Full\n")
        assert "reloaded: the conf is in force" in container.run("clamgate", "reload")
        assert re.search(r"^LogClean +Full", container.run("clamgate", "config"), re.MULTILINE)
        conf.write_text("Bogus yes\n")
        refused = engine.attempt("exec", container.id, "clamgate", "reload")
        problem = "/etc/clamav/clamav-milter.conf:1: there is no directive Bogus"
        assert (refused.returncode, problem in refused.stderr) == (1, True)
        engine.docker("kill", "--signal=HUP", container.id)
        container.wait_for_log(f"container: ERROR: {problem}")
        container.run("kill", "-9", str(container.pid("filter")))
        container.wait_for_log("filter was killed by SIGKILL")
        container.wait_until_ready()  # with the conf that it had
        assert re.search(r"^LogClean +Full", container.run("clamgate", "config"), re.MULTILINE)


@needs_tmux
def test_a_live_view_by_docker_exec(engine: Engine, database: str, tmp_path: Path) -> None:
    with Container(engine, database, environment=CLAMD_AND_FILTER) as container:
        container.wait_until_ready()
        assert "serving on inet:7357" in container.run("clamgate", "top", "--once")
        nothing = engine.attempt("exec", container.id, "clamgate", "history")
        assert (nothing.returncode, nothing.stderr) == (1, "no messages are remembered yet\n")
        printer = engine.attempt("exec", container.id, "clamgate", "top")
        assert (printer.returncode, "no terminal that can be drawn on" in printer.stderr) == (
            1,
            True,
        )
        command = ("docker", "exec", "-it", container.id, "clamgate", "top")
        docker = {name: text for name, text in engine.environment.items() if "DOCKER" in name}
        with Tmux(tmp_path, command, 80, 24, docker) as terminal:
            terminal.wait_for("messages/s, the last 80 s")
            terminal.press("q")
            terminal.wait_for("status 0")
            assert terminal.modes == "0 1"


def test_a_slip_in_the_readme_of_clamav_is_understood(engine: Engine, database: str) -> None:
    wanted = {**ONLY_CLAMD, "CLAMAV_NO_MILTERED": "false", "CLAMAV_NO_FRESHCLAM": "true"}
    with Container(engine, database, environment=wanted) as container:
        container.wait_until_ready()
        assert set(container.health()[1]) == {"clamd", "filter", "database"}
        container.wait_for_log("WARNING: .*CLAMAV_NO_MILTERED.*CLAMAV_NO_MILTERD")
        container.wait_for_log(r"did you mean CLAMAV_NO_FRESHCLAMD\?")


def test_a_database_volume_persists_and_is_shared(engine: Engine, mirror: Mirror) -> None:
    volume = "--volume=clam_db:/var/lib/clamav"
    once = {**ONLY_CLAMD, **mirror.environment}
    with Container(engine, volume, environment=once) as first:
        first.wait_until_ready()
    asked = mirror.asked
    with (
        Container(engine, volume, environment=once) as one,
        Container(engine, f"{volume}:ro", environment=once) as two,
    ):
        one.wait_until_ready()
        two.wait_until_ready()
    assert mirror.asked == asked


def test_exec_of_clamdtop_and_a_shell(engine: Engine, stack: Container) -> None:
    with at_terminal(engine, "exec", "-it", stack.id, "clamdtop") as (_, terminal):
        read_until(terminal, b"QUEUE")
        os.write(terminal, b"q")
    assert stack.run("/bin/sh", "-c", "echo $((6 * 7))") == "42"


def test_docker_knows_when_it_is_ill(engine: Engine, database: str) -> None:
    options = (database, "--health-interval=1s", "--health-retries=1")
    with Container(engine, *options, environment=ONLY_CLAMD) as container:

        def status() -> str:
            return engine.docker("inspect", "--format", "{{.State.Health.Status}}", container.id)

        wait_until(lambda: status() == "healthy", "healthy", READY_SECONDS)
        clamd = str(container.pid("clamd"))
        container.run("kill", "-STOP", clamd)
        wait_until(lambda: status() == "unhealthy", "unhealthy", READY_SECONDS)
        container.run("kill", "-CONT", clamd)
        wait_until(lambda: status() == "healthy", "healthy again", READY_SECONDS)


def test_nothing_in_it_that_is_for_building(engine: Engine) -> None:
    config = engine.inspect(IMAGE)["Config"]
    assert isinstance(config, dict)
    assert set(config["ExposedPorts"]) == {"3310/tcp", "7357/tcp", "9357/tcp"}
    assert config["Healthcheck"]["Test"] == ["CMD", "clamgate", "health"]
    tools = "for one in cc gcc make pip pip3; do command -v $one; done; ls /var/lib/apt/lists"
    assert engine.attempt("run", "--rm", IMAGE, "sh", "-c", tools).stdout == ""

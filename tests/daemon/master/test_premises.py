from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import replace
from pathlib import Path
from typing import Any
from unittest import mock

import pytest
from tests.processes import descriptors

from clamgate.core.settings import Clamd, Listen, Process, Settings, TcpEndpoint, UnixEndpoint
from clamgate.daemon.errors import StartError
from clamgate.daemon.listener import Listener
from clamgate.daemon.master.premises import open_premises


def settings(folder: Path, **process: Any) -> Settings:
    listen = Listen(UnixEndpoint(str(folder / "m.sock")), mode=0o660)
    return Settings(listen, Clamd(()), replace(Process(), **process))


def test_all_of_it_comes_and_goes(folder: Path) -> None:
    before = descriptors(os.getpid())
    with ExitStack() as stack:
        premises = open_premises(settings(folder, pid_file=f"{folder}/pid"), stack)
        assert sorted(path.name for path in folder.iterdir()) == ["m.sock", "m.sock.control", "pid"]
        assert (folder / "m.sock").stat().st_mode & 0o777 == 0o660
        assert (folder / "m.sock.control").stat().st_mode & 0o777 == 0o600
        assert premises.listener.name == f"unix:{folder}/m.sock"
        assert premises.remark == ""
        premises.writer.send(b"line")
        assert premises.reader.recv(10) == b"line"
    assert list(folder.iterdir()) == []
    assert descriptors(os.getpid()) == before


def test_the_milter_socket_goes_last(folder: Path) -> None:
    """While it is there, a filter that is just starting knows that this one still ends."""
    gone: list[str] = []
    withdraw = Listener.withdraw

    def noted(listener: Listener) -> None:
        gone.append(listener.path)
        withdraw(listener)

    with mock.patch.object(Listener, "withdraw", noted), ExitStack() as stack:
        open_premises(settings(folder), stack)
    assert gone == [f"{folder}/m.sock.control", f"{folder}/m.sock"]


def test_what_cannot_be_had_leaves_nothing(folder: Path) -> None:
    before = descriptors(os.getpid())
    with ExitStack() as stack, pytest.raises(StartError, match="PidFile"):
        open_premises(settings(folder, pid_file=f"{folder}/none/pid"), stack)
    assert list(folder.iterdir()) == []
    assert descriptors(os.getpid()) == before


def test_a_control_socket_that_was_asked_for_must_be_had(folder: Path) -> None:
    with ExitStack() as stack, pytest.raises(StartError, match="ControlSocket"):
        open_premises(settings(folder, control_socket=f"{folder}/none/control"), stack)


def test_one_that_nobody_asked_for_keeps_nobody_from_serving(folder: Path) -> None:
    (folder / "m.sock.control").mkdir()
    with ExitStack() as stack:
        premises = open_premises(settings(folder), stack)
        assert premises.control is None
        assert "ControlSocket" in premises.remark
        assert (folder / "m.sock").exists()


def test_over_tcp_without_a_pid_file_there_is_no_control_socket(folder: Path) -> None:
    tcp = replace(settings(folder), listen=Listen(TcpEndpoint("127.0.0.1", 0, "inet")))
    with ExitStack() as stack:
        premises = open_premises(tcp, stack)
        assert (premises.control, premises.remark) == (None, "")


def test_a_child_that_needs_nothing_closes_all(folder: Path) -> None:
    with ExitStack() as stack:
        premises = open_premises(settings(folder), stack)
        assert premises.control is not None
        premises.close_all()
        held = (
            *(premises.reader, premises.writer),
            *(premises.listener.socket, premises.control.socket),
        )
        assert [one.fileno() for one in held] == [-1] * 4

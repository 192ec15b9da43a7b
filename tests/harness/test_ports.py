from __future__ import annotations

import socket
import subprocess
import sys
from pathlib import Path
from unittest import mock

import pytest

from clamgate.harness.ports import free_port


def test_it_is_free_and_none_that_the_kernel_gives_away() -> None:
    port = free_port()
    assert port < int(Path("/proc/sys/net/ipv4/ip_local_port_range").read_text().split()[0])
    socket.create_server(("127.0.0.1", port)).close()


def test_nobody_gets_it_twice_in_whatever_process() -> None:
    ours = free_port()
    only_ours = f"ports.random.sample = lambda *_, **__: [{ours}]"
    program = f"from clamgate.harness import ports; {only_ours}; ports.free_port()"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert "are taken" in done.stderr


def test_one_that_somebody_listens_on_is_passed_over() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with (
            mock.patch("random.sample", return_value=[port]),
            pytest.raises(OSError, match="are taken"),
        ):
            free_port()

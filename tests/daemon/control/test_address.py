from __future__ import annotations

import pytest

from clamgate.core.settings import Clamd, Endpoint, Listen, Process, Settings
from clamgate.core.settings import TcpEndpoint as Tcp
from clamgate.core.settings import UnixEndpoint as Unix
from clamgate.daemon.control.address import control_path


@pytest.mark.parametrize(
    ("socket", "process", "expected"),
    [
        (Unix("/run/m.sock"), Process(), "/run/m.sock.control"),
        (Unix("/m.sock"), Process(chroot="/jail"), "/jail/m.sock.control"),
        (Unix("/run/m.sock"), Process(control_socket="/run/c"), "/run/c"),
        (Unix("/run/m.sock"), Process(control_socket="/c", chroot="/jail"), "/jail/c"),
        (Unix("/run/m.sock"), Process(control_socket=""), None),
        (Tcp("", 7357), Process(), None),
        (Tcp("", 7357), Process(pid_file="/run/x.pid"), "/run/x.pid.control"),
        (Tcp("", 7357), Process(control_socket="/run/c"), "/run/c"),
    ],
)
def test_where_it_is(socket: Endpoint, process: Process, expected: str | None) -> None:
    assert control_path(Settings(Listen(socket), Clamd(()), process)) == expected

"""``python -m bench.bare_pymilter SOCKET CLAMD WORKERS``: the least that a pymilter program can do.

It gathers a message, hands it to clamd over connections that stay open, adds two fields if it is
clean and refuses it if not. It has no conf, no log, no limits, no rules and no idea of what to do
if anything goes wrong. What it costs is what libmilter and pymilter cost: the bound for any filter
made with them.
"""

from __future__ import annotations

import array
import os
import socket
import sys
from typing import Any

import milter

_OURS = milter.P_NR_CONN | milter.P_NR_HELO | milter.P_NR_MAIL | milter.P_NR_RCPT
_OURS |= milter.P_NR_HDR | milter.P_NR_EOH | milter.P_NR_BODY
_OURS |= milter.P_NOUNKNOWN | milter.P_NODATA | milter.P_HDR_LEADSPC
_SILENT: int = milter.NOREPLY


class Bare:
    """The callbacks.

    Args:
        clamd: The path of its socket.
    """

    def __init__(self, clamd: str) -> None:
        self._clamd = clamd
        self._idle: list[socket.socket] = []

    def register(self) -> None:
        """Make them the process's."""
        milter.set_connect_callback(_silent)
        milter.set_helo_callback(_silent)
        milter.set_envfrom_callback(self.envfrom)
        milter.set_envrcpt_callback(_silent)
        milter.set_header_callback(self.header)
        milter.set_eoh_callback(self.eoh)
        milter.set_body_callback(self.body)
        milter.set_eom_callback(self.eom)
        milter.set_abort_callback(_silent)
        milter.set_close_callback(_silent)
        milter.register("bare", negotiate=self.negotiate)

    def negotiate(self, _ctx: Any, options: list[int]) -> int:
        """Ask for no reply before the end."""
        actions = milter.ADDHDRS | milter.CHGHDRS
        options[:] = [options[0] & actions, options[1] & _OURS, 0, 0]
        return int(milter.CONTINUE)

    def envfrom(self, ctx: Any, *_: bytes) -> int:
        """Begin a message."""
        ctx.setpriv([b"From clamav-milter\n"])
        return _SILENT

    def header(self, ctx: Any, name: str, value: bytes) -> int:
        """Take a field."""
        ctx.getpriv().append(b"%b:%b\r\n" % (name.encode(), value))
        return _SILENT

    def eoh(self, ctx: Any) -> int:
        """Take the end of the header."""
        ctx.getpriv().append(b"\r\n")
        return _SILENT

    def body(self, ctx: Any, chunk: bytes) -> int:
        """Take a piece of the body."""
        ctx.getpriv().append(chunk)
        return _SILENT

    def eom(self, ctx: Any) -> int:
        """Have it scanned, and answer."""
        descriptor = os.memfd_create("bare")
        os.pwrite(descriptor, b"".join(ctx.getpriv()), 0)
        reply = self._scan(descriptor)
        os.close(descriptor)
        if b"FOUND" in reply:
            return int(milter.REJECT)
        ctx.addheader("X-Virus-Scanned", " bare")
        ctx.addheader("X-Virus-Status", " Clean")
        return int(milter.ACCEPT)

    def _scan(self, descriptor: int) -> bytes:
        try:
            clamd = self._idle.pop()
        except IndexError:
            clamd = socket.socket(socket.AF_UNIX)
            clamd.connect(self._clamd)
            clamd.sendall(b"zIDSESSION\0")
        rights = array.array("i", [descriptor])
        clamd.sendmsg([b"zFILDES\0\0"], [(socket.SOL_SOCKET, socket.SCM_RIGHTS, rights)])
        reply = clamd.recv(4096)
        self._idle.append(clamd)
        return reply


def _silent(*_: object) -> int:
    return _SILENT


def main() -> None:
    """Serve until a signal comes; all processes are one group, which the caller ends."""
    path, clamd, workers = sys.argv[1:]
    Bare(clamd).register()
    milter.setconn(f"unix:{path}")
    milter.opensocket(True)
    for _ in range(int(workers) - 1):
        if os.fork() == 0:
            break
    milter.main()


if __name__ == "__main__":
    main()

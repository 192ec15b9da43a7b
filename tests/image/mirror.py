"""A mirror of the tests' own: what freshclam gets, and how often it is asked."""

from __future__ import annotations

import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

from clamgate.harness.private_clamd import TINY_DATABASE

NAME = "eicar.ndb"


class Mirror(ThreadingHTTPServer):
    """A web server with a database, or one that has had enough; for as long as the block is open.

    Args:
        address: Of this machine, as containers reach it.

    Attributes:
        status: What it answers.
        content: The database.
        asked: How often it was asked for it.
        held_up: Of those times, the one that is answered once `released` is set; 0 for none.
    """

    def __init__(self, address: str) -> None:
        super().__init__((address, 0), _Handler)
        self.status = 200
        self.content = TINY_DATABASE[NAME].encode()
        self.asked = 0
        self.held_up = 0
        self.released = threading.Event()
        self._thread = threading.Thread(target=self.serve_forever)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.released.set()
        self.shutdown()
        self._thread.join()
        self.server_close()

    @property
    def environment(self) -> dict[str, str]:
        """What a container needs to be told, so that it gets its database here and nowhere else."""
        names = ("main", "daily", "bytecode")
        return {
            "FRESHCLAM_CONF_DatabaseCustomURL": (
                f"http://{self.server_address[0]!s}:{self.server_port}/{NAME}"
            ),
            **{f"FRESHCLAM_CONF_ExcludeDatabase_{n}": one for n, one in enumerate(names, 1)},
            # It would ask again by itself, and wait 5 s before that.
            "FRESHCLAM_CONF_MaxAttempts": "1",
        }


class _Handler(BaseHTTPRequestHandler):
    server: Mirror

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self.server.asked += 1
        if self.server.asked == self.server.held_up:
            self.server.released.wait()
        self.wfile.write(self._answer())

    def _answer(self) -> bytes:
        """Answer as it is to be now, and return what is to follow."""
        status = self.server.status
        content = self.server.content if status == 200 else b""
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return content

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002  the base's name
        """Keep quiet."""

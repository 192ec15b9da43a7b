"""The control socket, as the clerk serves it: who may ask, and who answers."""

from __future__ import annotations

import contextlib
import errno
import os
import queue
import socket
import struct
import threading
import time
from collections.abc import Callable, Mapping
from typing import Any

from clamgate.daemon.control import protocol
from clamgate.daemon.link import Link

_PATIENCE = 10.0
"""Seconds that a client may take to ask, and the master to answer."""
_AT_ONCE = 16
_NO_ROOM_PAUSE = 0.2
"""Seconds before the next try where a connection could not be taken: no descriptors, no memory."""
_LAST_ANSWERS = 1.0
_LOOK = 0.1
"""Seconds."""
_MASTER_BUSY = "the master does not answer: it may be reading its conf; ask again"


Answerer = Callable[[Mapping[str, Any]], dict[str, Any]]
"""Answers a command's arguments, in any thread; raises a ValueError that says what is wrong."""


class Desk:
    """Takes requests from a listening socket, in threads, and has them answered.

    Args:
        link: To the master. It answers requests one by one, through `deliver`.
        own: The commands that are answered in this process.
    """

    def __init__(self, link: Link, own: Mapping[str, Answerer]) -> None:
        self._link = link
        self._own = own
        self._asking = threading.Lock()
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._places = threading.BoundedSemaphore(_AT_ONCE)
        self._serial = 0
        self._closed = False
        self._finishing = False

    def open(self, listener: socket.socket) -> None:
        """Begin to take requests."""
        threading.Thread(target=self._accept, args=(listener,), name="control", daemon=True).start()

    def close(self) -> None:
        """Take no more: the master is gone."""
        self._closed = True

    def finish(self) -> None:
        """Take no more, and give those who have asked their answers, if that is soon.

        Whoever gets none asks again (`control.client`), and the next clerk answers.
        """
        self._closed = self._finishing = True
        end = time.monotonic() + _LAST_ANSWERS
        for _ in range(_AT_ONCE):
            if not self._places.acquire(timeout=max(0.0, end - time.monotonic())):
                return

    def deliver(self, answer: dict[str, Any]) -> None:
        """Take the master's answer to a request."""
        self._answers.put(answer)

    def _accept(self, listener: socket.socket) -> None:
        listener.setblocking(True)
        while not self._closed:
            try:
                client, _ = listener.accept()
            except OSError as error:
                if error.errno == errno.EINVAL:  # it was shut, as at a stop (accept(2))
                    return
                time.sleep(_NO_ROOM_PAUSE)
                continue
            if not self._has_place():
                client.close()
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _has_place(self) -> bool:
        """Wait for a place; say no if there will be none because we leave."""
        while not self._finishing:
            if self._places.acquire(timeout=_LOOK):
                return True
        return False

    def _serve(self, client: socket.socket) -> None:
        """Answer one request. A client that breaks off has no use for an answer."""
        try:
            with client, contextlib.suppress(OSError):
                client.settimeout(_PATIENCE)
                client.sendall(protocol.encode(self._answer(client)))
        finally:
            self._places.release()

    def _answer(self, client: socket.socket) -> dict[str, Any]:
        try:
            request = protocol.read_request(client)
        except protocol.ProtocolError as error:
            return protocol.error(str(error))
        if not _may_ask(client):  # only now: who has not asked yet would meet a closed connection
            return protocol.error("only root and the filter's own user may ask")
        if (answer := self._own.get(request.command)) is None:
            return self._ask_master(request)
        try:
            return answer(request.arguments)
        except ValueError as error:
            return protocol.error(str(error))

    def _ask_master(self, request: protocol.Request) -> dict[str, Any]:
        with self._asking:
            self._serial += 1
            ask = {
                "serial": self._serial,
                "command": request.command,
                "arguments": request.arguments,
            }
            if self._finishing:
                raise ConnectionAbortedError("another clerk takes over")
            if self._closed or not self._link.send({"ask": ask}):
                return protocol.error(_MASTER_BUSY)
            while True:
                try:
                    answer = self._answers.get(timeout=_PATIENCE)
                except queue.Empty:
                    return protocol.error(_MASTER_BUSY)
                if answer["serial"] == self._serial:  # not one that came too late for its request
                    result: dict[str, Any] = answer["result"]
                    return result


def _may_ask(client: socket.socket) -> bool:
    """Whether the process at the other end is root's, or runs as we do (unix(7), SO_PEERCRED)."""
    size = struct.calcsize("3i")
    _, uid, _ = struct.unpack("3i", client.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, size))
    return uid in (0, os.geteuid())

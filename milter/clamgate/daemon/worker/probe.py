"""A session with our own libmilter, by which we know that its threads live.

It is made before the MTAs' socket takes the place of libmilter's own: the proof that all of the
way works, negotiation included. Afterwards it asks a question now and then that goes from
libmilter's poll thread to its pool, into our callbacks and back: SMFIC_UNKNOWN, which we tell MTAs
never to send.
"""

from __future__ import annotations

import select
import socket
import struct

# Of libmilter's mfdef.h: version, all actions up to SMFIF_SETSYMLIST, no steps to leave out.
_OFFER = struct.pack(">IcIII", 13, b"O", 6, 0x1FF, 0)
_QUESTION = struct.pack(">Ic5s", 6, b"U", b"NOOP\0")
_CONTINUE = struct.pack(">Ic", 1, b"c")
_NEGOTIATED = 17

Address = str | tuple[str, int] | tuple[str, int, int, int]
"""What `socket.connect` takes: a path, or that of an IPv4 or IPv6 port."""


class ProbeError(Exception):
    """libmilter does not answer, or not as it should."""


class Probe:
    """One session. For one thread.

    Args:
        family: The address family of libmilter's own listener.
        address: Its address, as of `socket.connect`.

    Raises:
        ProbeError: Nobody listens there.
    """

    def __init__(self, family: socket.AddressFamily, address: Address) -> None:
        self._socket = socket.socket(family, socket.SOCK_STREAM)
        self._owed = 0
        try:
            self._socket.connect(address)
        except OSError as error:
            self.close()
            raise ProbeError(f"cannot connect to libmilter: {error.strerror}") from error
        self._socket.setblocking(False)

    def fileno(self) -> int:
        """Return the descriptor to poll."""
        return self._socket.fileno()

    def negotiate(self, timeout: float) -> None:
        """Go through a negotiation, as an MTA does at first.

        Raises:
            ProbeError: There is no answer in time, or a wrong one.
        """
        self._send(_OFFER)
        answer = b""
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        while len(answer) < _NEGOTIATED:
            if not poll.poll(timeout * 1000):
                raise ProbeError(f"libmilter does not negotiate within {timeout:g} s")
            answer += self._receive()
        if answer[4:5] != b"O":
            raise ProbeError(f"libmilter answers a negotiation with {answer!r}")

    def ask(self) -> None:
        """Ask, unless an answer is still to come.

        Raises:
            ProbeError: The session has ended.
        """
        if not self._owed:
            self._send(_QUESTION)
            self._owed = len(_CONTINUE)

    def answered(self) -> bool:
        """Take what came, and say whether the last question is answered.

        Raises:
            ProbeError: The session has ended.
        """
        try:
            self._owed -= len(self._receive())
        except BlockingIOError:
            return False
        return self._owed <= 0

    def close(self) -> None:
        """End the session."""
        self._socket.close()

    def _send(self, packet: bytes) -> None:
        try:
            self._socket.send(packet)
        except OSError as error:
            raise ProbeError(f"libmilter has ended our session: {error.strerror}") from error

    def _receive(self) -> bytes:
        try:
            data = self._socket.recv(256)
        except BlockingIOError:
            raise
        except OSError as error:
            raise ProbeError(f"libmilter has ended our session: {error.strerror}") from error
        if not data:
            raise ProbeError("libmilter has ended our session")
        return data

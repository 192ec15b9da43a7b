"""One milter connection as the MTA sees it, without input or output: what to send, what may come.

It is strict, because it judges: an edit that was not agreed on, or one before the end of the
message, is a ProtocolError.
"""

from __future__ import annotations

from collections.abc import Iterator

from clamgate.harness.wire import (
    Answer,
    Command,
    Edit,
    EndOfMessage,
    Frame,
    FrameReader,
    Header,
    Options,
    ProtocolError,
    Skip,
    Steps,
    decode_answer,
    encode,
    offer,
)
from clamgate.harness.wire_options import MIN_VERSION


class Session:
    """The MTA's side of the protocol.

    Attributes:
        offered: What this MTA can do.
        agreed: What the filter took of it; until it answered, nothing.
    """

    def __init__(self, offered: Options | None = None) -> None:
        self.offered = offered or offer()
        self.agreed = Options(self.offered.version)
        self._reader = FrameReader()

    def greeting(self) -> bytes:
        """Return the offer, which opens every session."""
        return encode(self.offered)

    def agree(self, answer: Options) -> None:
        """Take the filter's answer to the offer.

        Raises:
            ProtocolError: It takes what was not offered.
        """
        offered = self.offered
        if not MIN_VERSION <= answer.version <= offered.version:
            raise ProtocolError(f"version {answer.version} in answer to {offered.version}")
        if extra := answer.actions & ~offered.actions:
            raise ProtocolError(f"the filter wants actions that were not offered: {extra!r}")
        if extra_steps := answer.steps & ~offered.steps:
            raise ProtocolError(f"the filter wants steps that were not offered: {extra_steps!r}")
        self.agreed = answer

    def wants(self, command: Command | type[Command]) -> bool:
        """Whether the filter is told of this at all: its version has it, and it did not decline."""
        return self.agreed.version >= command.SINCE and not command.UNWANTED_BY & self.agreed.steps

    def answers(self, command: Command | type[Command]) -> bool:
        """Whether a reply to this follows."""
        return command.ANSWERED and not command.SILENT_BY & self.agreed.steps

    def encode(self, command: Command) -> bytes:
        """Return the command as it is sent to this filter, or nothing if it does not want it.

        A header value comes with its leading space and loses it here unless HDR_LEADSPC was
        agreed on: Sendmail and Postfix take away one space, and no tab.
        """
        if not self.wants(command):
            return b""
        if isinstance(command, Header) and not self.agreed.steps & Steps.HDR_LEADSPC:
            command = Header(command.name, command.value.removeprefix(b" "))
        return encode(command)

    def receive(self, data: bytes) -> None:
        """Take bytes from the filter; none of them means that it closed the connection.

        Raises:
            ProtocolError: It closed it inside a packet.
        """
        if data:
            self._reader.feed(data)
        else:
            self._reader.close()

    def answers_to(self, command: Command | None) -> Iterator[Answer | Options]:
        """Yield what arrived, as answers to this command (None: to the offer).

        Raises:
            ProtocolError: What arrived is malformed, or no answer to this.
        """
        for frame in self._reader.frames():
            answer = decode_answer(frame)
            self._check(answer, command)
            yield answer

    def strays(self) -> Iterator[Frame]:
        """Yield what arrived while no answer was to come."""
        return self._reader.frames()

    def _check(self, answer: Answer | Options, command: Command | None) -> None:
        if isinstance(answer, Options) is not (command is None):
            raise ProtocolError(f"{answer} in answer to {command or 'the offer'}")
        if isinstance(answer, Skip) and not self.agreed.steps & Steps.SKIP:
            raise ProtocolError(f"Skip in answer to {command}, and it was not agreed on")
        if isinstance(answer, Edit):
            if not isinstance(command, EndOfMessage):
                raise ProtocolError(f"{answer} before the end of the message")
            if not answer.ALLOWED_BY & self.agreed.actions:
                raise ProtocolError(f"{answer}, and {answer.ALLOWED_BY!r} was not agreed on")

"""What MTA and filter agree on first: version, actions, steps, and which macros are wanted.

The MTA offers, the filter answers with what it takes. Bits and numbers are libmilter's
(mfdef.h, mfapi.h); which version brought which bit is from Postfix's milter_protocol.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from enum import IntEnum, IntFlag
from types import MappingProxyType
from typing import ClassVar, Self

from clamgate.harness.wire_fields import Cursor, number, text

MIN_VERSION = 2
MAX_VERSION = 6


class Actions(IntFlag):
    """What a filter may do to a message at its end (SMFIF_*)."""

    NONE = 0
    ADD_HEADERS = 0x001
    CHANGE_BODY = 0x002
    ADD_RECIPIENTS = 0x004
    DELETE_RECIPIENTS = 0x008
    CHANGE_HEADERS = 0x010
    QUARANTINE = 0x020
    CHANGE_SENDER = 0x040
    ADD_RECIPIENTS_WITH_ARGS = 0x080
    CHOOSE_MACROS = 0x100


class Steps(IntFlag):
    """Which steps are left out, or get no reply, and what else the MTA can do (SMFIP_*)."""

    NONE = 0
    NO_CONNECT = 0x000001
    NO_HELO = 0x000002
    NO_MAIL = 0x000004
    NO_RCPT = 0x000008
    NO_BODY = 0x000010
    NO_HEADERS = 0x000020
    NO_EOH = 0x000040
    NR_HEADER = 0x000080
    NO_UNKNOWN = 0x000100
    NO_DATA = 0x000200
    SKIP = 0x000400
    RCPT_REJ = 0x000800
    NR_CONNECT = 0x001000
    NR_HELO = 0x002000
    NR_MAIL = 0x004000
    NR_RCPT = 0x008000
    NR_DATA = 0x010000
    NR_UNKNOWN = 0x020000
    NR_EOH = 0x040000
    NR_BODY = 0x080000
    HDR_LEADSPC = 0x100000


class MacroStage(IntEnum):
    """The places for which a filter can ask for macros (SMFIM_*)."""

    CONNECT = 0
    HELO = 1
    MAIL = 2
    RCPT = 3
    DATA = 4
    EOM = 5
    EOH = 6


@dataclass(frozen=True, slots=True)
class Options:
    """An offer of the MTA's, or the filter's answer to it.

    Attributes:
        version: Of the protocol, 2 to 6 today.
        actions: Offered or wanted.
        steps: Offered or wanted.
        macros: Only in an answer: stages, each with the names of the macros wanted there
            (``{mail_addr}``, ``i``). A stage that is not listed gets the MTA's own choice.
    """

    LETTER: ClassVar[bytes] = b"O"

    version: int = MAX_VERSION
    actions: Actions = Actions.NONE
    steps: Steps = Steps.NONE
    macros: tuple[tuple[MacroStage, tuple[bytes, ...]], ...] = ()

    def payload(self) -> bytes:
        """Return what follows the letter."""
        lists = [number(stage) + text(b" ".join(names)) for stage, names in self.macros]
        return b"".join([number(self.version), number(self.actions), number(self.steps), *lists])

    @classmethod
    def parse(cls, payload: bytes) -> Self:
        """Read what follows the letter.

        Raises:
            ProtocolError: It is cut off, or asks for macros at a place that does not exist.
        """
        cursor = Cursor("option negotiation", payload)
        version = cursor.number("version")
        actions = Actions(cursor.number("actions"))
        steps = Steps(cursor.number("protocol steps"))
        return cls(version, actions, steps, tuple(_macro_lists(cursor)))


def offer(version: int = MAX_VERSION) -> Options:
    """Return all that an MTA of this protocol version has to offer.

    For version 6 it is what Postfix offers, 2.6 and later (seen: actions 0x1ff, steps 0x1fffff).
    """
    actions = Actions.NONE
    steps = Steps.NONE
    for since, (more_actions, more_steps) in _INTRODUCED.items():
        if since <= version:
            actions |= more_actions
            steps |= more_steps
    return Options(version, actions, steps)


_INTRODUCED = MappingProxyType(
    {
        2: (Actions(0x3F), Steps(0x7F)),
        3: (Actions.NONE, Steps.NO_UNKNOWN),
        4: (Actions.NONE, Steps.NO_DATA),
        6: (Actions(0x1FF), Steps(0x1FFFFF)),
    }
)


def _macro_lists(cursor: Cursor) -> Iterator[tuple[MacroStage, tuple[bytes, ...]]]:
    while cursor.more:
        place = cursor.number("macro place")
        try:
            stage = MacroStage(place)
        except ValueError:
            raise cursor.error(f"there is no macro place {place}") from None
        yield stage, tuple(cursor.text("macro list").replace(b",", b" ").split())

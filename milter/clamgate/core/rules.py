"""The rules of a conf, as values: what is to become of which message."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum


class Action(Enum):
    """What a conf may ask for. The value is the word in the conf (any case there)."""

    ACCEPT = "Accept"
    REJECT = "Reject"
    DEFER = "Defer"
    BLACKHOLE = "Blackhole"
    QUARANTINE = "Quarantine"
    TAG = "Tag"
    STORE = "Store"


class HeaderMode(Enum):
    """What AddHeader asks for."""

    NO = "No"
    ADD = "Add"
    REPLACE = "Replace"


@dataclass(frozen=True, slots=True)
class Rules:
    """What becomes of a message.

    Attributes:
        on_clean, on_infected, on_fail, on_oversize: The action for each kind of verdict.
        reject_msg: RejectMsg, with ``%v`` still in it; None for the MTA's own text.
        add_header: Whether and how the two X-Virus fields are set.
        scanned_value: The whole value of X-Virus-Scanned.
        tag_subject: What action Tag puts before the subject; None leaves it alone.
    """

    on_clean: Action = Action.ACCEPT
    on_infected: Action = Action.QUARANTINE
    on_fail: Action = Action.DEFER
    on_oversize: Action = Action.ACCEPT
    reject_msg: str | None = None
    add_header: HeaderMode = HeaderMode.NO
    scanned_value: str = ""
    tag_subject: str | None = None

    @property
    def may_store(self) -> bool:
        """Whether a message may have to be stored, and so be kept whole until it is judged."""
        return Action.STORE in {self.on_clean, self.on_infected, self.on_oversize}

"""Every reply at every stage."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from tests.judge_comparison.flow import Flow, one_mail

from clamgate.harness.wire import (
    Accept,
    Body,
    Command,
    Connect,
    Continue,
    Data,
    Discard,
    EndOfHeader,
    EndOfMessage,
    Header,
    Helo,
    Mail,
    Rcpt,
    Reject,
    Reply,
    ReplyCode,
    Shutdown,
    TempFail,
)

STAGES: tuple[type[Command], ...] = (
    Connect,
    Helo,
    Mail,
    Rcpt,
    Data,
    Header,
    EndOfHeader,
    Body,
    EndOfMessage,
)

REPLIES: Mapping[str, Reply] = MappingProxyType(
    {
        "accept": Accept(),
        "reject": Reject(),
        "tempfail": TempFail(),
        "discard": Discard(),
        "own-550": ReplyCode(b"550 5.7.9 this is 100%% refused"),
        "own-450": ReplyCode(b"450 4.7.9 later, please"),
        "own-421": ReplyCode(b"421 4.7.9 go away"),
        "own-lines": ReplyCode(b"554-5.7.9 this is\r\n554 5.7.9 refused"),
        "shutdown": Shutdown(),
    }
)


def flows() -> tuple[Flow, ...]:
    """Return each reply at each stage; a whole session cannot be discarded, only a message."""
    return (
        one_mail("nothing-special", {stage: (Continue(),) for stage in STAGES}),
        *(
            one_mail(f"{stage.__name__.lower()}-{name}", {stage: (reply,)}, ("one", "two"))
            for stage in STAGES
            for name, reply in REPLIES.items()
            if not (name == "discard" and stage in {Connect, Helo})
        ),
    )

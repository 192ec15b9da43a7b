"""A decision in libmilter's terms. What the library is picky about is dealt with here."""

from __future__ import annotations

from typing import Protocol

import milter

from clamgate.core.decision import (
    AddHeader,
    ChangeHeader,
    Decision,
    DeleteHeader,
    DeleteRecipient,
    Disposition,
    Edit,
    InsertHeader,
    ReplaceBody,
    Reply,
)

# libmilter: MAXREPLYLEN is 980 bytes.
_MAX_REPLY = 980

_CODES = {
    Disposition.ACCEPT: milter.ACCEPT,
    Disposition.REJECT: milter.REJECT,
    Disposition.DEFER: milter.TEMPFAIL,
    Disposition.BLACKHOLE: milter.DISCARD,
    Disposition.QUARANTINE: milter.ACCEPT,
}
_DELIVERED = frozenset({Disposition.ACCEPT, Disposition.QUARANTINE})


class Context(Protocol):
    """What is used of pymilter's context. Each method raises milter.error if the MTA is gone."""

    def addheader(self, field: str, value: str, idx: int = -1, /) -> None:
        """Append a field, or insert it at `idx` (smfi_addheader, smfi_insheader)."""

    def chgheader(self, field: str, idx: int, value: str | None, /) -> None:
        """Change or, with None, delete the `idx`-th field of a name (smfi_chgheader)."""

    def delrcpt(self, recipient: str, /) -> None:
        """Remove a recipient (smfi_delrcpt)."""

    def setreply(self, rcode: str, xcode: str | None, *lines: str) -> None:
        """Set the SMTP reply (smfi_setreply)."""

    def replacebody(self, piece: bytes, /) -> None:
        """Give the message another body, of which this is the next piece (smfi_replacebody)."""

    def quarantine(self, reason: str, /) -> None:
        """Hold the message (smfi_quarantine)."""


def apply(decision: Decision, ctx: Context, *, leading_space: bool) -> int:
    """Tell the MTA, and return the code that the end-of-message callback must return.

    Args:
        decision: What to tell.
        ctx: pymilter's context of the connection.
        leading_space: Whether SMFIP_HDR_LEADSPC was negotiated: values that we add then need the
            space after the colon, which the MTA otherwise puts there.

    Raises:
        milter.error: An edit was refused, and the message would have been delivered without it.
        UnicodeDecodeError: A recipient to be removed is not UTF-8: pymilter cannot name it.
    """
    try:
        for edit in decision.edits:
            _edit(edit, ctx, " " if leading_space else "")
        if decision.disposition is Disposition.QUARANTINE:
            ctx.quarantine(decision.reason)
    except milter.error:
        if decision.disposition in _DELIVERED:
            raise
    if decision.reply is not None:
        _reply(decision.reply, ctx)
    return _CODES[decision.disposition]


def code_of(disposition: Disposition) -> int:
    """Return the code of a disposition with no edit and no reply."""
    return _CODES[disposition]


def _edit(edit: Edit, ctx: Context, space: str) -> None:
    match edit:
        case AddHeader(name, value):
            ctx.addheader(name, space + value)
        case InsertHeader(index, name, value):
            ctx.addheader(name, space + value, index)
        case ChangeHeader(name, index, value):
            ctx.chgheader(name, index, space + value)
        case DeleteHeader(name, index):
            ctx.chgheader(name, index, None)
        case DeleteRecipient(recipient):
            ctx.delrcpt(recipient.decode())
        case ReplaceBody(pieces):
            for piece in pieces:
                ctx.replacebody(piece)


def _reply(reply: Reply, ctx: Context) -> None:
    r"""Set the reply: ASCII, on one line, short enough, and with every ``%`` doubled.

    libmilter hands the text to a printf-like function in the MTA's place, so a lone ``%``, also
    one in a signature's name, would make it drop the whole reply.
    """
    printable = "".join(c if " " <= c <= "~" else "?" for c in reply.text)
    text = printable.replace("%", "%%")[:_MAX_REPLY]
    if (len(text) - len(text.rstrip("%"))) % 2:
        text = text[:-1]
    ctx.setreply(reply.code, reply.enhanced, text)

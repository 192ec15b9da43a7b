"""What a filter changes in a message, applied as Postfix does it (its milter8.c, cleanup_milter.c).

Header indexes count differently: a change counts fields of a name in the message as it was
received, without the MTA's own; an insertion counts all fields of the message as delivered.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from clamgate.harness.macros import bare
from clamgate.harness.mta.draft import Draft, Field, Recipient
from clamgate.harness.wire import (
    AddHeader,
    AddRecipient,
    AddRecipientWithArgs,
    ChangeHeader,
    ChangeSender,
    DeleteRecipient,
    Edit,
    InsertHeader,
    ReplaceBody,
)

MAX_INDEX = 2**31 - 1
"""Indexes above are negative numbers to Postfix."""


class EditError(Exception):
    """A filter asks for what Postfix refuses: to it, that filter is misconfigured.

    Attributes:
        so_far: The message after the edits before that one; they stay.
    """

    so_far: Draft


def edited(draft: Draft, edits: Sequence[Edit], *, exact_space: bool = False) -> Draft:
    """Return the message after a filter's edits, in their order.

    Args:
        draft: The message that this filter was shown.
        edits: All it asked for at the end of the message; a Quarantine changes nothing in it.
        exact_space: Whether new header values come with the space after the colon (HDR_LEADSPC
            was agreed on). If not, one is put there.

    Raises:
        EditError: A header has no name or an impossible index, or a body was replaced in pieces
            with another edit between them.
    """
    space = b"" if exact_space else b" "
    pieces: list[bytes] = []
    complete = False
    try:
        for edit in edits:
            if isinstance(edit, ReplaceBody):
                pieces.append(_next_piece(edit, complete=complete))
            else:
                complete = bool(pieces)
                draft = _edit_header(_edit_envelope(draft, edit), edit, space)
    except EditError as error:
        error.so_far = _with_body(draft, pieces)
        raise
    return _with_body(draft, pieces)


def _next_piece(edit: ReplaceBody, *, complete: bool) -> bytes:
    if complete:
        raise EditError("a body was replaced in pieces with another edit between them")
    return edit.data


def _with_body(draft: Draft, pieces: Sequence[bytes]) -> Draft:
    if not pieces:
        return draft
    return replace(draft, separated=True, body=_lines(b"".join(pieces)))


def _edit_header(draft: Draft, edit: Edit, space: bytes) -> Draft:
    match edit:
        case AddHeader(name, value):
            return _put(draft, len(draft.fields), _field(name, space + value))
        case InsertHeader(index, name, value):
            return _put(draft, _checked(index), _field(name, space + value))
        case ChangeHeader(index, name, b""):
            return _drop(draft, _checked(index), name)
        case ChangeHeader(index, name, value):
            return _change(draft, _checked(index), _field(name, space + value))
        case _:
            return draft


def _edit_envelope(draft: Draft, edit: Edit) -> Draft:
    match edit:
        case AddRecipient(address):
            return _add_recipient(draft, Recipient(bare(address)))
        case AddRecipientWithArgs(address, args):
            return _add_recipient(draft, Recipient(bare(address), _words(args)))
        case DeleteRecipient(address):
            left = tuple(it for it in draft.recipients if it.address != bare(address))
            return replace(draft, recipients=left)
        case ChangeSender(address, args):
            words = _with_new(draft.sender_args, _words(args))
            return replace(draft, sender=bare(address), sender_args=words)
        case _:
            return draft


def _checked(index: int) -> int:
    if index > MAX_INDEX:
        raise EditError(f"there is no header index {index}")
    return index


def _field(name: bytes, value: bytes) -> Field:
    r"""Return a new field. A line of it that does not begin with a blank gets a tab before it."""
    if not name:
        raise EditError("a header has no name")
    return Field(re.sub(rb"\n(?![ \t])", b"\n\t", name + b":" + value))


def _put(draft: Draft, at: int, field: Field) -> Draft:
    return replace(draft, fields=(*draft.fields[:at], field, *draft.fields[at:]))


def _change(draft: Draft, index: int, field: Field) -> Draft:
    """Exchange the index-th field of this name; one that does not exist is added."""
    at = _find(draft, index, field.name)
    if at is None:
        return _put(draft, len(draft.fields), field)
    return replace(draft, fields=(*draft.fields[:at], field, *draft.fields[at + 1 :]))


def _drop(draft: Draft, index: int, name: bytes) -> Draft:
    if not name:
        raise EditError("a header has no name")
    at = _find(draft, index, name)
    if at is None:
        return draft
    return replace(draft, fields=(*draft.fields[:at], *draft.fields[at + 1 :]))


def _find(draft: Draft, index: int, name: bytes) -> int | None:
    """Return where the index-th field of this name is; 0 is taken as 1, as Sendmail does."""
    same = [
        at
        for at, field in enumerate(draft.fields)
        if not field.ours and field.name.lower() == name.lower()
    ]
    place = max(index, 1) - 1
    return same[place] if place < len(same) else None


def _add_recipient(draft: Draft, recipient: Recipient) -> Draft:
    if not recipient.address:
        return draft
    return replace(draft, recipients=(*draft.recipients, recipient))


def _words(args: bytes | None) -> tuple[bytes, ...]:
    return tuple((args or b"").split())


def _with_new(args: tuple[bytes, ...], new: tuple[bytes, ...]) -> tuple[bytes, ...]:
    """Return a sender's arguments with RET and ENVID, which alone can be changed, from `new`."""
    taken = tuple(it for it in new if _key(it) in {b"RET", b"ENVID"})
    keys = {_key(it) for it in taken}
    return (*(it for it in args if _key(it) not in keys), *taken)


def _key(arg: bytes) -> bytes:
    return arg.partition(b"=")[0].upper()


def _lines(body: bytes) -> bytes:
    """Return a body with CRLF after each line, the last one too, wherever it had LF."""
    body = re.sub(rb"\r?\n", b"\r\n", body)
    return body if not body or body.endswith(b"\r\n") else body + b"\r\n"

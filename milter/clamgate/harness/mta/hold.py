"""Mail on hold, on disk: quarantined mail waits here until somebody looks at it and lets it go.

Each mail is one file named by its queue id: a line of JSON with the envelope, then the content.
"""

from __future__ import annotations

import json
import os
import re
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from clamgate.harness.mta.delivery import DeliveryError, Downstream, Parcel
from clamgate.harness.mta.draft import Recipient

_ID = re.compile(r"[0-9A-Za-z]+")


class HoldError(Exception):
    """There is no such mail, or its file is damaged."""


@dataclass(frozen=True, slots=True)
class Held:
    """A mail on hold: since when, why, and the mail."""

    since: datetime
    reason: bytes
    parcel: Parcel


class HoldQueue:
    """A folder of mail on hold; made when the first comes, readable by its owner alone."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def keep(self, parcel: Parcel, reason: bytes) -> None:
        """Put a mail on hold. It is on disk when this returns.

        Raises:
            DeliveryError: It cannot be written.
        """
        path = self.folder / parcel.queue_id
        draft = path.with_suffix(".new")
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            with open(draft, "xb", opener=_private) as file:
                file.write(_head(parcel, reason) + parcel.content)
                file.flush()
                os.fsync(file.fileno())
            draft.rename(path)
        except OSError as error:
            reply = f"451 4.3.0 Error: cannot write to {self.folder}: {error.strerror}"
            raise DeliveryError(reply.encode()) from error

    def list(self) -> tuple[Held, ...]:
        """Return all mail on hold, the oldest first.

        Raises:
            HoldError: A file is damaged.
        """
        if not self.folder.is_dir():
            return ()
        names = [it.name for it in self.folder.iterdir() if _ID.fullmatch(it.name)]
        return tuple(sorted(map(self.read, names), key=lambda held: held.since))

    def read(self, queue_id: str) -> Held:
        """Return one mail.

        Raises:
            HoldError: There is none of that name, or its file is damaged.
        """
        if not _ID.fullmatch(queue_id):
            raise HoldError(f"{queue_id!r} is no queue id")
        path = self.folder / queue_id
        try:
            head, _, content = path.read_bytes().partition(b"\n")
        except OSError as error:
            raise HoldError(f"no mail {queue_id} in {self.folder}: {error.strerror}") from None
        try:
            return _held(queue_id, json.loads(head), content)
        except (ValueError, KeyError, TypeError) as error:
            raise HoldError(f"{path} is no mail on hold: {error}") from None

    def release(self, queue_id: str, downstream: Downstream) -> Parcel:
        """Deliver a mail, and remove it from here.

        Raises:
            HoldError: There is none of that name, or its file is damaged.
            DeliveryError: It could not be delivered; it stays on hold.
        """
        parcel = self.read(queue_id).parcel
        downstream.deliver(parcel)
        (self.folder / queue_id).unlink()
        return parcel


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)


def _head(parcel: Parcel, reason: bytes) -> bytes:
    head = {
        "since": datetime.now(UTC).isoformat(),
        "reason": _text(reason),
        "sender": _text(parcel.sender),
        "sender_args": [_text(it) for it in parcel.sender_args],
        "recipients": [
            {"address": _text(it.address), "args": [_text(arg) for arg in it.args]}
            for it in parcel.recipients
        ],
    }
    return json.dumps(head).encode() + b"\n"


def _held(queue_id: str, head: dict[str, Any], content: bytes) -> Held:
    recipients = tuple(
        Recipient(_bytes(it["address"]), tuple(_bytes(arg) for arg in it["args"]))
        for it in head["recipients"]
    )
    args = tuple(_bytes(it) for it in head["sender_args"])
    parcel = Parcel(queue_id, _bytes(head["sender"]), recipients, content, args)
    return Held(datetime.fromisoformat(head["since"]), _bytes(head["reason"]), parcel)


def _text(value: bytes) -> str:
    """Return bytes as text from which they can be had again."""
    return value.decode(errors="surrogateescape")


def _bytes(text: str) -> bytes:
    return text.encode(errors="surrogateescape")

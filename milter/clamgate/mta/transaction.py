"""One message on its way in, from MAIL to its end: what is known of it, and its bytes."""

from __future__ import annotations

from typing import Protocol

from clamgate.core.envelope import Client, Envelope, Message
from clamgate.core.releasing import BodyDigest, Claim
from clamgate.core.settings import KIB
from clamgate.message.spool import SealedSpool, Spool
from clamgate.message.whole import WholeMessage
from clamgate.mta.fields import Fields

# A mbox line before the header makes clamd take what follows for mail; the C clamav-milter writes
# the same one. It does not count as part of the message.
MAIL_MARK = b"From clamav-milter\n"


FIELDS_AT_ONCE = 64
"""Header fields that are put aside at most, to be put into the spool together."""

_LONG = 1 * KIB
"""Bytes of a field that is not put aside for long: only short ones are many."""


class Closable(Protocol):
    """What holds memory or a file as long as a transaction lasts."""

    def close(self) -> None:
        """Let go of it."""


class Transaction:
    """Collects one message. A new MAIL makes a new one; nothing is carried over.

    Args:
        client: The connection's client.
        reverse_path: The argument of MAIL, angle brackets included.
        auth_name: The AUTH login name, None if there is none.
        spool: An empty spool; the transaction closes it.
        started: When MAIL came, by the session's clock.

    Attributes:
        recipients: The arguments of RCPT so far.
        failure: Why the message is not whole; None if it is.
        barred: Whether it was judged, and must not be delivered to all as it is.
    """

    def __init__(
        self,
        client: Client,
        reverse_path: bytes,
        auth_name: bytes | None,
        spool: Spool,
        started: float,
    ) -> None:
        self.started = started
        self.recipients: list[bytes] = []
        self.failure: str | None = None
        self.barred = False
        self._client = client
        self._reverse_path = reverse_path
        self._auth_name = auth_name
        self._spool = spool
        self._sealed: SealedSpool | None = None
        self._kept: list[Closable] = []
        self._size = 0
        self._in_body = False
        self._aside: list[tuple[bytes, bytes]] = []
        self._fields = Fields()
        self._release_body: BodyDigest | None = None

    @property
    def is_empty(self) -> bool:
        """Whether neither a header nor a body has come."""
        return self._size == 0 and not self._aside

    def add_header(self, name: bytes, value: bytes) -> None:
        """Take one field; `value` keeps its leading space, and LF (or CRLF) at its folds.

        A header has some twenty, and each is a callback: so it is only put aside.

        Raises:
            SpoolError: The bytes cannot be kept.
        """
        aside = self._aside
        aside.append((name, value))
        if len(aside) >= FIELDS_AT_ONCE or len(name) + len(value) > _LONG:
            self._keep_fields()

    def add_body(self, chunk: bytes) -> None:
        """Take a piece of the body, of any size.

        Raises:
            SpoolError: The bytes cannot be kept.
        """
        if not self._in_body:
            self._in_body = True
            self._keep_fields()
            self._keep(b"\r\n")
            if self._fields.releases:
                self._release_body = BodyDigest()
        self._keep(chunk)
        if self._release_body is not None:
            self._release_body.update(chunk)

    def fail(self, reason: str) -> None:
        """Note that the message is not whole: it must not be judged. The first reason stays."""
        if self.failure is None:
            self.failure = reason

    def message(self, queue_id: str) -> Message:
        """Return what is known of the message.

        Raises:
            SpoolError: The bytes that came last cannot be kept.
        """
        self._keep_fields()
        return Message(
            envelope=Envelope(
                client=self._client,
                reverse_path=self._reverse_path,
                recipients=tuple(self.recipients),
                auth_name=self._auth_name,
                queue_id=queue_id,
            ),
            headers=self._fields.facts(),
            size=self._size,
        )

    @property
    def release_fields(self) -> int:
        """How many fields it has that claim it was released from the quarantine."""
        self._keep_fields()
        return self._fields.releases

    def claim(self) -> Claim | None:
        """Return what it claims of its release, None if it claims nothing.

        Of several such fields the first counts: a release of ours is put above all that the
        message came with, and that may be a field of the same name.
        """
        if not self.release_fields or self.failure is not None:
            return None
        return Claim(
            token=self._fields.release_token,
            client=self._client,
            recipients=tuple(self.recipients),
            body=(self._release_body or BodyDigest()).value(),
        )

    def seal(self) -> SealedSpool:
        """End the message and return its bytes, those that are kept for the scanner.

        Raises:
            SpoolError: The bytes cannot be made readable.
        """
        self._keep_fields()
        self._sealed = self._spool.seal()
        return self._sealed

    def whole(self) -> WholeMessage:
        """Return all bytes of the message, as the MTA handed them over.

        Raises:
            ValueError: Something went wrong with it: it is not whole.
            SpoolError: The bytes cannot be made readable.
        """
        if self.failure is not None:
            raise ValueError(f"the message is not whole: {self.failure}")
        sealed = self._sealed or self.seal()
        return WholeMessage(sealed, 0 if self.is_empty else len(MAIL_MARK))

    def keep(self, other: Closable) -> None:
        """Have something closed when the transaction ends."""
        self._kept.append(other)

    def close(self) -> None:
        """Let go of the bytes. Calling it twice does nothing."""
        while self._kept:
            self._kept.pop().close()
        self._spool.close()
        if self._sealed is not None:
            self._sealed.close()

    def _keep_fields(self) -> None:
        """Keep the fields that were put aside. Of a message that failed they are only noted."""
        if self._aside:
            text = self._fields.take(self._aside)
            self._aside = []
            if self.failure is None:
                self._keep(text)

    def _keep(self, data: bytes) -> None:
        if self._size == 0:
            self._spool.write(MAIL_MARK)
        self._spool.write(data)
        self._size += len(data)

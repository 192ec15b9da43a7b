"""Somebody else's mail, which must fare as if nothing were going on."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from tests.hostile.judging_clamd import EICAR, MARK
from tests.hostile.tally import Tally

from clamgate.harness.client import MilterClient
from clamgate.harness.link import Deadlines
from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import Accept, ReplyCode

DEADLINES = Deadlines(connect=60, command=60, message=60)
_PAUSE = 0.01
_MARKED = MARK + b" yes\nSubject: hello\n\n"
CLEAN = Message.from_eml(_MARKED + b"How are you?\n")
INFECTED = Message.from_eml(_MARKED + EICAR + b"\n")


class Bystander:
    """Sends mail, in one long session and in many short ones, while it is open.

    One clean message and one infected one each time; a wrong answer, a missing one, or a session
    that breaks is harm. The filter's conf must reject what is infected, with a RejectMsg.
    """

    def __init__(self, endpoint: str, tally: Tally) -> None:
        self._endpoint = endpoint
        self._tally = tally
        self._served = threading.Event()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run)

    def __enter__(self) -> Self:
        self._thread.start()
        assert self._served.wait(60), self._tally.harmed
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._stop.set()
        self._thread.join(120)
        assert not self._thread.is_alive()

    def _run(self) -> None:
        try:
            with self._session() as lasting:
                while not self._stop.wait(_PAUSE):
                    self._check(lasting)
                    with self._session() as short:
                        self._check(short)
                        short.quit()
                    self._served.set()
                self._check(lasting)
                lasting.quit()
        except Exception as error:  # noqa: BLE001  whatever it is, it is harm, and the test's to report
            self._tally.harm(f"{type(error).__name__}: {error}")
            self._served.set()

    def _session(self) -> MilterClient:
        client = MilterClient(self._endpoint, deadlines=DEADLINES)
        client.greet(Peer())
        return client

    def _check(self, client: MilterClient) -> None:
        for message, wanted in ((CLEAN, Accept), (INFECTED, ReplyCode)):
            outcome = client.send_message(message)
            if isinstance(outcome.reply, wanted):
                self._tally.right_answer()
            else:
                self._tally.harm(f"{outcome}, and {wanted.__name__} would have been right")

"""The harness's milter client, with what it does counted."""

from __future__ import annotations

from tests.hostile.bystander import DEADLINES
from tests.hostile.tally import Tally

from clamgate.harness.client import MilterClient, Outcome
from clamgate.harness.link import Exchange, FilterGoneError, NoAnswerError
from clamgate.harness.macros import Values
from clamgate.harness.mail import Message, Peer
from clamgate.harness.wire import Command, Options


class CountedClient(MilterClient):
    """Keeps the protocol, whatever stands in its texts; an answer that does not come is counted."""

    def __init__(self, endpoint: str, tally: Tally, offered: Options | None = None) -> None:
        super().__init__(endpoint, offered, DEADLINES)
        self._tally = tally
        tally.opened()

    def step(self, command: Command, values: Values | None = None) -> Exchange:
        self._tally.sent(1)
        try:
            return super().step(command, values)
        except (NoAnswerError, FilterGoneError) as error:
            self._tally.unanswered(str(error))
            raise


def judge(
    endpoint: str,
    tally: Tally,
    message: Message,
    peer: Peer | None = None,
    offered: Options | None = None,
) -> Outcome:
    """Have one message judged in a session of its own."""
    with CountedClient(endpoint, tally, offered) as client:
        client.greet(peer or Peer())
        outcome = client.send_message(message)
        client.quit()
    return outcome

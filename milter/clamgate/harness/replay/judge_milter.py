"""A milter as the judge of mail: each mail in a session of its own, as an MTA would have it."""

from __future__ import annotations

from dataclasses import dataclass, field

from clamgate.harness.client import MilterClient
from clamgate.harness.link import Deadlines, Endpoint, FilterGoneError, NoAnswerError
from clamgate.harness.mail import Peer
from clamgate.harness.replay.judgement import Judgement, judgement, unanswered
from clamgate.harness.replay.parcel import Parcel
from clamgate.harness.replay.trial import JudgeGoneError
from clamgate.harness.wire import ProtocolError


@dataclass(frozen=True, slots=True)
class MilterJudge:
    """Speaks to a filter as an MTA does.

    Attributes:
        endpoint: Where it listens.
        peer: The SMTP client that all mail is said to come from.
        deadlines: How long it may take.
    """

    endpoint: Endpoint
    peer: Peer = field(default_factory=Peer)
    deadlines: Deadlines = field(default_factory=Deadlines)

    def judge(self, parcel: Parcel) -> Judgement:
        """Send the mail and return what becomes of it.

        A filter that breaks the protocol, or off, or says nothing in time has given no answer.

        Raises:
            JudgeGoneError: It accepts no session.
        """
        try:
            client = MilterClient(self.endpoint, deadlines=self.deadlines)
        except FilterGoneError as error:
            raise JudgeGoneError(str(error)) from error
        except (NoAnswerError, ProtocolError) as error:
            return unanswered(error, "negotiation")
        with client:
            try:
                client.greet(self.peer)
                outcome = client.send_message(parcel.message)
                client.quit()
            except (FilterGoneError, NoAnswerError, ProtocolError) as error:
                return unanswered(error)
        return judgement(outcome)

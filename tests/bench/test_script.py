from bench.messages import TEXT_1K, TOKEN, template
from bench.script import compose

from clamgate.harness.session import Session
from clamgate.harness.wire import Options, Steps, offer

NO_REPLY = (
    Steps.NR_CONNECT
    | Steps.NR_MAIL
    | Steps.NR_RCPT
    | Steps.NR_DATA
    | Steps.NR_HEADER
    | Steps.NR_EOH
    | Steps.NR_BODY
)


def agreed(steps: Steps) -> Session:
    offered = offer()
    session = Session(offered)
    session.agree(Options(offered.version, offered.actions, steps))
    return session


def test_who_replies_to_everything_gets_a_burst_for_each_command() -> None:
    message = template(TEXT_1K)
    script = compose(message, agreed(Steps(0)))
    # MAIL, RCPT, DATA, each field, the end of the header, the body, the end.
    assert len(script.message) == 3 + len(message.fields) + 1 + 1 + 1
    assert all(burst.answered for burst in script.message)


def test_who_replies_to_nothing_gets_one_burst() -> None:
    script = compose(template(TEXT_1K), agreed(NO_REPLY))
    (burst,) = script.message
    assert burst.answered


def test_tokens_are_put_in_all_their_places() -> None:
    (burst,) = compose(template(TEXT_1K), agreed(NO_REPLY)).message
    sent = b"".join(burst.buffers(b"0123456789abcdef"))
    assert TOKEN not in sent
    assert sent.count(b"0123456789abcdef") == 6

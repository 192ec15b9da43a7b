from math import inf

import pytest
from bench.load import LoadError, Turns
from bench.messages import TEXT_6K, TOKEN, template, tokens
from bench.smtp_load import SmtpLoad
from tests.sink import Sink

TEXT = template(TEXT_6K)


def test_each_message_has_a_token_of_its_own() -> None:
    with Sink() as sink:
        outcome = SmtpLoad(sink.port, TEXT).run(3, Turns(tokens(), inf, most=7))
        bodies = sorted(one.body for one in sink.deliveries)
    given = tokens()
    assert bodies == [TEXT.body.replace(TOKEN, next(given)) for _ in range(7)]
    assert outcome.answers == {"250": 7}
    assert not any(line.startswith(b".") for line in TEXT.body.splitlines())


def test_a_server_that_takes_no_mail_ends_it() -> None:
    with Sink() as sink:
        sink.refuse_next("451 4.7.1 later")
        with pytest.raises(LoadError, match="later"):
            SmtpLoad(sink.port, TEXT).run(1, Turns(tokens(), inf, most=1))

from __future__ import annotations

import pytest

from clamgate.daemon.link import Link, LinkClosedError


def test_messages_arrive_whole_and_in_order() -> None:
    one, other = Link.pair()
    assert one.receive() is None
    assert other.send({"a": [1, "ü"]})
    assert other.send({"b": "x" * 50_000})
    assert one.wait(10) == {"a": [1, "ü"]}
    assert one.receive() == {"b": "x" * 50_000}
    assert one.wait(0) is None
    one.close()
    other.close()


def test_what_was_said_before_the_end_is_still_heard() -> None:
    one, other = Link.pair()
    other.send({"a": 1})
    other.close()
    assert one.receive() == {"a": 1}
    with pytest.raises(LinkClosedError):
        one.receive()
    with pytest.raises(LinkClosedError):
        one.wait(10)
    one.close()


def test_sending_never_waits_and_tells_whether_it_could() -> None:
    one, other = Link.pair()
    sent = 0
    while one.send({"a": "x" * 1000}):
        sent += 1
    assert sent > 10
    other.close()
    assert not one.send({"a": 1})
    one.close()

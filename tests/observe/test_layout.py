from __future__ import annotations

import json

import pytest

from clamgate.core.settings import LogFormat, Logging
from clamgate.observe.layout import Layout, as_record, json_line, layout_of, plain, stamped
from clamgate.observe.sink import Level, date


@pytest.mark.parametrize(
    ("logging", "layout"),
    [
        (Logging(), plain),
        (Logging(time=True), stamped),
        (Logging(format=LogFormat.JSON, time=True), json_line),
    ],
)
def test_what_a_conf_asks_for(logging: Logging, layout: Layout) -> None:
    assert layout_of(logging) is layout


def test_text() -> None:
    assert plain(Level.ERROR, "ä", 0) == "ERROR: ä\n".encode()
    assert stamped(Level.INFO, "a", 0) == f"{date(0)} -> a\n".encode()


def test_a_record_stays_as_it_is() -> None:
    assert json_line(Level.ERROR, '{"a":"ä"}', 0) == '{"a":"ä"}\n'.encode()


def test_what_a_sink_says_of_itself_becomes_a_record() -> None:
    said = json.loads(as_record(Level.WARNING, "2 lines lost", 0))
    assert (said["event"], said["text"], said["process"]) == ("notice", "2 lines lost", "log")

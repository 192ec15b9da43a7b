from __future__ import annotations

import io
import json
from datetime import UTC, datetime

from clamgate.container.lines import LineSplitter, Printer, as_json, as_text

NOW = datetime(2026, 11, 25, 4, 5, 6, 789000, tzinfo=UTC)


def test_lines_are_put_together_from_pieces() -> None:
    splitter = LineSplitter()
    assert splitter.feed(b"one\ntw") == ["one"]
    assert splitter.feed(b"o\r\n\nrest") == ["two", ""]
    assert splitter.close() == ["rest"]
    assert splitter.close() == []


def test_a_line_without_an_end_does_not_grow_for_ever() -> None:
    splitter = LineSplitter()
    (line,) = splitter.feed(b"x" * 40000)
    assert line == "x" * 40000
    assert splitter.close() == []


def test_nothing_in_a_line_can_act_on_a_terminal_or_break_it() -> None:
    (line,) = LineSplitter().feed(b"a\x1b[31m\tcaf\xe9 \xc3\xa9\x00b\n")
    assert line == "a\\x1b[31m\tcaf\\xe9 é\\x00b"


def test_each_line_says_whose_it_is() -> None:
    assert as_text("clamd", "hello", NOW) == "clamd: hello"
    assert json.loads(as_json("clamd", 'say "é"', NOW)) == {
        "time": "2026-11-25T04:05:06.789+00:00",
        "service": "clamd",
        "text": 'say "é"',
    }


def test_the_printer_writes_whole_lines_and_its_own_too() -> None:
    stream = io.BytesIO()
    printer = Printer(as_text, stream)
    printer.print("filter", "é")
    printer.say("done")
    assert stream.getvalue() == "filter: é\ncontainer: done\n".encode()


def test_output_that_nobody_takes_does_not_stop_the_services() -> None:
    class Gone(io.BytesIO):
        def write(self, _data: object) -> int:
            raise BrokenPipeError

    Printer(as_text, Gone()).say("hello?")

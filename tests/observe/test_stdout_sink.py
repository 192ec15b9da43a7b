from __future__ import annotations

import io
import os
import sys

import pytest
from tests.observe.examples import Clock

from clamgate.observe.layout import stamped
from clamgate.observe.sink import Level, date
from clamgate.observe.stdout_sink import StdoutSink


def test_errors_and_warnings_go_to_stderr_and_the_rest_to_stdout() -> None:
    out, err = io.BytesIO(), io.BytesIO()
    sink = StdoutSink(out=out, err=err)
    for level in Level:
        sink.write(level, level.value)
    assert out.getvalue() == b"info\ndebug\n"
    assert err.getvalue() == b"ERROR: error\nWARNING: warning\n"
    assert sink.lost == 0


def test_log_time_puts_the_time_before_each_line() -> None:
    out = io.BytesIO()
    clock = Clock()
    StdoutSink(layout=stamped, out=out, clock=clock).write(Level.INFO, "text")
    assert out.getvalue().decode() == f"{date(clock.now)} -> text\n"


def test_without_streams_it_is_the_process_own(capfdbinary: pytest.CaptureFixture[bytes]) -> None:
    sink = StdoutSink()
    sink.write(Level.INFO, "Grüße")
    sink.write(Level.ERROR, "no")
    captured = capfdbinary.readouterr()
    assert captured.out == "Grüße\n".encode()
    assert captured.err == b"ERROR: no\n"


def test_a_pipe_that_nobody_reads_any_more_does_no_harm() -> None:
    read, write = os.pipe()
    os.close(read)
    with os.fdopen(write, "wb", buffering=0) as broken:
        sink = StdoutSink(out=broken)
        sink.write(Level.INFO, "lost")
        sink.write(Level.INFO, "lost too")
        assert sink.lost == 2


def test_a_closed_stream_does_no_harm() -> None:
    out = io.BytesIO()
    out.close()
    sink = StdoutSink(out=out)
    sink.write(Level.INFO, "lost")
    assert sink.lost == 1


def test_the_streams_are_not_ours_to_close() -> None:
    out = io.BytesIO()
    sink = StdoutSink(out=out)
    sink.reopen()
    sink.close()
    assert not out.closed
    assert not sys.stdout.closed

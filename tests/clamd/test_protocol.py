from __future__ import annotations

import struct

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.clamd.protocol import (
    INSTREAM,
    MAX_NAME,
    MAX_REPLY,
    Answer,
    Found,
    LimitExceeded,
    NothingFound,
    NotServed,
    ProtocolError,
    Refused,
    ReplyReader,
    Stats,
    StreamTooLong,
    is_plain_ok,
    parse_answer,
    parse_max_threads,
    parse_stats,
    parse_version,
    stream_frames,
    without_number,
)

ANSWERS: dict[str, Answer] = {
    "fd[12]: OK": NothingFound(),
    "stream: OK": NothingFound(),
    "fd[12]: Eicar-Test-Signature FOUND": Found("Eicar-Test-Signature"),
    "stream: Win.Test.EICAR_HDB-1 FOUND": Found("Win.Test.EICAR_HDB-1"),
    "stream: name: with colon FOUND": Found("name: with colon"),
    "fd[9]: ERROR FOUND": Found("ERROR"),
    "fd[9]: OK FOUND": Found("OK"),
    "fd[9]: Heuristics.Phishing.Email.SpoofedDomain FOUND": Found(
        "Heuristics.Phishing.Email.SpoofedDomain"
    ),
    "fd[9]: Heuristics.Limits.Exceeded.MaxFileSize FOUND": LimitExceeded("MaxFileSize"),
    "stream: Heuristics.Limits.Exceeded.MaxScanTime FOUND": LimitExceeded("MaxScanTime"),
    "fd[9]: Heuristics.Limits.Exceeded FOUND": LimitExceeded("limits"),
    "fd[9]: Heuristics.Limits.ExceededNot FOUND": Found("Heuristics.Limits.ExceededNot"),
    "INSTREAM size limit exceeded. ERROR": StreamTooLong(),
    "fd[9]: Can't allocate memory ERROR": Refused("Can't allocate memory"),
    "stream: Time limit reached ERROR": Refused("Time limit reached"),
    "fd[9]: Not a regular file ERROR": Refused("Not a regular file"),
    "stream: PROTOCOL: ERROR": Refused("PROTOCOL:"),
    "Error writing to temporary file ERROR": NotServed("Error writing to temporary file"),
    "PROTOCOL ERROR: ancillary data sent without FILDES. ERROR": NotServed(
        "PROTOCOL ERROR: ancillary data sent without FILDES."
    ),
    "Error processing command. ERROR": NotServed("Error processing command."),
    "COMMAND READ TIMED OUT": NotServed("COMMAND READ TIMED OUT"),
    "No file descriptor received. ERROR": NotServed("No file descriptor received."),
}

NONSENSE = (
    "",
    "OK",
    "FOUND",
    "PONG",
    "UNKNOWN COMMAND",
    "fd[12]: ",
    "fd[12]: OK ",
    "fd[12]:OK",
    "fd[12]: ok",
    "fd[12]:  FOUND",
    "fd[12: OK",
    "streams: OK",
    "/etc/passwd: OK",
    "250 2.0.0 OK",
    "HTTP/1.1 400 Bad Request",
)


@pytest.mark.parametrize(("reply", "answer"), ANSWERS.items())
def test_every_reply_means_one_thing(reply: str, answer: Answer) -> None:
    assert parse_answer(reply) == answer


@pytest.mark.parametrize("reply", NONSENSE)
def test_what_no_clamd_says_is_refused(reply: str) -> None:
    with pytest.raises(ProtocolError):
        parse_answer(reply)


def test_a_long_name_is_cut_to_what_a_header_can_hold() -> None:
    answer = parse_answer(f"fd[9]: {'x' * 5000} FOUND")
    assert answer == Found("x" * MAX_NAME)


@pytest.mark.parametrize("reply", ANSWERS)
def test_a_reply_may_be_split_at_every_byte(reply: str) -> None:
    wire = reply.encode() + b"\0"
    for cut in range(len(wire)):
        reader = ReplyReader()
        if cut:
            assert reader.feed(wire[:cut]) is None
        assert reader.feed(wire[cut:]) == reply


@given(
    st.sampled_from([*ANSWERS, *NONSENSE]),
    st.lists(st.integers(1, 40), max_size=40),
    st.binary(max_size=40),
)
def test_a_reply_may_come_in_any_pieces_and_the_rest_is_ignored(
    reply: str, sizes: list[int], rest: bytes
) -> None:
    wire = reply.encode() + b"\0" + rest
    reader = ReplyReader()
    got = None
    while got is None:
        size = sizes.pop() if sizes else 1
        got = reader.feed(wire[:size])
        wire = wire[size:]
    assert got == reply


@given(st.binary(max_size=300) | st.sampled_from([*ANSWERS]).map(str.encode))
def test_any_bytes_give_an_answer_or_a_protocol_error(noise: bytes) -> None:
    reader = ReplyReader()
    try:
        reply = reader.feed(noise) if noise else None
        if reply is None:
            reply = reader.feed(b"")
        shown = reply
        parse_answer(reply or "")
    except ProtocolError as error:
        shown = str(error)
    assert shown is not None
    assert shown.isascii()
    assert shown.isprintable()


def test_an_end_before_any_reply_is_an_error() -> None:
    with pytest.raises(ProtocolError, match="closed the connection without a reply"):
        ReplyReader().feed(b"")


def test_an_end_within_a_reply_is_an_error_and_shows_what_came() -> None:
    reader = ReplyReader()
    assert reader.feed(b"fd[9]: Eicar") is None
    with pytest.raises(ProtocolError, match=r"in the middle of a reply: 'fd\[9\]: Eicar'"):
        reader.feed(b"")


def test_the_one_reply_that_ends_with_a_line_feed() -> None:
    reader = ReplyReader()
    assert reader.feed(b"COMMAND READ TIMED OUT\n") is None
    assert reader.feed(b"") == "COMMAND READ TIMED OUT"


def test_no_other_reply_may_end_with_a_line_feed() -> None:
    reader = ReplyReader()
    assert reader.feed(b"fd[9]: OK\n") is None
    with pytest.raises(ProtocolError, match="in the middle of a reply"):
        reader.feed(b"")


def test_a_line_feed_inside_does_not_end_a_reply() -> None:
    assert ReplyReader().feed(b"fd[9]: a\nb FOUND\0") == "fd[9]: a?b FOUND"


def test_a_reply_without_end_is_stopped_in_time() -> None:
    reader = ReplyReader()
    assert reader.feed(b"x" * MAX_REPLY) is None
    with pytest.raises(ProtocolError, match="longer than 65536"):
        reader.feed(b"x")


def test_a_long_reply_is_no_failure() -> None:
    wire = b"fd[9]: " + b"x" * 60000 + b" FOUND\0"
    reply = ReplyReader().feed(wire)
    assert reply is not None
    assert isinstance(parse_answer(reply), Found)


def test_a_name_in_other_bytes_is_made_printable() -> None:
    reply = ReplyReader().feed(b"fd[9]: caf\xc3\xa9\r\x1b[0m FOUND\0")
    assert reply == r"fd[9]: caf\xc3\xa9??[0m FOUND"


def test_the_version_is_told() -> None:
    assert parse_version("ClamAV 1.4.6/27500/Mon") == "ClamAV 1.4.6/27500/Mon"


@pytest.mark.parametrize("reply", ["", "PONG", "SSH-2.0-OpenSSH_9.2"])
def test_what_is_no_clamd_is_found_out(reply: str) -> None:
    with pytest.raises(ProtocolError, match="no clamd"):
        parse_version(reply)


@given(st.lists(st.binary(max_size=200), max_size=20))
def test_a_stream_can_be_taken_apart_again(chunks: list[bytes]) -> None:
    wire = b"".join(stream_frames(chunks))
    assert wire.startswith(INSTREAM)
    rest = wire.removeprefix(INSTREAM)
    content = b""
    while length := struct.unpack(">I", rest[:4])[0]:
        content += rest[4 : 4 + length]
        rest = rest[4 + length :]
    assert content == b"".join(chunks)
    assert rest == b"\0\0\0\0"


@pytest.mark.parametrize(
    ("reply", "threads"),
    [
        ("POOLS: 1\n\nTHREADS: live 1  idle 0 max 10 idle-timeout 30\nEND", 10),
        ("THREADS: live 4  idle 3 max 128 idle-timeout 30 QUEUE: 0 items", 128),
        ("COMMAND UNAVAILABLE", None),
        ("THREADS: live 1  idle 0 max 0 idle-timeout 30", None),
        ("THREADS: live 1  idle 0 max 9999999 idle-timeout 30", None),
        ("", None),
    ],
)
def test_stats_tell_how_many_are_scanned_at_once(reply: str, threads: int | None) -> None:
    assert parse_max_threads(reply) == threads


def test_stats_tell_of_all_pools_together() -> None:
    # clamd 1.4.6 with one pool; several are in its thrmgr.c only.
    one = "POOLS: 1\n\nSTATE: VALID PRIMARY\nTHREADS: live 3  idle 2 max 12 idle-timeout 30\n"
    queue = "QUEUE: 4 items\n\tSTATS 0.000046 \n\nMEMSTATS: heap 3.656M mmap 0.129M\nEND"
    assert parse_stats(one + queue) == Stats(queue=4, live=3, idle=2, most=12)
    assert parse_stats(one + queue + one + queue) == Stats(queue=8, live=6, idle=4, most=24)


@pytest.mark.parametrize("reply", ["", "COMMAND UNAVAILABLE", "THREADS: many"])
def test_a_clamd_may_not_tell(reply: str) -> None:
    assert parse_stats(reply) is None


@pytest.mark.parametrize(
    ("data", "plain"),
    [
        (b"7: fd[12]: OK\0", True),
        (b"8: fd[12]: OK\0", False),
        (b"7: fd[12]: OK", False),
        (b"7: fd[12]: X FOUND\0", False),
        (b"7: fd[12]: X FOUND\x007: fd[12]: OK\0", False),
        (b"fd[12]: OK\0", False),
        (b"7: stream: OK\0", False),
    ],
)
def test_only_a_whole_ok_to_this_command_is_plain(data: bytes, *, plain: bool) -> None:
    assert is_plain_ok(data, 7) is plain


def test_the_number_of_a_sessions_command_is_taken_off() -> None:
    assert without_number("7: fd[12]: OK", 7) == "fd[12]: OK"
    assert without_number("COMMAND READ TIMED OUT", 7) == "COMMAND READ TIMED OUT"
    with pytest.raises(ProtocolError, match="command 8 is answered with"):
        without_number("7: fd[12]: OK", 8)

"""Framing: length, letter, payload, however the stream is cut."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.harness.wire_frames import MAX_PAYLOAD, Frame, FrameReader, ProtocolError

frames = st.builds(Frame, st.binary(min_size=1, max_size=1), st.binary(max_size=100))


def test_a_frame_is_length_letter_and_payload() -> None:
    assert Frame(b"H", b"mx\0").encode() == b"\0\0\0\4Hmx\0"
    assert Frame(b"c").encode() == b"\0\0\0\1c"


@given(st.lists(frames, max_size=4), st.data())
def test_frames_come_back_however_the_stream_is_cut(sent: list[Frame], data: st.DataObject) -> None:
    stream = b"".join(frame.encode() for frame in sent)
    cuts = sorted(data.draw(st.lists(st.integers(0, len(stream)), max_size=8)))
    reader = FrameReader()
    received = []
    for start, end in zip([0, *cuts], [*cuts, len(stream)], strict=True):
        reader.feed(stream[start:end])
        received += list(reader.frames())
    reader.close()
    assert received == sent


def test_a_frame_comes_back_byte_by_byte() -> None:
    reader = FrameReader()
    stream = Frame(b"B", b"xyz").encode()
    for byte in stream[:-1]:
        reader.feed(bytes([byte]))
        assert list(reader.frames()) == []
    reader.feed(stream[-1:])
    assert list(reader.frames()) == [Frame(b"B", b"xyz")]


def test_the_largest_payload_is_taken() -> None:
    reader = FrameReader()
    reader.feed(Frame(b"B", b"x" * MAX_PAYLOAD).encode())
    (frame,) = reader.frames()
    assert len(frame.payload) == MAX_PAYLOAD


@pytest.mark.parametrize("length", [0, MAX_PAYLOAD + 2, 0xFFFFFFFF])
def test_a_length_that_cannot_be_is_refused_before_it_is_read(length: int) -> None:
    reader = FrameReader()
    reader.feed(length.to_bytes(4))
    with pytest.raises(ProtocolError, match=f"gives its length as {length}; 1 to 65536"):
        list(reader.frames())


def test_frames_before_a_bad_length_are_still_yielded() -> None:
    reader = FrameReader()
    reader.feed(Frame(b"c").encode() + bytes(4))
    found = reader.frames()
    assert next(found) == Frame(b"c")
    with pytest.raises(ProtocolError):
        next(found)


@pytest.mark.parametrize("cut", [1, 4, 6])
def test_a_stream_must_not_end_inside_a_packet(cut: int) -> None:
    reader = FrameReader()
    reader.feed(Frame(b"H", b"mx\0").encode()[:cut])
    assert list(reader.frames()) == []
    with pytest.raises(ProtocolError, match="ended inside a packet"):
        reader.close()

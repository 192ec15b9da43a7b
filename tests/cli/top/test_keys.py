from __future__ import annotations

import pytest

from clamgate.cli.top.keys import Show, State, keys_in, press


def after(state: State, keys: str) -> State:
    for key in keys:
        state = press(state, key)
    return state


@pytest.mark.parametrize(
    ("keys", "state"),
    [
        ("q", State(done=True)),
        ("\x03", State(done=True)),
        ("p", State(paused=True)),
        ("p ", State()),
        ("f", State(show=Show.NOT_CLEAN)),
        ("ff", State(show=Show.INFECTED)),
        ("fff", State()),
        ("ff\x1b", State()),
        ("x\x00é", State()),
        ("/", State(typing="")),
        ("/qp", State(typing="qp")),
        ("/ab\x7f", State(typing="a")),
        ("/\x7f\x7f", State(typing="")),
        ("/ab\x15", State(typing="")),
        ("/ab\r", State(text="ab")),
        ("/ab\r/c\n", State(text="c")),
        ("/ab\r/c\x1b", State(text="ab")),
        ("/ab\r\x1b", State()),
        ("/a\x07b", State(typing="ab")),
        ("/a\x03", State(typing="a", done=True)),
    ],
)
def test_what_keys_do(keys: str, state: State) -> None:
    assert after(State(), keys) == state


def test_what_is_typed_has_an_end() -> None:
    assert after(State(), "/" + "x" * 1000) == State(typing="x" * 64)


@pytest.mark.parametrize(
    ("data", "keys"),
    [
        (b"pq", ["p", "q"]),
        (b"\x1b", ["\x1b"]),
        (b"\x1b[A\x1b[1;5Dq\x1bOP", ["q"]),
        ("é".encode(), ["é"]),
        (b"\xff", ["\N{REPLACEMENT CHARACTER}"]),
    ],
)
def test_arrow_and_function_keys_are_passed_over(data: bytes, keys: list[str]) -> None:
    assert keys_in(data) == keys

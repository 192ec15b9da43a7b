"""Any packet of the milter protocol, for property tests."""

from __future__ import annotations

from hypothesis import strategies as st

from clamgate.harness.wire import (
    ANSWERS,
    COMMANDS,
    Actions,
    AddRecipientWithArgs,
    Answer,
    Body,
    ChangeHeader,
    ChangeSender,
    Command,
    Connect,
    EndOfMessage,
    Family,
    InsertHeader,
    Macros,
    MacroStage,
    Mail,
    Options,
    Rcpt,
    ReplaceBody,
    Steps,
)

texts = st.binary(max_size=60).map(lambda raw: raw.replace(b"\0", b""))
chunks = st.binary(max_size=200)
ports = st.integers(0, 2**16 - 1)
numbers = st.integers(0, 2**32 - 1)
names = texts.map(lambda raw: b"".join(raw.replace(b",", b"").split()) or b"i")

_connects = st.one_of(
    st.builds(Connect, texts, st.just(Family.UNKNOWN)),
    st.builds(
        Connect, texts, st.sampled_from([Family.UNIX, Family.INET, Family.INET6]), ports, texts
    ),
)
_paths = (texts, st.lists(texts, max_size=3).map(tuple))
_special_commands: dict[type[Command], st.SearchStrategy[Command]] = {
    Connect: _connects,
    Macros: st.builds(
        Macros,
        st.sampled_from([b"C", b"H", b"M", b"R", b"T", b"N", b"E"]),
        st.lists(st.tuples(texts, texts), max_size=4).map(tuple),
    ),
    Mail: st.builds(Mail, *_paths),
    Rcpt: st.builds(Rcpt, *_paths),
    Body: st.builds(Body, chunks),
    EndOfMessage: st.builds(EndOfMessage, chunks),
}
_indexed = (numbers, texts, texts)
_special_answers: dict[type[Answer], st.SearchStrategy[Answer]] = {
    AddRecipientWithArgs: st.builds(AddRecipientWithArgs, texts, st.none() | texts),
    ChangeSender: st.builds(ChangeSender, texts, st.none() | texts),
    InsertHeader: st.builds(InsertHeader, *_indexed),
    ChangeHeader: st.builds(ChangeHeader, *_indexed),
    ReplaceBody: st.builds(ReplaceBody, chunks),
}


def command_of(kind: type[Command]) -> st.SearchStrategy[Command]:
    """Return any command of this kind."""
    if kind in _special_commands:
        return _special_commands[kind]
    return st.builds(kind, *_texts_of(kind))


def answer_of(kind: type[Answer]) -> st.SearchStrategy[Answer]:
    """Return any answer of this kind."""
    if kind in _special_answers:
        return _special_answers[kind]
    return st.builds(kind, *_texts_of(kind))


def _texts_of(kind: type[Command | Answer]) -> list[st.SearchStrategy[bytes]]:
    return [texts for _ in kind.__match_args__]


commands = st.sampled_from(COMMANDS).flatmap(command_of)
answers = st.sampled_from(ANSWERS).flatmap(answer_of)
options = st.builds(
    Options,
    numbers,
    numbers.map(Actions),
    numbers.map(Steps),
    st.lists(st.tuples(st.sampled_from(MacroStage), st.lists(names, max_size=3).map(tuple))).map(
        tuple
    ),
)

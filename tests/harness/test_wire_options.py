"""Option negotiation: bits, versions, macro lists."""

from __future__ import annotations

import pytest
from tests.harness import libmilter_headers

from clamgate.harness.wire_frames import ProtocolError
from clamgate.harness.wire_options import Actions, MacroStage, Options, Steps, offer

with_headers = pytest.mark.skipif(
    not libmilter_headers.FOLDER.exists(), reason=libmilter_headers.MISSING
)


def test_an_answer_with_macro_lists_is_written_and_read() -> None:
    answer = Options(
        6,
        Actions.ADD_HEADERS | Actions.QUARANTINE,
        Steps.NO_HELO,
        ((MacroStage.EOM, (b"i", b"{mail_addr}")),),
    )
    payload = b"\0\0\0\6\0\0\0\x21\0\0\0\2\0\0\0\5i {mail_addr}\0"
    assert answer.payload() == payload
    assert Options.parse(payload) == answer


def test_macro_names_may_stand_between_commas() -> None:
    lists = Options.parse(bytes(12) + b"\0\0\0\2i, {auth_authen},j\0").macros
    assert lists == ((MacroStage.MAIL, (b"i", b"{auth_authen}", b"j")),)


def test_bits_nobody_knows_yet_are_kept() -> None:
    assert Options.parse(b"\0\0\0\6\0\0\x80\0\x10\0\0\0").payload()[4:] == b"\0\0\x80\0\x10\0\0\0"


@pytest.mark.parametrize(
    ("payload", "complaint"),
    [
        (b"", "version is cut off"),
        (bytes(11), "protocol steps is cut off"),
        (bytes(13), "macro place is cut off"),
        (bytes(12) + b"\0\0\0\7i\0", "there is no macro place 7"),
        (bytes(12) + b"\0\0\0\2i", "macro list is not ended by a NUL"),
    ],
)
def test_a_malformed_answer_says_what_is_wrong(payload: bytes, complaint: str) -> None:
    with pytest.raises(ProtocolError, match=f"option negotiation: {complaint}"):
        Options.parse(payload)


@pytest.mark.parametrize(
    ("version", "actions", "steps"),
    [
        (2, 0x3F, 0x7F),
        (3, 0x3F, 0x17F),
        (4, 0x3F, 0x37F),
        (5, 0x3F, 0x37F),
        (6, 0x1FF, 0x1FFFFF),
    ],
)
def test_an_mta_offers_what_its_version_knows(version: int, actions: int, steps: int) -> None:
    assert offer(version) == Options(version, Actions(actions), Steps(steps))


ACTION_NAMES = {
    Actions.ADD_HEADERS: "ADDHDRS",
    Actions.CHANGE_BODY: "CHGBODY",
    Actions.ADD_RECIPIENTS: "ADDRCPT",
    Actions.DELETE_RECIPIENTS: "DELRCPT",
    Actions.CHANGE_HEADERS: "CHGHDRS",
    Actions.QUARANTINE: "QUARANTINE",
    Actions.CHANGE_SENDER: "CHGFROM",
    Actions.ADD_RECIPIENTS_WITH_ARGS: "ADDRCPT_PAR",
    Actions.CHOOSE_MACROS: "SETSYMLIST",
}
STEP_NAMES = {
    Steps.NO_CONNECT: "NOCONNECT",
    Steps.NO_HELO: "NOHELO",
    Steps.NO_MAIL: "NOMAIL",
    Steps.NO_RCPT: "NORCPT",
    Steps.NO_BODY: "NOBODY",
    Steps.NO_HEADERS: "NOHDRS",
    Steps.NO_EOH: "NOEOH",
    Steps.NR_HEADER: "NR_HDR",
    Steps.NO_UNKNOWN: "NOUNKNOWN",
    Steps.NO_DATA: "NODATA",
    Steps.SKIP: "SKIP",
    Steps.RCPT_REJ: "RCPT_REJ",
    Steps.NR_CONNECT: "NR_CONN",
    Steps.NR_HELO: "NR_HELO",
    Steps.NR_MAIL: "NR_MAIL",
    Steps.NR_RCPT: "NR_RCPT",
    Steps.NR_DATA: "NR_DATA",
    Steps.NR_UNKNOWN: "NR_UNKN",
    Steps.NR_EOH: "NR_EOH",
    Steps.NR_BODY: "NR_BODY",
    Steps.HDR_LEADSPC: "HDR_LEADSPC",
}
PLACE_NAMES = {
    MacroStage.CONNECT: "CONNECT",
    MacroStage.HELO: "HELO",
    MacroStage.MAIL: "ENVFROM",
    MacroStage.RCPT: "ENVRCPT",
    MacroStage.DATA: "DATA",
    MacroStage.EOM: "EOM",
    MacroStage.EOH: "EOH",
}


@with_headers
def test_bits_and_places_are_libmilters() -> None:
    theirs = libmilter_headers.numbers()
    assert {f"SMFIF_{name}": bit.value for bit, name in ACTION_NAMES.items()}.items() <= (
        theirs.items()
    )
    assert {f"SMFIP_{name}": bit.value for bit, name in STEP_NAMES.items()}.items() <= (
        theirs.items()
    )
    assert {f"SMFIM_{name}": place.value for place, name in PLACE_NAMES.items()}.items() <= (
        theirs.items()
    )
    assert (set(ACTION_NAMES), set(STEP_NAMES)) == (set(Actions), set(Steps))
    assert theirs["SMFI_CURR_ACTS"] == offer().actions
    assert theirs["SMFI_CURR_PROT"] == offer().steps

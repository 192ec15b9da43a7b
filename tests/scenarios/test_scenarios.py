"""Each folder here is a conf and what it must do, driven over the real milter protocol.

`clamav-milter.conf` is the conf (with `@CLAMD@` for clamd's socket and `@HERE@` for the scenario's
folder); `scenario.toml` says which clamd it meets, what is sent, and what must come back.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from tests.running_filter import RunningFilter

from clamgate.harness.client import MilterClient, Outcome
from clamgate.harness.mail import Message, Peer
from clamgate.harness.private_clamd import EICAR, PrivateClamd, installed
from clamgate.harness.wire import (
    Accept,
    AddHeader,
    ChangeHeader,
    Discard,
    Edit,
    Family,
    InsertHeader,
    Quarantine,
    Reject,
    ReplaceBody,
    TempFail,
)
from clamgate.version import version

HERE = Path(__file__).parent
NAMES = sorted(path.parent.name for path in HERE.glob("*/scenario.toml"))

pytestmark = pytest.mark.skipif(not installed(), reason="clamd is not installed (clamav-daemon)")


@pytest.fixture(scope="module")
def clamds() -> Iterator[dict[str, str]]:
    """The clamds that scenarios name: socket by name."""
    with (
        TemporaryDirectory(prefix="cg-") as folder,
        PrivateClamd(Path(folder) / "a", tcp=True) as normal,
        PrivateClamd(Path(folder) / "b", options={"MaxFileSize": "256K"}) as narrow,
    ):
        yield {
            "up": f"unix:{normal.socket_path}",
            "tcp": f"tcp:127.0.0.1:{normal.tcp_port}",
            "narrow": f"unix:{narrow.socket_path}",
            "down": f"unix:{folder}/nobody.sock",
        }


@pytest.mark.parametrize("name", NAMES)
def test_scenario(name: str, clamds: dict[str, str]) -> None:
    text = (HERE / name / "scenario.toml").read_text().replace("@VERSION@", version())
    scenario = tomllib.loads(text)
    conf = (HERE / name / "clamav-milter.conf").read_text()
    conf = conf.replace("@CLAMD@", clamds[scenario["clamd"]]).replace("@HERE@", str(HERE / name))
    with TemporaryDirectory(prefix="cg-") as folder:
        with RunningFilter(Path(folder), conf) as running:
            for number, case in enumerate(scenario["message"], start=1):
                outcome = send(running.endpoint, case)
                expected = {"at": "EndOfMessage", "edits": [], **case}
                assert seen(outcome) == {
                    "answer": expected["answer"],
                    "at": expected["at"],
                    "edits": expected["edits"],
                }, f"message {number}"
        for pattern in scenario.get("log", []):
            assert re.search(pattern, running.log, re.MULTILINE), f"{pattern}\n{running.log}"
        assert "Traceback" not in running.log


def send(endpoint: str, case: dict[str, Any]) -> Outcome:
    with MilterClient(endpoint) as client:
        client.greet(peer_of(case.get("peer", {})))
        return client.send_message(message_of(case))


def peer_of(given: dict[str, Any]) -> Peer:
    peer = Peer()
    if "family" in given:
        peer = replace(peer, family=Family[given["family"]])
    return replace(
        peer,
        host=given.get("host", peer.host.decode()).encode(),
        address=given.get("address", peer.address.decode()).encode(),
    )


def message_of(case: dict[str, Any]) -> Message:
    body: str = case.get("body", "")
    if "fill" in case:
        body += ("x" * 70 + "\r\n") * (case["fill"] // 72)
    login: str | None = case.get("login")
    message = Message(
        sender=case.get("from", "<sender@example.org>").encode(),
        recipients=tuple(one.encode() for one in case.get("to", ["<rcpt@example.net>"])),
        fields=tuple(field_of(line) for line in case.get("header", ["Subject: hello"])),
        body=body.encode("latin-1").replace(b"{eicar}", EICAR),
        queue_id=b"4Scenario",
    )
    return replace(message, login=login.encode()) if login is not None else message


def field_of(line: str) -> tuple[bytes, bytes]:
    name, _, value = line.partition(":")
    return name.encode(), value.encode()


def seen(outcome: Outcome) -> dict[str, Any]:
    return {
        "answer": answer_of(outcome),
        "at": outcome.stage.__name__,
        "edits": [words(edit) for edit in outcome.edits],
    }


def answer_of(outcome: Outcome) -> str:
    if outcome.smtp is not None:
        return outcome.smtp.decode()
    plain = {Accept: "accept", Reject: "reject", TempFail: "defer", Discard: "discard"}
    return plain[type(outcome.reply)]


def words(edit: Edit) -> str:  # noqa: PLR0911  a list of edits
    match edit:
        case AddHeader(name, value):
            return f"add {name.decode()}:{value.decode()}"
        case InsertHeader(index, name, value):
            return f"insert {index} {name.decode()}:{value.decode()}"
        case ChangeHeader(index, name, b""):
            return f"delete {index} {name.decode()}"
        case ChangeHeader(index, name, value):
            return f"change {index} {name.decode()}:{value.decode()}"
        case ReplaceBody(piece):
            return f"body {piece.decode()}"
        case Quarantine(reason):
            return f"quarantine {reason.decode()}"
        case _:
            return repr(edit)

"""A clamd that answers what no clamd answers: never a reason to let a message through."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import MappingProxyType

import pytest
from tests.fake_clamd import OK, Behaviour, Exchange
from tests.hostile.counted_client import judge
from tests.hostile.judging_clamd import JudgingClamd
from tests.hostile.tally import Tally
from tests.hostile.target import Target, under_attack

from clamgate.harness.mail import Message
from clamgate.harness.wire import Accept, Reply, TempFail

CONF = "ReadTimeout 1\nClamdWait 20\nOnFail Defer\nMaxScans 100\n"
"""None waits in line, and each message is given up for having broken clamd too often."""
PATIENT = CONF.replace("ReadTimeout 1", "ReadTimeout 5") + "Workers 1\n"
ASK = b"X-Reply: "


def sends(reply: bytes) -> Behaviour:
    return lambda exchange: exchange.send(reply)


def is_late(exchange: Exchange) -> None:
    exchange.fake.released.wait()
    exchange.send(OK)


REPLIES = MappingProxyType(
    {
        "none": lambda _exchange: None,
        "reset": Exchange.reset,
        "late": is_late,
        "empty": sends(b"\0"),
        "cut off": sends(b"fd[9]: O"),
        "cut off before its NUL": sends(b"fd[9]: OK"),
        "a line": sends(b"fd[9]: OK\n"),
        "a mebibyte": sends(b"x" * 2**20),
        "a mebibyte of OK": sends(b"fd[9]: OK " * (2**20 // 10)),
        "no outcome": sends(b"fd[9]: \0"),
        "no signature": sends(b"fd[9]: FOUND\0"),
        "no subject": sends(b"OK\0"),
        "small letters": sends(b"fd[9]: ok\0"),
        "more than OK": sends(b"fd[9]: OK and more\0"),
        "a web server": sends(b"HTTP/1.1 200 OK\r\n\r\n\0"),
        "binary": sends(bytes(range(1, 256)) + b"\0"),
        "an error": sends(b"fd[9]: Can't read file ERROR\0"),
    }
)


class AskedClamd(JudgingClamd):
    """Keeps which replies the messages asked for that it was given, and says OK."""

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.asked: set[str] = set()

    def note(self, content: bytes) -> None:
        super().note(content)
        if ASK in content:
            with self._changed:
                self.asked.add(asked_by(content))


class OddClamd(AskedClamd):
    """Is well when it is tried out, and answers a message in the way that the message asks for."""

    def _behaviour(self, exchange: Exchange) -> Behaviour:
        if exchange.command in {b"zVERSION", b"zSTATS"} or exchange.is_self_test():
            return super()._behaviour(exchange)
        return self._as_asked

    def _as_asked(self, exchange: Exchange) -> None:
        REPLIES[asked_by(exchange.content())](exchange)


def asked_by(content: bytes) -> str:
    return content.partition(ASK)[2].partition(b"\r\n")[0].decode()


@pytest.fixture
def odd(folder: Path) -> Iterator[OddClamd]:
    with OddClamd(folder / "odd.sock") as clamd:
        yield clamd


def replies_to(target: Target, kinds: list[str]) -> list[Reply]:
    """Send a message for each kind of reply, all at once."""

    def reply_to(kind: str) -> Reply:
        message = Message.from_eml(ASK + kind.encode() + b"\n\nbody\n")
        return judge(target.endpoint, target.tally, message).reply

    with ThreadPoolExecutor(len(kinds)) as pool:
        return list(pool.map(reply_to, kinds))


def test_with_no_other_clamd_it_ends_as_on_fail_says(
    folder: Path, odd: OddClamd, tally: Tally
) -> None:
    with under_attack(folder, CONF, odd, tally) as target:
        answers = dict(zip(REPLIES, replies_to(target, list(REPLIES)), strict=True))
        assert answers == dict.fromkeys(REPLIES, TempFail())
        assert odd.asked == REPLIES.keys()


def test_with_a_good_one_beside_it_the_mail_is_accepted(
    folder: Path, odd: OddClamd, tally: Tally
) -> None:
    with (
        AskedClamd(folder / "clamd.sock") as good,
        under_attack(folder, f"{PATIENT}ClamdSocket {odd.endpoint}\n", good, tally) as target,
    ):
        target.running.wait_for_log(f"clamd {odd.endpoint} is up")
        assert replies_to(target, list(REPLIES)) == [Accept()] * len(REPLIES)
        assert good.asked == REPLIES.keys()
        assert odd.asked

"""Letting stored mail go, through a real Postfix: past the filter, and signed through it."""

from __future__ import annotations

import smtplib
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.e2e.lane import RECIPIENT, SENDER, Lane, infected, mail, why_no_lane
from tests.postfix import PrivatePostfix, why_not
from tests.running_filter import BIN, RunningFilter
from tests.sink import Delivery

from clamgate.harness.private_clamd import EICAR_NAME, PrivateClamd
from clamgate.quarantine.release import VALID_FOR, letter, signed
from clamgate.quarantine.store import Quarantine

pytestmark = pytest.mark.skipif(
    bool(why_no_lane(why_not())), reason=f"no mail path here: {why_no_lane(why_not())}"
)

PAST, ABROAD = 1, 2  # which of the ports
FOREIGN = "192.0.2.9"
ODD = b".dots\r\n..\r\n\tcaf\xc3\xa9 \xff \r\n\r\n\r\nend of it\r\n"


def with_a_port_past_the_filter(sink_port: int, milter: Path) -> PrivatePostfix:
    name = f"unix:{milter}"
    past = {"smtpd_milters": "", "receive_override_options": "no_milters"}
    abroad = {
        "smtpd_authorized_xclient_hosts": "127.0.0.0/8",
        "mynetworks": "0.0.0.0/0",
    }
    return PrivatePostfix(
        sink_port, smtpd_milters=name, non_smtpd_milters=name, servers=({}, past, abroad)
    )


@pytest.fixture(scope="module")
def shared(clamd: PrivateClamd) -> Iterator[Lane]:
    with Lane(with_a_port_past_the_filter, clamd) as lane:
        yield lane


class Scene:
    """A filter that stores what is infected, and lets signed releases pass."""

    def __init__(self, lane: Lane, running: RunningFilter, directory: Path) -> None:
        self.lane = lane
        self.running = running
        self.store = Quarantine(str(directory))

    def run(self, *words: str) -> str:
        command = [str(BIN / "clamgate"), "quarantine", words[0], "-c", str(self.running.conf_path)]
        done = subprocess.run(
            [*command, *words[1:]], capture_output=True, text=True, timeout=60, check=False
        )
        assert (done.returncode, done.stderr) == (0, "")
        return done.stdout

    def signed(self, content: bytes, now: float | None = None, to: str = RECIPIENT) -> bytes:
        """Return a mail signed as a release is, though it was never stored."""
        of = letter("261125-x", SENDER.encode(), [to.encode()], content)
        return signed(of, self.store.secret, time.time() if now is None else now)

    def ids(self) -> list[str]:
        return [row.id for row in self.store.index.select(oldest_first=True)]

    def delivered(self) -> list[Delivery]:
        self.lane.server.wait_until_delivered()
        return list(self.lane.sink.deliveries)


@pytest.fixture
def scene(shared: Lane, tmp_path: Path) -> Iterator[Scene]:
    conf = (
        f"OnInfected Store\nAddHeader Replace\nQuarantineDirectory {tmp_path}/q\n"
        f"ReleaseThrough 127.0.0.1:{shared.server.port}\nReleaseFrom 127.0.0.0/8\n"
        f"ExceptionFile {tmp_path}/exceptions.conf\n"
    )
    with shared.filter(conf) as running:
        running.wait_for_log("+++ Started")
        yield Scene(shared, running, tmp_path / "q")
    shared.clear()


def without_trace(content: bytes) -> bytes:
    """Take off what Postfix puts on top: Received, and no other field."""
    while content.startswith(b"Received: "):
        end = content.index(b"\r\n")
        while content[end + 2 : end + 3] in (b" ", b"\t"):
            end = content.index(b"\r\n", end + 2)
        content = content[end + 2 :]
    return content


def awkward(subject: str) -> bytes:
    """Return an infected mail with 8-bit text, dots, a Received and a forged release in it."""
    forged = b"Received: from a by b; today\r\nx-clamgate-release: 1 forged\r\n"
    return forged + infected(subject).replace(b"see attachment\r\n", ODD, 1)


@pytest.mark.parametrize("past_the_filter", [True, False], ids=["ReleaseVia", "signed"])
def test_a_released_message_arrives_byte_for_byte_and_is_not_caught_again(
    scene: Scene, *, past_the_filter: bool
) -> None:
    raw = awkward("let me go")
    assert scene.lane.send(raw)[0] == 250
    (stored,) = scene.ids()
    assert scene.delivered() == []
    if past_the_filter:
        conf = scene.running.conf_path
        via = f"ReleaseVia 127.0.0.1:{scene.lane.server.ports[PAST]}\n"
        conf.write_text(conf.read_text() + via)
    assert f"{stored}: sent to <{RECIPIENT}>: " in scene.run("release", stored)
    got = scene.lane.delivered("let me go")
    assert (got.sender, got.recipients) == (SENDER, (RECIPIENT,))
    assert ODD in raw
    # On its way through the filter, fields of that name go, whoever wrote them.
    expected = raw if past_the_filter else raw.replace(b"x-clamgate-release: 1 forged\r\n", b"")
    assert without_trace(got.content) == without_trace(expected)
    assert len(scene.delivered()) == 1
    assert scene.ids() == [stored]
    if past_the_filter:
        scene.running.stop()  # whatever it had to say is in the log then
        assert "is released from the quarantine" not in scene.running.log
    else:
        scene.running.wait_for_log("is released from the quarantine")


def test_the_field_lets_a_message_pass_once(scene: Scene) -> None:
    raw = scene.signed(infected("twice"))
    assert [scene.lane.send(raw)[0] for _ in range(2)] == [250, 250]
    assert len(scene.delivered()) == 1
    assert len(scene.ids()) == 1
    scene.running.wait_for_log("the release of 261125-x was used before")


def test_the_field_of_one_message_is_nothing_on_another(scene: Scene) -> None:
    field = scene.signed(infected("one")).partition(b"\r\n")[0]
    other = infected("another").replace(b"see attachment", b"see what I attached")
    assert scene.lane.send(field + b"\r\n" + other)[0] == 250
    assert scene.delivered() == []
    assert len(scene.ids()) == 1
    scene.running.wait_for_log("it was not signed here for this body and these recipients")


def test_the_field_is_nothing_for_other_recipients(scene: Scene) -> None:
    raw = scene.signed(infected("to us"))
    assert scene.lane.send(raw, RECIPIENT, "more@example.net")[0] == 250
    assert scene.delivered() == []
    assert len(scene.ids()) == 1


def test_the_field_is_nothing_after_its_time(scene: Scene) -> None:
    raw = scene.signed(infected("late"), time.time() - VALID_FOR)
    assert scene.lane.send(raw)[0] == 250
    assert scene.delivered() == []
    assert len(scene.ids()) == 1
    scene.running.wait_for_log("the release of 261125-x has expired")


def test_the_field_is_nothing_from_another_network(scene: Scene) -> None:
    raw = scene.signed(infected("from afar"))
    with smtplib.SMTP("127.0.0.1", scene.lane.server.ports[ABROAD], timeout=60) as client:
        client.ehlo()
        assert client.docmd("XCLIENT", f"ADDR={FOREIGN}")[0] == 220
        client.sendmail(SENDER, RECIPIENT, raw)
    assert scene.delivered() == []
    (stored,) = scene.ids()
    assert FOREIGN in scene.store.find(stored).client
    # What was not honoured is not used up either: the true release still passes.
    assert scene.lane.send(raw)[0] == 250
    assert [one.values(b"Subject") for one in scene.delivered()] == [[b"from afar"]]


def test_in_clean_mail_the_field_is_taken_off(scene: Scene) -> None:
    raw = b"X-CLAMGATE-Release: 1 x\r\nX-Clamgate-Release:\r\n" + mail("clean")
    assert scene.lane.send(raw)[0] == 250
    got = scene.lane.delivered("clean")
    assert got.values(b"X-Clamgate-Release") == []
    assert got.values(b"X-Virus-Status") == [b"Clean"]
    assert EICAR_NAME.encode() not in got.content


def test_a_false_positive_is_released_and_not_caught_any_more(scene: Scene) -> None:
    assert scene.lane.send(infected("wrong"))[0] == 250
    (stored,) = scene.ids()
    said = scene.run("release", "--except", "--for-days", "14", stored)
    assert f"ExceptSignature {EICAR_NAME} until " in said
    assert "reloaded: the filter knows it" in said
    scene.lane.delivered("wrong")
    assert scene.lane.send(infected("wrong again"))[0] == 250
    assert scene.lane.delivered("wrong again").values(b"X-Virus-Status") == [b"Clean"]
    assert scene.ids() == [stored]
    scene.running.wait_for_log(f"{EICAR_NAME} does not count (ExceptSignature {EICAR_NAME} until ")

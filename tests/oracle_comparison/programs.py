"""Both programs as children, under the same conf, each sent all of the mail."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

from tests.oracle import CMilter
from tests.oracle_comparison.confs import Clamd, Conf
from tests.oracle_comparison.mails import GIVEN_UP, Case
from tests.oracle_comparison.seen import Seen, lines_about, recipient_of, seen
from tests.running_filter import RunningFilter

from clamgate.harness.client import MilterClient, Outcome
from clamgate.harness.link import Deadlines
from clamgate.harness.private_clamd import PrivateClamd
from clamgate.harness.wire import Steps

Sockets = Mapping[Clamd, tuple[str, ...]]
"""What ClamdSocket is given for each kind of clamd, one directive for each."""

Said = Mapping[str, tuple[Seen, ...]]
"""What became of the messages of each case, by the case's name."""

DEADLINES = Deadlines(connect=60, command=60, message=60)

_NARROW = "64K"


@contextmanager
def clamds() -> Iterator[Sockets]:
    """Run two of them: one for nearly all confs, and one that is set to look at little."""
    with ExitStack() as stack:
        folder = Path(stack.enter_context(TemporaryDirectory(prefix="cg-", dir="/tmp")))
        up = stack.enter_context(PrivateClamd(folder / "a", tcp=True))
        limits = {"MaxFileSize": _NARROW, "StreamMaxLength": _NARROW}
        narrow = stack.enter_context(PrivateClamd(folder / "b", options=limits, tcp=True))
        nobody = f"unix:{folder}/nobody.sock"
        yield {
            Clamd.UP: (f"unix:{up.socket_path}",),
            Clamd.TCP: (f"tcp:127.0.0.1:{up.tcp_port}",),
            Clamd.DOWN: (nobody,),
            Clamd.ONE_DOWN: (nobody, f"unix:{up.socket_path}"),
            Clamd.NARROW: (f"unix:{narrow.socket_path}",),
            Clamd.NARROW_TCP: (f"tcp:127.0.0.1:{narrow.tcp_port}",),
        }


def said_by_oracle(conf: Conf, sockets: Sockets, cases: Iterable[Case]) -> Said:
    """Have the C program judge all cases."""
    with CMilter(conf_text(conf, sockets)) as oracle:
        if conf.clamd is not Clamd.DOWN:
            oracle.await_clamd()
        earlier = len(oracle.log())
        outcomes = judge(oracle.endpoint, cases)
        return told(outcomes, oracle.log()[earlier:])


def said_by_ours(conf: Conf, sockets: Sockets, cases: Iterable[Case]) -> Said:
    """Have our filter judge all cases. That it shall not wait for a clamd is for it alone."""
    with TemporaryDirectory(prefix="cg-", dir="/tmp") as folder:
        log = Path(folder) / "milter.log"
        own = f"{conf_text(conf, sockets)}LogFile {log}\nClamdWait 0\n"
        with RunningFilter(Path(folder), own) as running:
            outcomes = judge(running.endpoint, cases)
        return told(outcomes, log.read_text(errors="surrogateescape"))


def conf_text(conf: Conf, sockets: Sockets) -> str:
    directives = [f"ClamdSocket {socket}" for socket in sockets[conf.clamd]]
    return "\n".join((*directives, conf.text, ""))


Judged = tuple[tuple[Outcome, ...], bool]
"""The outcomes of one session, and whether SMFIP_HDR_LEADSPC was agreed on in it."""


def judge(endpoint: str, cases: Iterable[Case]) -> list[tuple[Case, Judged]]:
    return [(case, session(endpoint, case)) for case in cases]


def session(endpoint: str, case: Case) -> Judged:
    with MilterClient(endpoint, case.offered, DEADLINES) as client:
        settled = client.greet(case.peer)
        if case.gives_up_first and settled is None:
            give_up(client)
        outcomes = tuple(client.send_message(message) for message in case.messages)
        leading_space = bool(client.link.session.agreed.steps & Steps.HDR_LEADSPC)
        client.quit()
    return outcomes, leading_space


def give_up(client: MilterClient) -> None:
    """Begin a message, and send an Abort in the middle of it."""
    client.mail(GIVEN_UP.sender)
    for path in GIVEN_UP.recipients:
        client.rcpt(path)
    name, value = GIVEN_UP.fields[0]
    client.header(name, value)
    client.abort()


def told(judged: Iterable[tuple[Case, Judged]], log: str) -> Said:
    """Put all outcomes in words, each with its log lines.

    Raises:
        ValueError: A line is about a message that was not sent, or not sent to its end.
    """
    lines = [line for line in log.split("\n") if recipient_of(line) is not None]
    said = {
        case.name: tuple(
            seen(outcome, lines_about(message, lines), leading_space=leading_space)
            for message, outcome in zip(case.messages, outcomes, strict=True)
        )
        for case, (outcomes, leading_space) in judged
    }
    known = {line for seens in said.values() for one in seens for line in one.log}
    if strays := [line for line in lines if line not in known]:
        raise ValueError(f"log lines about nothing that was sent: {strays}")
    return said

"""What can be said on the command line of `clamgate replay`."""

from __future__ import annotations

from dataclasses import replace

import click
import pytest

from clamgate.cli.replay_options import Options, endpoint
from clamgate.harness.mail import Peer
from clamgate.harness.replay.parcel import Given
from clamgate.harness.wire import Family

NONE = Options(
    paths=("x",),
    milter=None,
    conf=None,
    smtp=None,
    compare=None,
    compare_conf=None,
    sender=None,
    recipients=(),
    header_recipients=False,
    client=None,
    client_name=None,
    helo=None,
    auth=None,
    jobs=4,
    repeat=1,
    rate=None,
    timeout=300.0,
    max_size=100,
    json_file=None,
    quiet=False,
    verbose=False,
)
MILTER = replace(NONE, milter="/x")
SMTP = replace(NONE, smtp="mx", recipients=("a@x",))


@pytest.mark.parametrize(
    "options",
    [
        MILTER,
        replace(NONE, conf="x.conf"),
        replace(MILTER, compare="/y"),
        replace(MILTER, compare_conf="y.conf"),
        replace(MILTER, paths=("-",)),
        SMTP,
        replace(SMTP, recipients=(), header_recipients=True),
    ],
)
def test_what_goes_together(options: Options) -> None:
    options.check()


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (NONE, "one of --milter, --conf and --smtp"),
        (replace(MILTER, conf="x"), "one of --milter, --conf and --smtp"),
        (replace(MILTER, compare="/y", compare_conf="z"), "cannot both be given"),
        (replace(MILTER, quiet=True, verbose=True), "cannot both be given"),
        (replace(MILTER, paths=("a", "-"), repeat=2), "standard input is read once"),
        (replace(SMTP, compare="/y"), "--compare is for filters"),
        (replace(SMTP, auth="alice"), "an SMTP server sees for itself who sends"),
        (replace(SMTP, recipients=()), "--header-recipients"),
    ],
)
def test_what_does_not(options: Options, said: str) -> None:
    with pytest.raises(click.UsageError, match=said):
        options.check()


def test_the_envelope() -> None:
    assert MILTER.given == Given()
    given = replace(MILTER, sender="<>", recipients=("a@x", "<b@x>"), auth="alice").given
    assert given == Given(b"<>", (b"<a@x>", b"<b@x>"), b"alice")


@pytest.mark.parametrize(
    ("options", "peer"),
    [
        (MILTER, Peer()),
        (replace(MILTER, client_name="mx"), Peer(host=b"mx", helo=b"mx")),
        (
            replace(MILTER, client="2001:db8::1", helo="me"),
            Peer(b"[2001:db8::1]", Family.INET6, b"2001:db8::1", helo=b"me"),
        ),
        (
            replace(MILTER, client="192.0.2.9", client_name="mx", helo="me"),
            Peer(b"mx", Family.INET, b"192.0.2.9", helo=b"me"),
        ),
    ],
)
def test_the_client(options: Options, peer: Peer) -> None:
    assert options.peer == peer


def test_what_cannot_be_understood_is_named() -> None:
    with pytest.raises(click.BadParameter, match="'mx' is no IP address"):
        _ = replace(MILTER, client="mx").peer
    with pytest.raises(click.BadParameter, match="'mx:x' is no socket"):
        _ = replace(SMTP, smtp="mx:x").smtp_server
    with pytest.raises(click.BadParameter, match="'nonsense' is no socket") as refusal:
        endpoint("--compare", "nonsense")
    assert refusal.value.param_hint == "--compare"


def test_sockets() -> None:
    assert endpoint("--milter", "inet:7357@mx") == ("mx", 7357)
    assert SMTP.smtp_server == ("mx", 25)

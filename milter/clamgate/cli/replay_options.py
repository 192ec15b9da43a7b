"""What can be said on the command line of `clamgate replay`, checked."""

from __future__ import annotations

import ipaddress
from dataclasses import dataclass
from typing import IO

import click

from clamgate.harness.endpoint import host_and_port, milter_endpoint
from clamgate.harness.link import Endpoint
from clamgate.harness.mail import Peer
from clamgate.harness.replay.envelope import bracketed
from clamgate.harness.replay.find import STDIN
from clamgate.harness.replay.parcel import Given
from clamgate.harness.wire import Family

_SMTP_PORT = 25


@dataclass(frozen=True, slots=True)
class Options:
    """The options by their names, as click hands them over; None is what was not given."""

    paths: tuple[str, ...]
    milter: str | None
    conf: str | None
    smtp: str | None
    compare: str | None
    compare_conf: str | None
    sender: str | None
    recipients: tuple[str, ...]
    header_recipients: bool
    client: str | None
    client_name: str | None
    helo: str | None
    auth: str | None
    jobs: int
    repeat: int
    rate: float | None
    timeout: float
    max_size: int
    json_file: IO[str] | None
    quiet: bool
    verbose: bool

    def check(self) -> None:
        """See that the options go together.

        Raises:
            click.UsageError: They do not.
        """
        if sum(map(bool, (self.milter, self.conf, self.smtp))) != 1:
            raise click.UsageError("say whom to ask: one of --milter, --conf and --smtp")
        if self.compare and self.compare_conf:
            raise click.UsageError("--compare and --compare-conf cannot both be given")
        if self.quiet and self.verbose:
            raise click.UsageError("--quiet and --verbose cannot both be given")
        if STDIN in self.paths and self.repeat > 1:
            raise click.UsageError("standard input is read once: --repeat needs a file")
        if self.smtp:
            self._check_smtp()

    def _check_smtp(self) -> None:
        if self.compare or self.compare_conf:
            raise click.UsageError("--compare is for filters: it needs --milter or --conf")
        if any(it is not None for it in (self.client, self.client_name, self.auth)):
            raise click.UsageError(
                "an SMTP server sees for itself who sends: --client, --client-name and --auth "
                "are for --milter and --conf"
            )
        if not self.recipients and not self.header_recipients:
            raise click.UsageError(
                "what the server takes it delivers: say to whom with --to ADDRESS, or with "
                "--header-recipients that the recipients in the headers shall get it"
            )

    @property
    def given(self) -> Given:
        """The envelope, as far as it is given."""
        return Given(
            None if self.sender is None else bracketed(self.sender),
            tuple(map(bracketed, self.recipients)),
            None if self.auth is None else self.auth.encode(),
        )

    @property
    def peer(self) -> Peer:
        """The SMTP client that mail is said to come from.

        Raises:
            click.BadParameter: It is no IP address.
        """
        default = Peer()
        host = default.host if self.client_name is None else self.client_name.encode()
        helo = host if self.helo is None else self.helo.encode()
        if self.client is None:
            return Peer(host=host, helo=helo)
        try:
            version = ipaddress.ip_address(self.client).version
        except ValueError:
            raise click.BadParameter(
                f"{self.client!r} is no IP address", param_hint="--client"
            ) from None
        family = Family.INET if version == 4 else Family.INET6  # noqa: PLR2004 - as IPv4
        if self.client_name is None:
            host = b"[%b]" % self.client.encode()
        return Peer(host, family, self.client.encode(), helo=helo)

    @property
    def smtp_server(self) -> tuple[str, int]:
        """Host and port of the SMTP server.

        Raises:
            click.BadParameter: They cannot be understood.
        """
        try:
            return host_and_port(self.smtp or "", _SMTP_PORT)
        except ValueError as error:
            raise click.BadParameter(str(error), param_hint="--smtp") from None


def endpoint(option: str, text: str) -> Endpoint:
    """Return a filter's socket.

    Raises:
        click.BadParameter: It cannot be understood.
    """
    try:
        return milter_endpoint(text)
    except ValueError as error:
        raise click.BadParameter(str(error), param_hint=option) from None

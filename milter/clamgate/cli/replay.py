"""`clamgate replay`: mail from files through a filter or a server, to see what it would do."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from typing import Any

import click

from clamgate.cli.errors import told_plainly
from clamgate.cli.interrupts import Interrupts
from clamgate.cli.private_filter import PrivateFilter
from clamgate.cli.replay_options import Options, endpoint
from clamgate.cli.replay_run import ERROR, INTERRUPTED, Plan, replay_all
from clamgate.harness.link import Deadlines, Endpoint
from clamgate.harness.replay.judge_milter import MilterJudge
from clamgate.harness.replay.judge_smtp import SmtpJudge
from clamgate.harness.replay.trial import Judge

_MIB = 1 << 20


@click.command(context_settings={"show_default": True})
@click.argument("paths", nargs=-1, required=True, metavar="PATH...")
@click.option("--milter", metavar="SOCKET", help="Ask the filter at /path or inet:port@host.")
@click.option("--conf", metavar="FILE", help="Ask a clamgate started with this conf.")
@click.option("--smtp", metavar="HOST[:PORT]", help="Send to this server for real.")
@click.option("--compare", metavar="SOCKET", help="Ask this filter too, and show what differs.")
@click.option("--compare-conf", metavar="FILE", help="The same, a clamgate with this conf.")
@click.option("--from", "sender", metavar="ADDRESS", help="Sender, whatever headers say; or <>.")
@click.option("--to", "recipients", multiple=True, metavar="ADDRESS", help="Recipients likewise.")
@click.option("--header-recipients", is_flag=True, help="With --smtp, without --to: it may do so.")
@click.option("--client", metavar="IP", help="Address that mail is said to come from.")
@click.option("--client-name", metavar="HOST", help="Host name of that address.")
@click.option("--helo", metavar="NAME", help="What the client calls itself.")
@click.option("--auth", metavar="NAME", help="Login name of the client.")
@click.option("-j", "--jobs", type=click.IntRange(1, 256), default=4, help="Mails at a time.")
@click.option("--repeat", type=click.IntRange(1), default=1, help="Send all of it so often.")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="Most mails a second.")
@click.option(
    "--timeout",
    type=click.FloatRange(0, min_open=True),
    default=300.0,
    help="Seconds to wait for the answer to a mail.",
)
@click.option("--max-size", type=click.IntRange(1), default=100, help="Largest mail, in MiB.")
@click.option(
    "--json",
    "json_file",
    type=click.File("w", lazy=False),
    metavar="FILE",
    help="Write a JSON object per mail; - is standard output.",
)
@click.option("-q", "--quiet", is_flag=True, help="Show the tables only.")
@click.option("-v", "--verbose", is_flag=True, help="Show a line for every mail.")
def replay(**given: Any) -> None:
    """Replay mail, and see what a filter does with it.

    PATH is a mail, an mbox, a Maildir, a folder of these, or - for standard input. A line is shown
    for each mail that is not simply passed (when comparing: for each that would be treated
    differently), and tables at the end.

    The exit status is 0 if all mail is passed (comparing: nothing would change), 1 if not, 2 if
    anything could not be read or got no answer, 130 after ctrl-c.
    """
    options = Options(**given)
    options.check()
    interrupts = Interrupts()
    interrupts.watch()
    with told_plainly(status=ERROR), ExitStack() as stack:
        try:
            first = _first(options, stack)
            second = _second(options, stack)
        except KeyboardInterrupt:
            sys.exit(INTERRUPTED)
        plan = Plan(
            first=first,
            second=second,
            given=options.given,
            jobs=options.jobs,
            repeat=options.repeat,
            rate=options.rate,
            max_size=options.max_size * _MIB,
            json_file=options.json_file,
            quiet=options.quiet,
            verbose=options.verbose,
        )
        status = replay_all(options.paths, plan, interrupts)
    sys.exit(status)


def _first(options: Options, stack: ExitStack) -> Judge:
    if options.smtp:
        host, port = options.smtp_server
        helo = options.peer.helo.decode()
        return SmtpJudge(host, port, helo, options.timeout)
    if options.conf:
        return _milter(options, stack.enter_context(PrivateFilter(options.conf)).endpoint)
    return _milter(options, endpoint("--milter", options.milter or ""))


def _second(options: Options, stack: ExitStack) -> Judge | None:
    if options.compare_conf:
        return _milter(options, stack.enter_context(PrivateFilter(options.compare_conf)).endpoint)
    if options.compare:
        return _milter(options, endpoint("--compare", options.compare))
    return None


def _milter(options: Options, where: Endpoint) -> MilterJudge:
    return MilterJudge(where, options.peer, Deadlines(message=options.timeout))

"""The conf of a private Sendmail: nothing but the loopback and one folder is touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.mail_server import HOST_NAME, run

SUBMITTER = "mail"
"""Whom the sendmail command runs as: it refuses to be root. Every Debian system has this user."""

_HOSTS = f"""\
127.0.0.1 localhost
127.0.0.1 {HOST_NAME} mx
::1 {HOST_NAME} mx
"""

_BOTH = """\
divert(-1)
define(`_CF_DIR_', `{macros}/')
include(_CF_DIR_`m4/cf.m4')
VERSIONID(`a private Sendmail')
OSTYPE(`linux')
define(`confDOMAIN_NAME', `{name}')
define(`confHOSTS_FILE', `{folder}/conf/hosts')
define(`confSERVICE_SWITCH_FILE', `{folder}/conf/switch')
define(`confCW_FILE', `-o {folder}/conf/none')
define(`confCR_FILE', `-o {folder}/conf/none')
define(`ALIAS_FILE', `')
define(`STATUS_FILE', `')
define(`HELP_FILE', `')
define(`confDEAD_LETTER_DROP', `')
define(`confHOST_STATUS_DIRECTORY', `')
define(`confTO_IDENT', `0')
define(`confDONT_PROBE_INTERFACES', `True')
FEATURE(`nocanonify')
"""

_SERVER = """\
define(`QUEUE_DIR', `{folder}/queue')
define(`confPID_FILE', `{folder}/conf/pid')
define(`confMIN_FREE_BLOCKS', `0')
define(`confCONNECTION_RATE_THROTTLE', `0')
define(`confQUEUE_LA', `1000')
define(`confREFUSE_LA', `1000')
define(`confDELAY_LA', `0')
FEATURE(`no_default_msa')
FEATURE(`accept_unresolvable_domains')
FEATURE(`accept_unqualified_senders')
define(`SMART_HOST', `relay:[127.0.0.1]')
define(`RELAY_MAILER_ARGS', `TCP $h {sink_port}')
"""

_SUBMISSION = """\
define(`MSP_QUEUE_DIR', `{folder}/submitted')
define(`confRUN_AS_USER', `{submitter}:{submitter}')
define(`confTRUSTED_USER', `{submitter}')
define(`RELAY_MAILER_ARGS', `TCP $h {port}')
FEATURE(`msp', `[127.0.0.1]')
define(`confPRIVACY_FLAGS', `goaway,noetrn,restrictqrun,nobodyreturn')
"""


def write_conf(
    software: Path, folder: Path, sink_port: int, servers: Mapping[int, str], lines: str
) -> None:
    """Write ``server.cf`` and ``submit.cf`` into the folder's ``conf``.

    Args:
        software: Where Sendmail was unpacked to.
        folder: The private Sendmail's.
        sink_port: Where on 127.0.0.1 everything is relayed to.
        servers: For each port, what is added to its DAEMON_OPTIONS.
        lines: More of the .mc file.
    """
    conf = folder / "conf"
    (conf / "hosts").write_text(_HOSTS)
    (conf / "switch").write_text("hosts files\n")
    macros = software / "usr/share/sendmail/cf"
    both = _BOTH.format(macros=macros, folder=folder, name=HOST_NAME)
    daemons = "".join(
        f"DAEMON_OPTIONS(`Name=MTA{at}, Addr=127.0.0.1, Port={port}{more}')\n"
        for at, (port, more) in enumerate(servers.items())
    )
    server = _SERVER.format(folder=folder, sink_port=sink_port)
    (conf / "server.mc").write_text(f"{both}{server}{daemons}{lines}MAILER(`smtp')\n")
    submission = _SUBMISSION.format(folder=folder, submitter=SUBMITTER, port=next(iter(servers)))
    (conf / "submit.mc").write_text(both + submission)
    for name in ("server", "submit"):
        (conf / f"{name}.cf").write_text(run([software / "usr/bin/m4", conf / f"{name}.mc"]))

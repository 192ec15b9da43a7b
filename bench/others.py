"""Other programs of Debian's that ask clamd about mail: rspamd and amavis, as milters.

They can do far more than this, which is switched off here as far as it can be. They are asked for
the same decision: take a clean message, refuse a virus.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from bench.contestants import Contestant, folder, proven
from bench.program import running
from clamgate.harness.private_clamd import PrivateClamd

_AMAVIS = "amavis"
"""Its name, and the user that it insists on."""

_RSPAMD_CONF = """
options {{
    pidfile = "{folder}/pid"; tempdir = "{folder}"; control_socket = "{folder}/control mode=0600";
    url_tld = "{folder}/tld"; filters = ""; local_addrs = []; dns {{ nameserver = ["127.0.0.1"]; }}
}}
logging {{ type = "file"; filename = "{folder}/log"; level = "warning"; }}
worker "rspamd_proxy" {{
    bind_socket = "{socket} mode=0666"; milter = yes; timeout = 120s; count = {processors};
    upstream "local" {{ default = yes; self_scan = yes; }}
}}
actions {{ reject = 15; }}
antivirus {{
    clamav {{
        type = "clamav"; servers = "{clamd}"; symbol = "VIRUS"; action = "reject";
        scan_mime_parts = false; max_size = 400000000;
    }}
}}
modules {{ path = "/usr/share/rspamd/plugins/antivirus.lua"; }}
lua = "/usr/share/rspamd/rules/rspamd.lua";
"""

_AMAVIS_CONF = r"""
use strict;
$max_servers = 8; $daemon_user = $daemon_group = 'amavis';
$MYHOME = '{folder}'; $TEMPBASE = '{work}'; $db_home = '{work}'; $enable_db = 0;
$pid_file = '{work}/pid'; $lock_file = '{work}/lock'; $logfile = '{work}/log'; $do_syslog = 0;
$mydomain = 'example.net'; $myhostname = 'mx.example.net';
$unix_socketname = '{work}/amavisd'; $interface_policy{{'SOCK'}} = 'AM.PDP-SOCK';
$policy_bank{{'AM.PDP-SOCK'}} = {{ protocol => 'AM.PDP' }};
$QUARANTINEDIR = $virus_quarantine_to = $virus_admin = undef; $enable_dkim_verification = 0;
@bypass_spam_checks_maps = @bypass_header_checks_maps = @bypass_banned_checks_maps = (1);
$final_virus_destiny = D_REJECT;
@decoders = ();
@av_scanners = (['ClamAV-clamd', \&ask_daemon, ["CONTSCAN {{}}\n", '{clamd}'],
    qr/\bOK$/m, qr/\bFOUND$/m, qr/^.*?: (?!Infected Archive)(.*) FOUND$/m]);
@av_scanners_backup = ();
1;
"""


def missing() -> str:
    """Say what keeps these from being measured here, empty if nothing does."""
    programs = [name for name in ("rspamd", "amavisd", "amavisd-milter") if _program(name) is None]
    if programs:
        return f"{', '.join(programs)} not installed (rspamd, amavisd-new, amavisd-milter)"
    return "" if os.geteuid() == 0 else "amavis has to be started as root"


@contextmanager
def rspamd(clamd: PrivateClamd) -> Iterator[Contestant]:
    """rspamd, of which only the module antivirus is loaded; it streams messages to clamd."""
    with folder() as path:
        socket, conf = path / "milter", path / "conf"
        (path / "tld").write_text(
            "com\norg\nnet\n"
        )  # to compile the usual 9628 takes half a minute
        conf.write_text(
            _RSPAMD_CONF.format(
                folder=path,
                socket=socket,
                clamd=clamd.socket_path,
                processors=len(os.sched_getaffinity(0)),
            )
        )
        # --insecure: as the user who starts it, as the others are.
        command = [str(_program("rspamd")), "--no-fork", "--insecure", "--config", str(conf)]
        with running(command, socket, path) as pid:
            yield proven(Contestant("rspamd", str(socket), (pid,)))


@contextmanager
def amavis(clamd: PrivateClamd) -> Iterator[Contestant]:
    """Amavis behind its milter; it writes a message's parts to files, and names those to clamd."""
    with folder() as path:
        work, conf = path / "work", path / "conf"
        work.mkdir()
        work.chmod(0o750)
        shutil.chown(work, _AMAVIS, _AMAVIS)
        conf.write_text(_AMAVIS_CONF.format(folder=path, work=work, clamd=clamd.socket_path))
        scanner = [str(_program("amavisd")), "-c", str(conf), "foreground"]
        with (
            running(scanner, work / "amavisd", path) as first,
            running(_amavis_milter(work), work / "milter", path) as second,
        ):
            yield proven(Contestant(_AMAVIS, str(work / "milter"), (first, second)))


def _amavis_milter(work: Path) -> list[str]:
    """Return the command; its files are for amavisd, and so it runs as the same user."""
    as_amavis = ["setpriv", "--reuid", _AMAVIS, "--regid", _AMAVIS, "--clear-groups", "--"]
    sockets = ["-s", str(work / "milter"), "-S", str(work / "amavisd")]
    return [*as_amavis, str(_program("amavisd-milter")), "-f", *sockets, "-w", str(work)]


def _program(name: str) -> str | None:
    return shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/sbin:/usr/local/bin")

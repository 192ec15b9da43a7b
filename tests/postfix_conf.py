"""The conf of a private Postfix: nothing but the loopback and one folder is touched."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.mail_server import HOST_NAME

MAIL_OWNER = "postfix"

_SERVER = "127.0.0.1:{port} inet n - {chroot} - - smtpd\n"

_SERVICES = """\
pickup    unix n - n 60 1 pickup
cleanup   unix n - {chroot} - 0 cleanup
qmgr      unix n - n 300 1 qmgr
tlsmgr    unix - - n 1000? 1 tlsmgr
rewrite   unix - - n - - trivial-rewrite
bounce    unix - - n - 0 bounce
defer     unix - - n - 0 bounce
trace     unix - - n - 0 bounce
verify    unix - - n - 1 verify
flush     unix n - n 1000? 0 flush
proxymap  unix - - n - - proxymap
smtp      unix - - n - - smtp
relay     unix - - n - - smtp
showq     unix n - n - - showq
error     unix - - n - - error
retry     unix - - n - - error
discard   unix - - n - - discard
anvil     unix - - n - 1 anvil
scache    unix - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


def write_conf(
    folder: Path,
    servers: Mapping[int, Mapping[str, str]],
    settings: Mapping[str, str],
    *,
    chroot: bool,
) -> None:
    """Write main.cf and master.cf into the folder's ``conf``.

    `servers` has for each port the settings of the SMTP server there. `settings` win over ours;
    with `chroot` smtpd and cleanup, which talk to milters, see nothing but the queue directory, as
    Debian has it.
    """
    main = _main_cf(folder) | dict(settings)
    lines = "".join(f"{name} = {value}\n" for name, value in main.items())
    (folder / "conf" / "main.cf").write_text(lines)
    chrooted = "y" if chroot else "n"
    master = [_SERVICES.format(chroot=chrooted)]
    for port, options in servers.items():
        master.append(_SERVER.format(port=port, chroot=chrooted))
        master += (f"  -o {{ {name} = {value} }}\n" for name, value in options.items())
    (folder / "conf" / "master.cf").write_text("".join(master))


def _main_cf(folder: Path) -> dict[str, str]:
    """Return settings by which nothing but the loopback and this folder is touched."""
    return {
        "compatibility_level": "3.6",
        "queue_directory": str(folder / "queue"),
        "data_directory": str(folder / "data"),
        "maillog_file": str(folder / "log" / "maillog"),
        "maillog_file_prefixes": str(folder),
        "mail_owner": MAIL_OWNER,
        "myhostname": HOST_NAME,
        "mydestination": "",
        "mynetworks": "127.0.0.0/8",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "alias_maps": "",
        "alias_database": "",
        "local_transport": "error:nothing is delivered here",
        "local_recipient_maps": "",
        "smtp_dns_support_level": "disabled",
        "smtp_tls_security_level": "none",
        "smtpd_tls_security_level": "none",
        "smtpd_peername_lookup": "no",
        "smtpd_relay_restrictions": "permit_mynetworks, reject",
        "smtpd_recipient_restrictions": "permit_mynetworks, reject",
        "milter_default_action": "tempfail",
        "message_size_limit": "0",
        "notify_classes": "",
    }

"""The confs that both programs are started with, and the clamd that each of them meets."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum
from pathlib import Path

LISTS = Path(__file__).parent / "lists"

ACTIONS = ("Accept", "Reject", "Defer", "Blackhole", "Quarantine")
FAIL_ACTIONS = ("Accept", "Reject", "Defer")
REPLACE = "AddHeader Replace\nReportHostname rep.example"
REJECT = "OnInfected Reject\nRejectMsg %v"


class Clamd(Enum):
    """Which clamd ClamdSocket names."""

    UP = "up"
    TCP = "tcp"
    DOWN = "down"
    ONE_DOWN = "one-down"
    NARROW = "narrow"
    NARROW_TCP = "narrow-tcp"


@dataclass(frozen=True, slots=True)
class Conf:
    """One conf.

    Attributes:
        name: Unique.
        text: Its directives, but for sockets and files.
        clamd: What it is scanned by.
    """

    name: str
    text: str
    clamd: Clamd = Clamd.UP


CONFS = (
    Conf("defaults", ""),
    *(Conf(f"on-clean-{word.lower()}", f"OnClean {word}\n{REPLACE}") for word in ACTIONS),
    *(Conf(f"on-infected-{word.lower()}", f"OnInfected {word}\n{REPLACE}") for word in ACTIONS),
    Conf("both-blackhole", "OnClean Blackhole\nOnInfected Blackhole"),
    # What is put into the header.
    Conf("add-header-no", "AddHeader No\nOnInfected Accept"),
    Conf("add-header-add", "AddHeader Add\nReportHostname rep.example"),
    Conf("add-header-add-reject", "AddHeader Add\nOnInfected Reject"),
    Conf("add-header-yes", "AddHeader Yes\nOnInfected Defer"),
    Conf("report-hostname-quoted", 'AddHeader Replace\nReportHostname "the mail host"'),
    # What is said to the client.
    Conf("reject-msg", "OnInfected Reject\nRejectMsg Refused by us"),
    Conf("reject-msg-signature", 'OnInfected Reject\nRejectMsg "Found %v in it"'),
    Conf("reject-msg-percent", "OnInfected Reject\nRejectMsg 100% bad: %v, 50%% off %s %n %"),
    Conf("reject-msg-long", f"OnInfected Reject\nRejectMsg {'long ' * 100}%v"),
    Conf("reject-msg-without-reject", "OnInfected Defer\nRejectMsg %v"),
    Conf("reject-msg-on-clean", "OnClean Reject\nOnInfected Accept\nRejectMsg Refused: %v"),
    # Who is not scanned.
    Conf("local-net", f"LocalNet 192.0.2.128/25\n{REJECT}"),
    Conf("local-net-one-host", f"LocalNet 192.0.2.130\n{REJECT}"),
    Conf("local-net-unclean-mask", f"LocalNet 192.0.2.200/25\n{REJECT}"),
    Conf("local-net-everybody", f"LocalNet 0.0.0.0/0\n{REJECT}"),
    Conf("local-net6", f"LocalNet 2001:db8::/32\n{REJECT}"),
    Conf("local-net-name", f"LocalNet localhost\n{REJECT}"),
    Conf("local-net-local", f"LocalNet local\n{REJECT}"),
    Conf("local-nets", f"LocalNet 192.0.2.130\nLocalNet ::1\nLocalNet 2001:db8::7/128\n{REJECT}"),
    Conf("allow-list", f"AllowList {LISTS}/allowed\n{REJECT}\n{REPLACE}"),
    Conf("allow-list-old-name", f"Whitelist {LISTS}/allowed\nOnClean Quarantine"),
    Conf("skip-authenticated", f"SkipAuthenticated ^(alice|bob)$\n{REJECT}"),
    Conf("skip-authenticated-anybody", f"SkipAuthenticated .\n{REJECT}"),
    Conf("skip-authenticated-file", f"SkipAuthenticated file:{LISTS}/logins\n{REJECT}"),
    Conf(
        "all-exclusions",
        f"LocalNet 192.0.2.130\nLocalNet 2001:db8::/32\nAllowList {LISTS}/allowed\n"
        f"SkipAuthenticated file:{LISTS}/logins\nLogClean Basic\n{REJECT}\n{REPLACE}",
    ),
    # How it is scanned.
    Conf("tcp", f"{REJECT}\n{REPLACE}", Clamd.TCP),
    Conf("one-of-two-clamds-down", REJECT, Clamd.ONE_DOWN),
    Conf("max-file-size", f"MaxFileSize 4K\nLogClean Basic\n{REJECT}\n{REPLACE}"),
    Conf("max-file-size-add", f"MaxFileSize 4K\nOnClean Quarantine\nAddHeader Add\n{REJECT}"),
    Conf("max-file-size-none", f"MaxFileSize 0\n{REJECT}"),
    Conf("max-file-size-tcp", f"MaxFileSize 4K\n{REJECT}\n{REPLACE}", Clamd.TCP),
    Conf("narrow-clamd", f"{REJECT}\n{REPLACE}", Clamd.NARROW),
    Conf("narrow-tcp-clamd", f"OnFail Reject\n{REJECT}\n{REPLACE}", Clamd.NARROW_TCP),
    # When it cannot be scanned.
    *(
        Conf(f"down-{word.lower()}", f"OnFail {word}\nLogClean Basic\n{REPLACE}", Clamd.DOWN)
        for word in FAIL_ACTIONS
    ),
    Conf("down-clean-quarantine", "OnFail Reject\nOnClean Quarantine", Clamd.DOWN),
    Conf("down-accept-add", "OnFail Accept\nAddHeader Add\nReportHostname rep.example", Clamd.DOWN),
    Conf("down-accept-no", "OnFail Accept", Clamd.DOWN),
    Conf(
        "down-allow-list",
        f"LocalNet 192.0.2.130\nAllowList {LISTS}/allowed\nSkipAuthenticated alice",
        Clamd.DOWN,
    ),
    # What is written down.
    Conf("log-basic", "LogInfected Basic\nLogClean Basic"),
    Conf("log-full", "LogInfected Full\nLogClean Full\nOnInfected Blackhole"),
    Conf("log-infected-only", f"LogInfected FULL\nLogClean off\n{REJECT}"),
    Conf(
        "log-each-recipient",
        f"LogInfected Full\nLogClean Full\nSupportMultipleRecipients yes\n{REJECT}\n{REPLACE}",
    ),
    Conf("each-recipient-basic", "LogInfected Basic\nSupportMultipleRecipients yes"),
    # How a conf may be written.
    Conf("any-case", "OnInfected rEJECT\nOnClean QUARANTINE\nAddHeader replace\nLogClean bAsIc"),
    Conf("twice", "OnInfected Reject\nOnInfected Accept\nRejectMsg one\nRejectMsg two"),
    Conf("of-clamd", f"ArchiveBlockEncrypted yes\nMaxThreads 10\nScanMail yes # why not\n{REJECT}"),
    Conf("spacing", "# none\n\n   \nOnInfected    Reject   \nRejectMsg  \t two  words \t\n"),
)

"""What old confs still carry: legal, warned of, and without effect.

These are the rows that the C program's table marks as deprecated for the milter, and MaxThreads,
which it takes and never looks at.
"""

from __future__ import annotations

from clamgate.config import values
from clamgate.config.directives.model import Directive, Group, Kind

_CLAMD = "this is for clamd: set it in clamd.conf"

_OF_CLAMD = (
    "ArchiveBlockEncrypted",
    "DatabaseDirectory",
    "Debug",
    "DetectBrokenExecutables",
    "LeaveTemporaryFiles",
    "LocalSocket",
    "MailFollowURLs",
    "MaxFiles",
    "MaxRecursion",
    "MaxScanSize",
    "PhishingSignatures",
    "ScanArchive",
    "ScanHTML",
    "ScanMail",
    "ScanOLE2",
    "ScanPE",
    "StreamMaxLength",
    "TCPAddr",
    "TCPSocket",
)


def _ignored(name: str, reason: str) -> Directive:
    doc = f"{reason[0].upper()}{reason[1:]}."
    return Directive(name, Group.IGNORED, Kind.STRING, values.string, doc, ignored=reason)


IGNORED = (
    _ignored("AllowSupplementaryGroups", "the groups of `User` are always taken on"),
    _ignored("MaxThreads", "a connection is given a thread as long as it lasts, without a limit"),
    *(_ignored(name, _CLAMD) for name in _OF_CLAMD),
)

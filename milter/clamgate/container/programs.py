"""The three programs of the image, and what is known of their confs."""

from __future__ import annotations

from dataclasses import dataclass

from clamgate.config.directives import TABLE


@dataclass(frozen=True, slots=True)
class Program:
    """One of them.

    Attributes:
        name: What it is called in messages, and before its lines.
        conf: The file name of its conf.
        prefix: What stands before a directive's name in the environment.
        switch: The flag in the environment that leaves it out.
        repeatable: The directives that may be given more than once.
    """

    name: str
    conf: str
    prefix: str
    switch: str
    repeatable: frozenset[str]


# Those of clamd and freshclam are what `clamconf -n` (ClamAV 1.4.6) shows twice if given twice.
CLAMD = Program(
    "clamd",
    "clamd.conf",
    "CLAMD_CONF_",
    "CLAMAV_NO_CLAMD",
    frozenset(
        {
            "ExcludePUA",
            "ExcludePath",
            "IncludePUA",
            "OnAccessExcludePath",
            "OnAccessExcludeUID",
            "OnAccessExcludeUname",
            "OnAccessIncludePath",
            "OnAccessMountPath",
            "TCPAddr",
        }
    ),
)
FRESHCLAM = Program(
    "freshclam",
    "freshclam.conf",
    "FRESHCLAM_CONF_",
    "CLAMAV_NO_FRESHCLAMD",
    frozenset(
        {"DatabaseCustomURL", "DatabaseMirror", "ExcludeDatabase", "ExtraDatabase", "PrivateMirror"}
    ),
)
FILTER = Program(
    "filter",
    "clamav-milter.conf",
    "MILTER_CONF_",
    "CLAMAV_NO_MILTERD",
    frozenset(directive.name for directive in TABLE if directive.repeatable),
)

PROGRAMS = (CLAMD, FRESHCLAM, FILTER)

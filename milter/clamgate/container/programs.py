"""The three programs of the image, and what their confs and switches are called."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Program:
    """One of them.

    Attributes:
        name: What it is called in messages, and before its lines.
        conf: The file name of its conf.
        prefix: What stands before a directive's name in the environment.
        switch: The flag in the environment that leaves it out.
    """

    name: str
    conf: str
    prefix: str
    switch: str


CLAMD = Program("clamd", "clamd.conf", "CLAMD_CONF_", "CLAMAV_NO_CLAMD")
FRESHCLAM = Program("freshclam", "freshclam.conf", "FRESHCLAM_CONF_", "CLAMAV_NO_FRESHCLAMD")
FILTER = Program("filter", "clamav-milter.conf", "MILTER_CONF_", "CLAMAV_NO_MILTERD")

PROGRAMS = (CLAMD, FRESHCLAM, FILTER)

"""What is wrong or unwise about values that are right each for itself."""

from __future__ import annotations

import shutil
from pathlib import Path

from clamgate.config.assemble import inside, temporary_directory
from clamgate.config.directives import TABLE
from clamgate.config.problems import Findings, Place
from clamgate.config.resolve import Values
from clamgate.core.settings import UnixEndpoint

# Postfix's milter_content_timeout is 300 s by default; leave it time to hear the answer.
_LATEST_ANSWER = 280


def check(values: Values, conf: Place, findings: Findings) -> None:
    """Note all that is wrong with the values taken together.

    Args:
        values: All of them.
        conf: The conf as a whole.
        findings: Told of it.
    """
    _mandatory(values, conf, findings)
    for rule in (_passwords, _times, _socket, _lists, _log, _directories, _virus_action):
        rule(values, findings)


def _mandatory(values: Values, conf: Place, findings: Findings) -> None:
    for directive in TABLE:
        if directive.mandatory and values.missing(directive.name):
            findings.error(
                conf,
                f"{directive.name} is missing: add a line such as"
                f" `{directive.name} {directive.example[0]}`",
            )


def _times(values: Values, findings: Findings) -> None:
    deadline = values["ScanDeadline"]
    places = {
        "ClamdWait": values.place("ClamdWait") or values.place("ScanDeadline"),
        "ReadTimeout": values.place("ReadTimeout"),
    }
    for name, place in places.items():
        if place and values[name] >= deadline:
            findings.warn(
                place,
                f"{name} ({values[name]:.0f} s) is never reached: ScanDeadline"
                f" ({deadline:.0f} s) ends a scan first",
            )
    if (place := values.place("ScanDeadline")) and deadline > _LATEST_ANSWER:
        findings.warn(
            place,
            f"ScanDeadline is over {_LATEST_ANSWER} s: Postfix gives up at 300 s, and defers the"
            " mail whatever OnFail says",
        )


def _passwords(values: Values, findings: Findings) -> None:
    place = values.place("TryPasswords")
    if place and values["TryPasswords"] and values["Chroot"]:
        findings.error(
            place,
            "TryPasswords runs Python, which is not inside of Chroot: leave one of the two out",
        )


def _socket(values: Values, findings: Findings) -> None:
    listening = values["MilterSocket"]
    if listening is None or isinstance(listening, UnixEndpoint):
        return
    for name in ("MilterSocketGroup", "MilterSocketMode"):
        if place := values.place(name):
            findings.warn(place, f"{name} has no effect: MilterSocket is no unix socket")


def _lists(values: Values, findings: Findings) -> None:
    place = values.place("AllowList")
    if place and values.place("Whitelist"):
        findings.warn(place, "AllowList is ignored: Whitelist, its old name, is given too")


def _log(values: Values, findings: Findings) -> None:
    place = values.place("LogRotate")
    if place and values["LogRotate"] and not values["LogFileMaxSize"]:
        findings.warn(place, "LogRotate has no effect: LogFileMaxSize is 0, which is no limit")


def _directories(values: Values, findings: Findings) -> None:
    root = values["Chroot"]
    if root is not None and not Path(root).is_dir():
        findings.error(_placed(values, "Chroot"), f"Chroot: there is no directory {root}")
        return
    directory = inside(values, temporary_directory(values))
    if not Path(directory).is_dir():
        findings.error(
            _placed(values, "TemporaryDirectory"),
            f"TemporaryDirectory: there is no directory {directory}",
        )
    if root is None:
        _parents(values, findings)


def _parents(values: Values, findings: Findings) -> None:
    """Warn of directories that are missing now; something may yet make them before the start."""
    listening = values["MilterSocket"]
    paths = {
        "MilterSocket": listening.path if isinstance(listening, UnixEndpoint) else None,
        "PidFile": values["PidFile"],
        "ControlSocket": values["ControlSocket"],
        "LogFile": values["LogFile"],
    }
    for name, path in paths.items():
        place = values.place(name)
        if place and path and not Path(path).parent.is_dir():
            findings.warn(place, f"{name}: there is no directory {Path(path).parent}")


def _virus_action(values: Values, findings: Findings) -> None:
    place = values.place("VirusAction")
    if place and values["Chroot"] is None and shutil.which(values["VirusAction"]) is None:
        findings.warn(
            place,
            f'VirusAction: there is no program "{values["VirusAction"]}": the whole value is its'
            " name, it takes no arguments",
        )


def _placed(values: Values, name: str) -> Place:
    return values.place(name) or Place("environment variable TMPDIR")

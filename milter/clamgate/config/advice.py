"""What is legal in a conf, works as it says, and is unwise all the same: for `clamgate check`."""

from __future__ import annotations

import os
from collections.abc import Iterator

from clamgate.config.clamd_conf import ClamdConf
from clamgate.config.loader import Loaded
from clamgate.config.problems import Problem
from clamgate.core.rules import Action, HeaderMode
from clamgate.core.settings import UnixEndpoint


def advise(loaded: Loaded, clamd: ClamdConf | None) -> tuple[Problem, ...]:
    """Return what an admin should think twice about, by the place it is about.

    Args:
        loaded: The conf.
        clamd: The conf of a clamd of this machine, if it could be read.
    """
    return (*_forgeries(loaded), *_unscanned(loaded), *_limits(loaded, clamd))


def _forgeries(loaded: Loaded) -> Iterator[Problem]:
    """A sender's own ``X-Virus-Status: Clean`` must not be mistaken for ours."""
    if loaded.settings.rules.add_header is not HeaderMode.REPLACE:
        yield _about(
            loaded,
            "AddHeader",
            "an X-Virus-Status that a sender has put into his mail stays in it: nobody may rely on"
            " that field; with `AddHeader Replace` it is removed",
        )
    elif excluded := _exclusions(loaded):
        yield _about(
            loaded,
            excluded[0],
            f"what {' and '.join(excluded)} let through keeps an X-Virus-Status that its sender has"
            " put into it",
        )


def _unscanned(loaded: Loaded) -> Iterator[Problem]:
    if loaded.settings.rules.on_fail is Action.ACCEPT:
        yield _about(
            loaded,
            "OnFail",
            "while no clamd can be reached, everything is delivered unscanned; with `OnFail Defer`"
            " senders try again later",
        )


def _limits(loaded: Loaded, clamd: ClamdConf | None) -> Iterator[Problem]:
    """A message over clamd's own limits is not looked at: we call it unscanned, never clean."""
    if clamd is None or not _is_ours(loaded, clamd):
        return
    wanted = loaded.settings.spooling.max_file_size
    for name, limit in clamd.limits.items():
        if name != "StreamMaxLength" and 0 < limit < wanted:
            yield _about(
                loaded,
                "MaxFileSize",
                f"is more than {name} in {clamd.path} ({limit} bytes): what is larger than that is"
                f" not scanned, and OnOversize decides; raise {name} there, or lower this",
            )


def _is_ours(loaded: Loaded, clamd: ClamdConf) -> bool:
    """Whether one of our clamds is the one with that conf. It gets descriptors, not streams."""
    return clamd.socket is not None and any(
        isinstance(socket, UnixEndpoint)
        and os.path.realpath(socket.path) == os.path.realpath(clamd.socket)
        for socket in loaded.settings.clamd.sockets
    )


def _exclusions(loaded: Loaded) -> list[str]:
    names = ("LocalNet", "AllowList", "Whitelist", "SkipAuthenticated")
    return [name for name in names if loaded.texts[name]]


def _about(loaded: Loaded, directive: str, text: str) -> Problem:
    """Place a remark at the directive's line, or at the conf if it is not in there."""
    place = loaded.origins[directive].partition(", ")[0]
    path, _, line = place.rpartition(":")
    if not line.isdecimal():
        return Problem(loaded.path, 0, f"{directive} ({place}): {text}")
    return Problem(path, int(line), f"{directive}: {text}")

"""What can be read of a clamd's own conf: where it listens, and how much it looks at."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType

from clamgate.config.lexer import lex
from clamgate.config.problems import Findings
from clamgate.config.values import size
from clamgate.core.settings import MIB

DEFAULT_PATH = "/etc/clamav/clamd.conf"

# The limits that keep clamd from looking at all of a message, with the defaults of clamd 1.4
# (clamd.conf(5)). A message comes as one file, so each of them may be met.
_DEFAULTS: Mapping[str, int] = MappingProxyType(
    {"MaxFileSize": 100 * MIB, "MaxScanSize": 400 * MIB, "StreamMaxLength": 100 * MIB}
)


@dataclass(frozen=True, slots=True)
class ClamdConf:
    """A clamd.conf, as far as it matters here.

    Attributes:
        path: The file.
        socket: Its unix socket, None if it has none.
        limits: MaxFileSize, MaxScanSize and StreamMaxLength, in bytes; 0 is no limit.
    """

    path: str
    socket: str | None
    limits: Mapping[str, int]


def read_clamd_conf(path: str) -> ClamdConf | None:
    """Read a clamd.conf, leaving its mistakes to clamd; None if there is none we may read."""
    try:
        data = Path(path).read_bytes()
    except OSError:
        return None
    socket = None
    limits = dict(_DEFAULTS)
    for item in lex(data, path, Findings()):
        if item.name == "LocalSocket":
            socket = item.value
        elif item.name in limits:
            limits[item.name] = _size(item.value, limits[item.name])
    return ClamdConf(path, socket, MappingProxyType(limits))


def _size(text: str, otherwise: int) -> int:
    try:
        return size(text)
    except ValueError:
        return otherwise

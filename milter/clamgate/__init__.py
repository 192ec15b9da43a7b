"""clamgate: a mail filter for Postfix and Sendmail that has clamd scan every message."""

from importlib.metadata import PackageNotFoundError, version

try:
    __version__ = version("clamgate")
except PackageNotFoundError:  # run from a source tree that was never installed
    __version__ = "0+unknown"

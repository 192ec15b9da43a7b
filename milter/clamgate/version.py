"""Which clamgate this is."""

from __future__ import annotations

from functools import cache


@cache
def version() -> str:
    """Return the version that was installed."""
    # Here, because it takes longer to import than all that a health check needs.
    from importlib import metadata  # noqa: PLC0415

    try:
        return metadata.version("clamgate")
    except metadata.PackageNotFoundError:  # run from a source tree that was never installed
        return "0+unknown"

"""Where messages are kept that are not delivered."""

from __future__ import annotations

from clamgate.config import values
from clamgate.config.directives.model import Directive, Group, Kind, Origin

QUARANTINE = (
    Directive(
        "QuarantineDirectory",
        Group.QUARANTINE,
        Kind.PATH,
        values.absolute_path,
        field="quarantine.directory",
        unset="nothing can be stored, and no rule may ask for it",
        example=("/var/lib/clamgate/quarantine",),
        origin=Origin.CLAMGATE,
        doc="""
            Where the messages go that action `Store` takes out of the mail: byte for
            byte as they came, and readable to the filter's user only.
            """,
    ),
)

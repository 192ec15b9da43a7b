"""What a message says of being released from the quarantine: believed or not, it is taken off."""

from __future__ import annotations

from dataclasses import replace

from clamgate.core.decision import Decision, DeleteHeader
from clamgate.core.events import Fault, Observer
from clamgate.core.releasing import FIELD, Claim, ReleaseError, ReleaseGate


def admitted(claim: Claim | None, gate: ReleaseGate | None, observer: Observer) -> str | None:
    """Return the id of the stored message that is released; None if it is mail like any other.

    Whatever stands in the way of knowing makes it mail like any other: it is then scanned.
    """
    if claim is None or gate is None:
        return None
    try:
        return gate.admit(claim)
    except ReleaseError as error:
        reason = str(error)
    except Exception as error:  # noqa: BLE001  an unforeseen error must not let anything through
        reason = f"{type(error).__name__}: {error}"
    observer.observe(Fault("release", f"a field {FIELD} is not honoured: {reason}"))
    return None


def without_claims(decision: Decision, fields: int) -> Decision:
    """Return a decision that takes these fields off the message before anything else."""
    if not fields:
        return decision
    taken_off = tuple(DeleteHeader(FIELD, n) for n in range(fields, 0, -1))
    return replace(decision, edits=(*taken_off, *decision.edits))

"""The field MIME-Ambiguity-Results: whether mail programs agree on what is attached.

Its name and purpose are those of the Internet-Draft draft-chen-email-mime-ambiguity-defense-00: to
tell what is behind us in the same administrative domain. Its value has the form of
Authentication-Results (RFC 8601).
"""

from __future__ import annotations

from clamgate.core.contents import Contents
from clamgate.core.decision import DeleteHeader, Edit, InsertHeader
from clamgate.core.envelope import HeaderFacts
from clamgate.core.rules import Rules
from clamgate.core.verdict import Empty, Failed, Verdict

NAME = "MIME-Ambiguity-Results"

_MAX_ANOMALIES = 5


def ambiguity_edits(
    verdict: Verdict, contents: Contents, headers: HeaderFacts, rules: Rules
) -> tuple[Edit, ...]:
    """Return the edits that set the field, if the conf asks for it.

    Fields of that name that the message came with go: they say nothing of ours.
    """
    if not rules.ambiguity_header:
        return ()
    forged = tuple(DeleteHeader(NAME, n) for n in range(headers.ambiguity, 0, -1))
    if isinstance(verdict, Failed | Empty):
        return forged
    return (*forged, InsertHeader(1, NAME, f"{rules.host}; {_result(contents)}"))


def _result(contents: Contents) -> str:
    if not contents.disputed:
        return "ambiguity=none"
    why = contents.anomalies[:_MAX_ANOMALIES] or ("parts that only some programs show",)
    return f'ambiguity=found reason="{"; ".join(why)}"'

"""Every directive, in the order of the manual. The manual and the sample conf come from here."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from clamgate.config.directives.actions import ACTIONS
from clamgate.config.directives.clamd import CLAMD
from clamgate.config.directives.exclusions import EXCLUSIONS
from clamgate.config.directives.ignored import IGNORED
from clamgate.config.directives.life import LIFE
from clamgate.config.directives.logging import LOGGING
from clamgate.config.directives.main import MAIN
from clamgate.config.directives.metrics import METRICS
from clamgate.config.directives.model import Directive, Group, Kind, Origin
from clamgate.config.directives.policy import POLICY
from clamgate.config.directives.quarantine import QUARANTINE

__all__ = ["BY_NAME", "BY_OPTION", "TABLE", "Directive", "Group", "Kind", "Origin"]

TABLE: tuple[Directive, ...] = (
    *MAIN,
    *LIFE,
    *CLAMD,
    *EXCLUSIONS,
    *ACTIONS,
    *POLICY,
    *QUARANTINE,
    *LOGGING,
    *METRICS,
    *IGNORED,
)

BY_NAME: Mapping[str, Directive] = MappingProxyType(
    {directive.name: directive for directive in TABLE}
)

BY_OPTION: Mapping[str, Directive] = MappingProxyType(
    {directive.option: directive for directive in TABLE if directive.option}
)

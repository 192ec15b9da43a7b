"""What is known of one directive."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum
from typing import Any


class Kind(Enum):
    """What a value looks like, for the manual."""

    BOOL = "BOOL"
    SECONDS = "SECONDS"
    DAYS = "DAYS"
    SIZE = "SIZE"
    WORD = "WORD"
    PATH = "PATH"
    STRING = "STRING"


class Group(Enum):
    """The manual's chapters, in its order."""

    MAIN = "Main options"
    LIFE = "Processes, reload and stop"
    CLAMD = "Clamd options"
    EXCLUSIONS = "Exclusions"
    ACTIONS = "Actions"
    POLICY = "Policy"
    QUARANTINE = "Quarantine"
    LOGGING = "Logging options"
    METRICS = "Metrics and health"
    IGNORED = "Ignored"


class Origin(Enum):
    """Whose directive it is."""

    CLAMAV_MILTER = "clamav-milter"
    CLAMGATE = "clamgate"


@dataclass(frozen=True, slots=True)
class Directive:
    """One directive: how it is read, where it lands, and what it means.

    Attributes:
        name: As it stands in a conf, where its case counts.
        group: The manual's chapter.
        kind: What its value looks like.
        parse: Turns a value into what Settings holds; raises a ValueError that says what would
            be right.
        doc: Its documentation in markdown, indented as the code is.
        field: Where the value lands in Settings, dotted; empty if `clamgate.config.assemble` makes
            something more of it.
        default: The value of a conf without it, as one would write it; None is unset.
        unset: What being unset means.
        choices: The words it takes.
        example: Values for the sample conf, each on a line of its own.
        option: Its long option on the command line of clamav-milter, without the dashes.
        short: Its short option, without the dash.
        repeatable: Whether each further line adds to the first; its value is then a tuple.
        mandatory: Whether no conf can do without it.
        origin: Whose directive it is.
        advise: Says what is odd about a value that `parse` takes, if anything is.
        ignored: Why it has no effect; empty if it has.
        replaced_by: The directive whose old name this is; empty if it is none.
        caveat: A last paragraph of documentation that several directives share.
    """

    name: str
    group: Group
    kind: Kind
    parse: Callable[[str], Any]
    doc: str
    field: str = ""
    default: str | None = None
    unset: str = ""
    choices: tuple[str, ...] = ()
    example: tuple[str, ...] = ()
    option: str | None = None
    short: str | None = None
    repeatable: bool = False
    mandatory: bool = False
    origin: Origin = Origin.CLAMAV_MILTER
    advise: Callable[[str], str | None] | None = None
    ignored: str = ""
    replaced_by: str = ""
    caveat: str = ""

    def paragraphs(self) -> tuple[str, ...]:
        """Return the documentation, each paragraph on one line."""
        paragraphs = (" ".join(one.split()) for one in f"{self.doc}\n\n{self.caveat}".split("\n\n"))
        return tuple(one for one in paragraphs if one)

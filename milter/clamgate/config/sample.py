"""The sample conf, made from the table of directives: ``python -m clamgate.config.sample``.

Its output is conf/clamav-milter.conf; a test sees to it that the two are the same.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from textwrap import wrap

from clamgate.config.directives import TABLE, Directive, Group, Origin

_WIDTH = 78

_HEAD = """\
# The conf of clamgate, which is that of the C clamav-milter and a little more.
#
# Every directive is here, commented out and at its default; where there is no
# default, an example stands in its place. Only the two that no conf can do
# without are set. docs/directives.md says more of each.
#
# Check it with: clamgate check -c FILE"""


def sample() -> str:
    """Return a conf that can be used as it is, with everything else in comments."""
    groups = (group for group in Group if group is not Group.IGNORED)
    blocks = (_HEAD, *(block for group in groups for block in _group(group)))
    return "\n\n".join(blocks) + "\n"


def _group(group: Group) -> Iterator[str]:
    yield f"##\n## {group.value}\n##"
    for directive in TABLE:
        if directive.group is group and not directive.replaced_by:
            yield "\n".join(_lines(directive))


def _lines(directive: Directive) -> Iterator[str]:
    new = "New in clamgate. " if directive.origin is Origin.CLAMGATE else ""
    text = new + _plain(directive.paragraphs()[0])
    for line in wrap(text, _WIDTH - 2, break_on_hyphens=False):
        yield f"# {line}"
    if directive.choices:
        yield f"# One of: {', '.join(directive.choices)}"
    if directive.default is not None:
        yield f"#{directive.name} {directive.default}"
        return
    yield f"# Default: unset ({_plain(directive.unset)})"
    for number, value in enumerate(directive.example):
        mark = "" if directive.mandatory and number == 0 else "#"
        yield f"{mark}{directive.name} {value}"


def _plain(markdown: str) -> str:
    return markdown.replace("`", "").replace("*", "")


if __name__ == "__main__":
    sys.stdout.write(sample())

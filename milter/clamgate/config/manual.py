"""The manual of the conf, made from the table of directives: ``python -m clamgate.config.manual``.

Its output is docs/directives.md; a test sees to it that the two are the same.
"""

from __future__ import annotations

import sys
from collections.abc import Iterator
from inspect import cleandoc
from textwrap import fill

from clamgate.config.directives import TABLE, Directive, Group, Kind, Origin
from clamgate.config.signature_classes import CLASSES

_WIDTH = 100

_HEAD = """
# clamav-milter.conf: every directive

clamgate reads the conf of the C clamav-milter. What is new in clamgate is marked so; where it
differs, the last chapter says how. This page is made from the table in the code
(`python -m clamgate.config.manual`): do not edit it.

`clamgate check -c FILE` tells all that is wrong with a conf, with file and line.

## The file

One `Name value` a line. Blanks around the two do not count; upper and lower case do in names. A
line that begins with `#` is a comment; there are no comments after a value. A value in double
quotes keeps its blanks, and ends at the last double quote of its line. The text is UTF-8. As long
as there is a line that begins with `Example`, the conf is refused.

If a directive that cannot be repeated is given twice, the first counts. An option of the command
line counts before the conf.

The kinds of values:
"""

_KINDS = {
    Kind.BOOL: "yes or no, true or false, 1 or 0, in any case",
    Kind.SECONDS: "a whole number of seconds",
    Kind.DAYS: "a whole number of days",
    Kind.SIZE: "a number of bytes, perhaps followed by K, M or G (in any case) for KiB, MiB or GiB."
    " Digits that begin with 0 are octal",
    Kind.WORD: "one of the words given, in any case unless said otherwise",
    Kind.PATH: "the absolute path of a file or directory",
    Kind.STRING: "text, as described",
}

_ACTIONS = """
The actions:

- `Accept`: the message is delivered.
- `Reject`: it is refused for good (5xx); its sender is told by whoever sent it here.
- `Defer`: it is refused for now (4xx); the sending host tries again.
- `Blackhole`: it is taken, and disappears.
- `Quarantine`: the MTA is asked to hold it. Postfix shows it with a `!` in `postqueue -p`, and
  `postsuper -H` releases it; Sendmail has `mailq -qQ`.
- `Store` (new in clamgate): it is taken, and kept in `QuarantineDirectory` instead of being
  delivered. It is on disk before the MTA hears that it was taken.
- `Tag` (new in clamgate): it is delivered, marked: `X-Virus-Status` replaces any such field it
  came with, whatever `AddHeader` says; `TagSubject` is put before its subject, and the `TagHeader`
  fields are added.
- `Strip` (new in clamgate): it is delivered without the parts in which something was found, or
  that a rule about what is attached is against; a text stands in for each. Where that cannot be
  done, `OnUnstrippable` says what is: see [attachments.md](attachments.md#strip).
"""

_POLICY = """
More than one kind of hit, more than one answer: [policy.md](policy.md) explains it with examples.
The first rule that applies decides: those of `PolicyFile`, then `OnSignature` and `OnEncrypted` in
the order of their lines, then `OnInfected` and its like.

The classes of signatures:
"""

_DIFFERENCES = """
## Where this differs from the C program

The C program's behaviour is that of ClamAV 1.4, tried.

- It stops at the first mistake; here all are told.
- Line ends of Windows and a byte order mark are understood, where it fails.
- Text that is not UTF-8, or holds unprintable characters, is an error outside of comments.
- `PidFile`, `Chroot`, `TemporaryDirectory`, `AllowList` and a unix `MilterSocket` must be absolute
  paths; `TemporaryDirectory` and `Chroot` must exist when the conf is read.
- In `LocalNet`, what stands after the slash must be a number (it takes `10.0.0.0/none` for
  `10.0.0.0/0`, which is everybody), and a host name stands for all its addresses, not for one.
- `ReadTimeout 0` is no limit of its own, as its manual says.
- `RejectMsg` and `LogFacility` are checked whether they are used or not.
- A message over `MaxFileSize` in whose first part nothing was found is called unscanned, not clean.
- Regular expressions mean what they mean there, but some are refused: back-references (`\\1`),
  characters by name (`[[.hyphen.]]`), ranges that mix ASCII and other bytes, counted repetition of
  an anchor, two word boundaries in a row, and groups more than 50 deep.
- An empty line in an `AllowList` is ignored with a warning; there it stops the program.
- `VirusAction` does not hold up mail.
"""


def manual() -> str:
    """Return the manual, in markdown."""
    chapters = (_chapter(group) for group in Group)
    parts = (
        *(cleandoc(_HEAD), "\n".join(_kinds())),
        *(block for chapter in chapters for block in chapter),
        cleandoc(_DIFFERENCES),
    )
    return "\n\n".join(parts) + "\n"


def _kinds() -> Iterator[str]:
    for kind, meaning in _KINDS.items():
        yield _wrapped(f"- {kind.value}: {meaning}.", hanging="  ")


def _chapter(group: Group) -> Iterator[str]:
    directives = [directive for directive in TABLE if directive.group is group]
    yield f"## {group.value}"
    if group is Group.IGNORED:
        yield _wrapped("Old confs may still carry these. Each is warned of, and has no effect.")
        yield "\n".join(_ignored(directives))
        return
    if group is Group.ACTIONS:
        yield cleandoc(_ACTIONS)
    if group is Group.POLICY:
        yield cleandoc(_POLICY)
        yield "\n".join(f"- `{name}`: {meaning}." for name, meaning in CLASSES.items())
    for directive in directives:
        yield from _entry(directive)


def _ignored(directives: list[Directive]) -> Iterator[str]:
    """Yield a line for each reason, with all that are ignored for it."""
    for reason in dict.fromkeys(directive.ignored for directive in directives):
        names = ", ".join(f"`{one.name}`" for one in directives if one.ignored == reason)
        yield _wrapped(f"- {names}: {reason}.", hanging="  ")


def _entry(directive: Directive) -> Iterator[str]:
    yield f"### {directive.name} {directive.kind.value}"
    yield "\n".join(_wrapped(f"- {fact}", hanging="  ") for fact in _facts(directive))
    for paragraph in directive.paragraphs():
        yield _wrapped(paragraph)


def _facts(directive: Directive) -> Iterator[str]:
    if directive.origin is Origin.CLAMGATE:
        yield "**New in clamgate**"
    if directive.default is None:
        yield f"Default: unset ({directive.unset})"
    else:
        yield f"Default: `{directive.default}`"
    if directive.choices:
        yield f"One of: {', '.join(f'`{word}`' for word in directive.choices)}"
    if directive.repeatable:
        yield "Can be repeated"
    if directive.option:
        short = f", `-{directive.short}`" if directive.short else ""
        yield f"Option of the command line: `--{directive.option}`{short}"
    if directive.example:
        yield "For example: " + "; ".join(f"`{directive.name} {one}`" for one in directive.example)


def _wrapped(text: str, hanging: str = "") -> str:
    return fill(
        text,
        _WIDTH,
        subsequent_indent=hanging,
        break_long_words=False,
        break_on_hyphens=False,
    )


if __name__ == "__main__":
    sys.stdout.write(manual())

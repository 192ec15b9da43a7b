"""ExceptionFile: what `clamgate quarantine release --except` writes, as part of the conf.

Its lines are in the conf's grammar, and just ExceptSignature may stand there.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import date
from pathlib import Path

from clamgate.config.lexer import Item, lex
from clamgate.config.problems import Findings, Place

DIRECTIVE = "ExceptionFile"
_ALLOWED = "ExceptSignature"
_HEAD = "# Written by `clamgate quarantine release --except`; edit it as you like.\n"
_WILD = re.compile(r"[*?[]")
_UNFIT = re.compile(r"[^!-~]")


def included(
    items: Iterable[Item], overrides: Mapping[str, Sequence[str]], findings: Findings
) -> list[Item]:
    """Return the settings in the file that a conf names; none if there is no such file yet.

    Args:
        items: The conf's own settings.
        overrides: Directives given on the command line, by name.
        findings: Told of what is wrong in the file, by its own lines.
    """
    own = [(item.value, item.place) for item in items if item.name == DIRECTIVE]
    given = [(text, Place("command line")) for text in overrides.get(DIRECTIVE, ())]
    for path, place in (given or own)[:1]:
        try:
            data = Path(path).read_bytes()
        except FileNotFoundError:
            return []
        except (OSError, ValueError) as error:
            reason = getattr(error, "strerror", None) or error
            findings.error(place, f"{DIRECTIVE}: cannot read {path}: {reason}")
            return []
        return list(_only_exceptions(lex(data, path, findings), findings))
    return []


def add_exceptions(
    path: str, signatures: Iterable[str], until: date | None, remark: str
) -> tuple[str, ...]:
    """Add signatures to a file of exceptions, which is made if it is missing.

    It is there with all of them or as it was before, whatever happens. Several may add at a time.

    Args:
        path: The file.
        signatures: Their names, as clamd says them.
        until: The last day on which they do not count; None is for ever.
        remark: Why, for people, on one line.

    Returns:
        The lines that were added: none of those that were there already.

    Raises:
        OSError: The file cannot be written.
    """
    end = "" if until is None else f" until {until:%Y-%m-%d}"
    lines = [f"{_ALLOWED} {pattern_for(one)}{end}" for one in signatures]
    with _locked(Path(path).parent):
        old = _text_of(path)
        new = tuple(line for line in dict.fromkeys(lines) if line not in old.splitlines())
        if new:
            text = old if not old or old.endswith("\n") else f"{old}\n"
            added = "".join(f"{line}\n" for line in (f"# {remark}", *new))
            _replace(Path(path), f"{text or _HEAD}{added}")
    return new


def pattern_for(signature: str) -> str:
    """Return the pattern that fits just this name; what cannot be written there becomes ``?``."""
    return _UNFIT.sub("?", _WILD.sub(lambda found: f"[{found[0]}]", signature))


def _only_exceptions(items: Iterable[Item], findings: Findings) -> Iterator[Item]:
    for item in items:
        if item.name == _ALLOWED:
            yield item
        else:
            findings.error(
                item.place, f"{item.name} has no place here, only {_ALLOWED}: write it in the conf"
            )


def _text_of(path: str) -> str:
    try:
        return Path(path).read_text()
    except FileNotFoundError:
        return ""


def _replace(path: Path, text: str) -> None:
    """Put another file in the place of one, with the same owner and mode."""
    temporary = path.with_name(f".{path.name}.new")
    temporary.unlink(missing_ok=True)  # of one who was killed: we hold the lock
    try:
        with temporary.open("x") as file:
            with contextlib.suppress(FileNotFoundError):
                status = path.stat()
                os.fchmod(file.fileno(), status.st_mode & 0o7777)
                os.fchown(file.fileno(), status.st_uid, status.st_gid)
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        temporary.rename(path)
    finally:
        temporary.unlink(missing_ok=True)


@contextlib.contextmanager
def _locked(folder: Path) -> Iterator[None]:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)

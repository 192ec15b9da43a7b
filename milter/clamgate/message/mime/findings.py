"""What a message and its parts come to, verdict by verdict."""

from __future__ import annotations

from collections.abc import Sequence

from clamgate.core.filenames import in_ascii, tame
from clamgate.core.parts import FoundPart
from clamgate.core.signatures import SignatureClasses
from clamgate.core.verdict import Failed, Hit, Infected, Unscanned, Verdict


class Findings:
    """What the message and its parts come to.

    Args:
        whole: The verdict on the message as a whole.
        classes: What signatures are.

    Attributes:
        hits: The parts in which something was found.
    """

    def __init__(self, whole: Verdict, classes: SignatureClasses) -> None:
        self.hits: list[Hit] = []
        self._whole = whole
        self._classes = classes
        self._signatures = list(whole.signatures) if isinstance(whole, Infected) else []
        self._where: dict[str, FoundPart] = {}
        self._unscanned: Unscanned | None = None
        self._failure: Failed | None = None

    @property
    def is_infected(self) -> bool:
        """Whether anything was found, in the whole or in a part."""
        return bool(self._signatures)

    @property
    def part(self) -> FoundPart | None:
        """The part that the verdict's first signature is in, None if it is not known."""
        return self._where.get(self._signatures[0]) if self._signatures else None

    @property
    def is_settled(self) -> bool:
        """Whether nothing that is still to come could matter."""
        return self.part is not None and self._classes.is_malware(self._signatures[0])

    def add(self, part: FoundPart, verdict: Verdict) -> None:
        """Take the verdict on a part."""
        match verdict:
            case Infected(signatures):
                self.hits.append(Hit(part, signatures))
                for name in signatures:
                    self._where.setdefault(name, part)
                    if name not in self._signatures:
                        self._signatures.append(name)
                self._signatures.sort(key=lambda name: not self._classes.is_malware(name))
            case Unscanned():
                self._unscanned = self._unscanned or verdict
            case _:
                pass

    def fail(self, reason: str) -> None:
        """Note why no more verdicts will come."""
        self._failure = Failed(reason)

    def verdict(self, cut_off: str | None, unlisted: Sequence[str] = ()) -> Verdict:
        """Return the verdict on all.

        Args:
            cut_off: The bound at which the search for parts ended.
            unlisted: Why the names of what is attached are not all known, if they were asked for.
        """
        rest = self._rest(cut_off, unlisted)
        if self._signatures:
            return Infected(tuple(self._signatures), rest)
        return self._whole if rest is None else rest

    def _rest(self, cut_off: str | None, unlisted: Sequence[str]) -> Unscanned | Failed | None:
        """Say why not all was looked at; None if it was."""
        if self._failure is not None:
            return self._failure
        if isinstance(self._whole, Unscanned):
            return self._whole
        if cut_off is not None:
            return Unscanned(f"not all of its parts were looked at: {cut_off}")
        if self._unscanned is None and unlisted:
            return Unscanned(f"not all attachments are known: {in_ascii(tame(unlisted[0]))}")
        return self._unscanned

"""A clamd that judges by what it is given, and does not keep it."""

from __future__ import annotations

from pathlib import Path

from tests.fake_clamd import EICAR, OK, Behaviour, Exchange, FakeClamd, says

MARK = b"X-Well-Behaved:"
"""Stands in every message of a well-behaved session, and in no other."""

WHOLE = b"From clamav-milter\n"
"""Begins what is a whole message, and no part of one."""

FOUND = b"fd[9]: Eicar-Test-Signature FOUND\0"


class JudgingClamd(FakeClamd):
    """Finds EICAR wherever it stands, and only that.

    Attributes:
        found: How many hostile messages it found EICAR in.
        passed: How many other hostile messages it said OK to.
        longest: The most bytes it was ever given.
    """

    def __init__(self, path: Path) -> None:
        super().__init__(path)
        self.found = 0
        self.passed = 0
        self.longest = 0

    @property
    def seen(self) -> int:
        """How many hostile messages it was given."""
        return self.found + self.passed

    def note(self, content: bytes) -> None:
        """Count: there are too many, and too large ones, to keep them."""
        with self._changed:
            self.longest = max(self.longest, len(content))

    def _behaviour(self, exchange: Exchange) -> Behaviour:
        if exchange.command in {b"zVERSION", b"zSTATS"} or self.script or exchange.is_self_test():
            return super()._behaviour(exchange)
        return self._judge

    def _judge(self, exchange: Exchange) -> None:
        content = exchange.content()
        infected = EICAR in content
        if content.startswith(WHOLE) and MARK not in content:
            with self._changed:
                self.found += infected
                self.passed += not infected
        exchange.send(FOUND if infected else OK)


__all__ = ["EICAR", "MARK", "JudgingClamd", "says"]

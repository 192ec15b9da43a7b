from __future__ import annotations

import pytest

from clamgate.core.addresses import AddressSet

SET = AddressSet(
    addresses=frozenset({b"boss@example.com", b""}),
    domains=frozenset({b"example.net"}),
    below=frozenset({b"example.org"}),
)


@pytest.mark.parametrize(
    ("path", "held"),
    [
        (b"<boss@example.com>", True),
        (b"boss@example.com", True),
        (b"<Boss@EXAMPLE.com>", True),
        (b"<bossy@example.com>", False),
        (b"<>", True),
        (b"<x@example.net>", True),
        (b"<x@Example.Net>", True),
        (b"<x@sub.example.net>", False),
        (b"<x@notexample.net>", False),
        (b"<x@example.org>", True),
        (b"<x@a.b.example.org>", True),
        (b"<x@badexample.org>", False),
        (b"<example.net>", False),
        (b'<"a@b"@example.net>', True),
        (b"<\xff@example.net>", True),
    ],
)
def test_what_a_set_holds(path: bytes, held: bool) -> None:  # noqa: FBT001  a parameter of the table
    assert SET.holds(path) is held


def test_an_empty_set_holds_nothing() -> None:
    assert not AddressSet().holds(b"<a@b>")
    assert not AddressSet().holds(b"<>")

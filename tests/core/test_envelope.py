from __future__ import annotations

import pytest

from clamgate.core.envelope import bare_address


@pytest.mark.parametrize(
    ("path", "bare"),
    [(b"<a@b>", b"a@b"), (b"<>", b""), (b"a@b", b"a@b"), (b"<a@b", b"<a@b"), (b"", b"")],
)
def test_bare_address(path: bytes, bare: bytes) -> None:
    assert bare_address(path) == bare

from __future__ import annotations

import time

import pytest

from clamgate.core.clamd_version import ClamdVersion

DATE = "Tue Nov 24 08:35:05 2026"


def test_with_official_signatures() -> None:
    made = time.mktime((2026, 11, 24, 8, 35, 5, 0, 0, -1))
    assert ClamdVersion.parse(f"ClamAV 1.4.6/27456/{DATE}") == ClamdVersion(
        "ClamAV 1.4.6", 27456, made
    )


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("ClamAV 1.4.6", ClamdVersion("ClamAV 1.4.6")),
        ("", ClamdVersion("")),
        ("a/b/c", ClamdVersion("a")),
        ("a/7/yesterday", ClamdVersion("a", 7)),
        (f"a/²/{DATE}", ClamdVersion("a")),
    ],
)
def test_in_other_forms(text: str, expected: ClamdVersion) -> None:
    assert ClamdVersion.parse(text) == expected

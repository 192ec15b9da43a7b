"""A file in each hiding place is among the parts, byte for byte.

What a real clamd makes of them is in tests/e2e/test_hiding_places.py.
"""

from __future__ import annotations

from itertools import islice

import pytest
from tests.hiding.payloads import harmless
from tests.hiding.places import HidingPlace, pairs, singles

from clamgate.harness.private_clamd import EICAR
from clamgate.message.mime.extractor import Extractor

FILE = harmless(544)


def is_found(place: HidingPlace, file: bytes) -> bool:
    extractor = Extractor(place.message(file))
    found = any(part.data.startswith(file) for part in extractor.parts())
    assert extractor.cut_off is None
    return found


@pytest.mark.parametrize("place", tuple(singles()), ids=lambda place: place.name)
def test_each_by_itself(place: HidingPlace) -> None:
    assert is_found(place, EICAR)
    assert place.text_only or is_found(place, FILE)


def test_some_of_each_two_together() -> None:
    missed = [place.name for place in islice(pairs(), 0, None, 9) if not is_found(place, EICAR)]
    assert missed == []

"""Every hiding place against a real clamd: what the parts bring to light, and the clean twins.

``python -m tests.hiding`` prints it as a table.
"""

from __future__ import annotations

from functools import cache

import pytest
from tests.hiding.judge import Judge
from tests.hiding.payloads import CLAM_EXE, Payload, payloads
from tests.hiding.places import HidingPlace, pairs, singles

from clamgate.harness.private_clamd import PrivateClamd, installed
from clamgate.message.mime.strict import is_canonical

pytestmark = [
    pytest.mark.skipif(not installed(), reason="clamd is not installed"),
    pytest.mark.skipif(not CLAM_EXE.exists(), reason="clamav-testfiles is not installed"),
]


@pytest.fixture(scope="module")
def judge(clamd: PrivateClamd) -> Judge:
    return Judge(clamd.socket_path)


@cache
def places_for(payload: Payload) -> tuple[HidingPlace, ...]:
    return tuple(place for place in singles() if payload.is_text or not place.text_only)


@pytest.fixture(params=range(3), ids=["EICAR", "EICAR in a zip", "clam.exe"])
def payload(request: pytest.FixtureRequest) -> Payload:
    number: int = request.param
    return payloads()[number]


def is_caught(judge: Judge, message: bytes) -> bool:
    """Whether it is found as ScanParts auto does it: the parts only where programs may disagree."""
    return judge.finds(message) or (not is_canonical(message) and judge.finds_in_parts(message))


def test_each_place_gives_its_file_away(judge: Judge, payload: Payload) -> None:
    messages = {place.name: place.message(payload.file) for place in places_for(payload)}
    assert [name for name, message in messages.items() if not is_caught(judge, message)] == []


def test_their_clean_twins_are_clean(judge: Judge, payload: Payload) -> None:
    messages = {place.name: place.message(payload.twin) for place in places_for(payload)}
    assert [name for name, message in messages.items() if is_caught(judge, message)] == []


def test_many_are_missed_by_clamd_alone(judge: Judge, payload: Payload) -> None:
    messages = [place.message(payload.file) for place in places_for(payload)]
    assert sum(not judge.finds(message) for message in messages) > len(messages) // 10


def test_each_two_places_give_their_file_away(judge: Judge) -> None:
    file = payloads()[0].file
    assert [one.name for one in pairs() if not is_caught(judge, one.message(file))] == []

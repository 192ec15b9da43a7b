from __future__ import annotations

import pytest
from tests.clamd.support import patience
from tests.fake_clamd import Behaviour, FakeClamd, closes, says

from clamgate.clamd.errors import BrokenError, RefusedError
from clamgate.clamd.selftest import EICAR, finds_test_file, self_test_file
from clamgate.core.settings import KIB, MIB
from clamgate.harness.private_clamd import EICAR as JUDGES_EICAR

SIZES = (68, 4 * KIB, MIB, 5 * MIB + 1)


def test_it_is_the_test_file_of_all_scanners() -> None:
    assert EICAR == JUDGES_EICAR
    assert len(EICAR) == 68


@pytest.mark.parametrize("size", SIZES)
def test_both_its_forms_are_the_same_bytes(size: int) -> None:
    with self_test_file(size) as content:
        streamed = b"".join(content.chunks())
        assert streamed == EICAR.ljust(size, b"\0")
        with open(content.descriptor(), "rb", closefd=False) as file:
            assert file.read() == streamed


@pytest.mark.parametrize("size", SIZES)
def test_a_clamd_that_looks_at_that_much_finds_it(
    fake: FakeClamd, tcp_fake: FakeClamd, size: int
) -> None:
    for clamd in (fake, tcp_fake):
        clamd.looks_at = size
        assert finds_test_file(clamd.endpoint, size, patience())
        clamd.looks_at = size - 1
        assert not finds_test_file(clamd.endpoint, size, patience())
        assert clamd.self_tests == [size, size]


@pytest.mark.parametrize(
    "reply",
    [
        b"fd[9]: Heuristics.Limits.Exceeded.MaxFileSize FOUND\0",
        b"INSTREAM size limit exceeded. ERROR\0",
    ],
)
def test_a_clamd_that_names_its_limit_has_not_found_it(fake: FakeClamd, reply: bytes) -> None:
    fake.ill = says(reply)
    assert not finds_test_file(fake.endpoint, MIB, patience())


def test_a_clamd_that_cannot_scan_it_gives_no_answer(fake: FakeClamd) -> None:
    fake.ill = says(b"fd[9]: Can't allocate memory ERROR\0")
    with pytest.raises(RefusedError, match="test file: Can't allocate memory"):
        finds_test_file(fake.endpoint, MIB, patience())


@pytest.mark.parametrize("ill", [closes, says(b"Error processing command. ERROR\0")])
def test_a_clamd_that_breaks_off_gives_no_answer(fake: FakeClamd, ill: Behaviour) -> None:
    fake.ill = ill
    with pytest.raises(BrokenError):
        finds_test_file(fake.endpoint, MIB, patience())

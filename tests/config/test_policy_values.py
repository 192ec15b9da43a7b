from __future__ import annotations

from collections.abc import Iterator

import pytest
from tests.time_zone import time_zone

from clamgate.config import policy_values
from clamgate.core.addresses import AddressSet
from clamgate.core.rules import Action, TagHeader
from clamgate.core.signatures import Glob, SignatureClass


@pytest.fixture
def in_utc() -> Iterator[None]:
    """Days begin and end in this time zone."""
    with time_zone("UTC"):
        yield


def test_an_action_in_any_case() -> None:
    assert [policy_values.action(word) for word in ("tag", "STORE")] == [Action.TAG, Action.STORE]


def test_on_signature() -> None:
    line = policy_values.on_signature("Foo.* blackhole")
    assert line == policy_values.OnSignature("Foo.*", Action.BLACKHOLE)


@pytest.mark.parametrize("text", ["", "phishing", "phishing Tag it"])
def test_on_signature_takes_two_words(text: str) -> None:
    with pytest.raises(ValueError, match="must be a class or a pattern and an action"):
        policy_values.on_signature(text)


def test_a_class() -> None:
    parsed = policy_values.signature_class("Spam Foo.* Bar")
    assert parsed == SignatureClass("spam", (Glob("Foo.*"), Glob("Bar")))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", '"" is no name'),
        ("spam", "must name the signatures"),
        ("a.b Foo", '"a.b" is no name for a class'),
        ("spam Grüße", "must be the name of a signature"),
    ],
)
def test_no_class(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        policy_values.signature_class(text)


@pytest.mark.usefixtures("in_utc")
def test_an_exception() -> None:
    parsed = policy_values.signature_exception("Foo.* for .Example.org until 2026-12-31")
    assert parsed.glob == Glob("Foo.*")
    assert parsed.until == 1_798_761_600  # 2027-01-01, midnight
    assert parsed.recipients == AddressSet(below=frozenset({b"example.org"}))
    assert str(parsed) == "ExceptSignature Foo.* for .Example.org until 2026-12-31"


def test_one_for_all_and_for_ever() -> None:
    parsed = policy_values.signature_exception("Foo")
    assert (parsed.until, parsed.recipients) == (None, None)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "must be the name of a signature"),
        ("Foo until", "then perhaps"),
        ("Foo b@y.example", "then perhaps"),
        ("Foo for a for b", "then perhaps"),
        ("Foo until 31.12.2026", '"31.12.2026" is no date'),
        ("Foo until 9999-12-31", "is no date"),
        ("Foo for @", '"@" is no address'),
    ],
)
def test_no_exception(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        policy_values.signature_exception(text)


def test_an_exception_that_has_ended_is_told_of() -> None:
    assert policy_values.ended("Foo until 2001-01-01") == (
        "has ended and has no effect any more: remove it"
    )
    assert policy_values.ended("Foo until 2999-01-01") is None
    assert policy_values.ended("Foo") is None


def test_addresses() -> None:
    found = policy_values.addresses(["Tom@Example.org", "example.net", ".example.com", "<>"])
    assert found == AddressSet(
        addresses=frozenset({b"tom@example.org", b""}),
        domains=frozenset({b"example.net"}),
        below=frozenset({b"example.com"}),
    )


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is no address"),
        ("tom@", "is no address"),
        ("a b.example", "is no address"),
        ("@.example.org", "is no address"),
        ("x..example", "is no address"),
        ("*@example.org", 'write "example.org"'),
        ("*.example.org", 'write ".example.org"'),
    ],
)
def test_no_addresses(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        policy_values.addresses([text])


def test_a_field() -> None:
    assert policy_values.tag_header("X-A:  b: %v ") == TagHeader("X-A", "b: %v")


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("X-A", "must be a header field"),
        ("X A: b", "must be a header field"),
        ("Subject: b", "write TagSubject"),
        ("X-Virus-Status: Clean", "is what Tag sets in any case"),
        ("X-A: ", "must have a text"),
        ("X-A: a\tb", "must be printable"),
        ("X-A: " + "b" * 900, "is too long"),
    ],
)
def test_no_field(text: str, why: str) -> None:
    with pytest.raises(ValueError, match=why):
        policy_values.tag_header(text)

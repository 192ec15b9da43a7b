from __future__ import annotations

import pytest

from clamgate.core.signatures import (
    NO_CLASSES,
    Glob,
    SignatureClass,
    SignatureClasses,
    signatures_of,
)
from clamgate.core.verdict import Clean, Failed, Infected, Unscanned, Verdict


@pytest.mark.parametrize(
    ("glob", "name", "fits"),
    [
        ("Heuristics.Phishing.*", "Heuristics.Phishing.Email.SpoofedDomain", True),
        ("heuristics.phishing.*", "Heuristics.Phishing.URL.Blocked", True),
        ("Heuristics.Phishing.*", "X.Heuristics.Phishing.URL.Blocked", False),
        ("Win.Test.EICAR_HDB-?", "Win.Test.EICAR_HDB-1", True),
        ("Eicar-Test-Signature", "Eicar-Test-Signature.UNOFFICIAL", True),
        ("Eicar-Test-Signature.UNOFFICIAL", "Eicar-Test-Signature.UNOFFICIAL", True),
        ("Eicar-Test-Signature.UNOFFICIAL", "Eicar-Test-Signature", False),
        ("*-SecuriteInfo.com", "Spam-123-SecuriteInfo.com.UNOFFICIAL", True),
        ("[ab]*", "beta", True),
        ("a.c", "abc", False),
    ],
)
def test_globs(glob: str, name: str, fits: bool) -> None:  # noqa: FBT001  a parameter of the table
    assert Glob(glob).matches(name) is fits


def test_globs_are_values() -> None:
    assert Glob("a*") == Glob("a*") != Glob("b*")
    assert len({Glob("a*"), Glob("a*")}) == 1
    assert repr(Glob("a*")) == "Glob('a*')"


CLASSES = SignatureClasses(
    [
        SignatureClass("mine", (Glob("Foo.Phish.*"),)),
        SignatureClass("phishing", (Glob("*.Phish.*"), Glob("Phishing.*"))),
        SignatureClass("mine", (Glob("Bar.*"),)),
    ]
)


@pytest.mark.parametrize(
    ("name", "of_class"),
    [
        ("Foo.Phish.1", "mine"),
        ("Other.Phish.1", "phishing"),
        ("Phishing.Bank", "phishing"),
        ("Bar.x", "mine"),
        ("Win.Trojan.Agent-1", "malware"),
    ],
)
def test_the_first_row_that_fits_is_the_class(name: str, of_class: str) -> None:
    assert CLASSES.class_of(name) == of_class
    assert NO_CLASSES.class_of(name) == "malware"


def test_the_names_of_the_classes() -> None:
    assert CLASSES.names == {"mine", "phishing", "malware"}


@pytest.mark.parametrize(
    ("verdict", "names"),
    [
        (Infected(("A", "B")), ("A", "B")),
        (Unscanned("over", "Heuristics.Limits.Exceeded"), ("Heuristics.Limits.Exceeded",)),
        (Unscanned("larger than MaxFileSize"), ()),
        (Clean(), ()),
        (Failed("x"), ()),
    ],
)
def test_the_signatures_of_a_verdict(verdict: Verdict, names: tuple[str, ...]) -> None:
    assert signatures_of(verdict) == names

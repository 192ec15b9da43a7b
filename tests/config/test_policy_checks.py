from __future__ import annotations

from pathlib import Path

import pytest

from clamgate.config.loader import parse
from clamgate.config.problems import ConfError

NEEDED = "MilterSocket inet:7357\nClamdSocket tcp:127.0.0.1\n"


def warned(text: str) -> list[str]:
    return [str(one) for one in parse((NEEDED + text).encode(), "a.conf").warnings]


def errors(text: str) -> list[str]:
    with pytest.raises(ConfError) as caught:
        warned(text)
    return str(caught.value).splitlines()


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("OnInfected Store\n", "a.conf:3: OnInfected Store has nowhere to store"),
        ("OnClean Store\n", "a.conf:3: OnClean Store has nowhere to store"),
        ("OnOversize Store\n", "a.conf:3: OnOversize Store has nowhere to store"),
        ("OnSignature spam Store\n", "a.conf:3: OnSignature spam Store has nowhere to store"),
        (
            "OnUnstrippable Store\nOnInfected Strip\n",
            "a.conf:3: OnUnstrippable Store has nowhere to store",
        ),
        ("OnEncrypted Store\n", "a.conf:3: OnEncrypted Store has nowhere to store"),
        ("KeepCopy yes\nOnInfected Reject\n", "a.conf:3: KeepCopy has nowhere to store"),
        (
            "ExceptSignature Foo for b@y.example\n",
            (
                "a.conf:3: what is for some recipients only is stored for those who may not have"
                " it, and there is nowhere to store"
            ),
        ),
    ],
)
def test_nowhere_to_store(text: str, told: str) -> None:
    assert errors(text) == [f"{told}: set QuarantineDirectory"]
    assert warned(f"{text}QuarantineDirectory /q\n") == []


def test_a_rule_for_some_recipients_needs_a_place_for_the_others(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('[[rule]]\nto = "b@y.example"\naction = "Accept"\n')
    (told,) = errors(f"PolicyFile {path}\n")
    assert told.startswith(f"{path}:1: what is for some recipients only")
    assert warned(f"PolicyFile {path}\nOnInfected Tag\n") == []


def test_what_is_for_some_is_stored_for_the_others_if_it_cannot_be_stripped() -> None:
    strip = "ExceptSignature Foo for b@y.example\nOnInfected Strip\n"
    (told,) = errors(strip)
    assert told.startswith("a.conf:3: what is for some recipients only is stored for those")
    assert warned(f"{strip}OnUnstrippable Tag\n") == []


def test_strip_needs_the_parts() -> None:
    never = "ScanParts Never\nOnSignature malware Strip\nOnInfected Strip\n"
    why = "needs to know the part that something is in: set ScanParts Auto"
    assert errors(never) == [
        f"a.conf:4: OnSignature malware Strip {why}",
        f"a.conf:5: OnInfected Strip {why}",
    ]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (
            "RejectMsg no\n",
            ["a.conf:3: RejectMsg has no effect without `OnInfected Reject`: set that too"],
        ),
        ("RejectMsg no\nOnInfected Reject\n", []),
        ("RejectMsg no\nOnSignature malware Reject\n", []),
        (
            "TagSubject [X]\nOnInfected Reject\n",
            ["a.conf:3: TagSubject has no effect without `OnInfected Tag`: set that too"],
        ),
        ("TagSubject [X]\nOnOversize Tag\n", []),
        (
            "TagHeader X-A: 1\n",
            ["a.conf:3: TagHeader has no effect without `OnInfected Tag`: set that too"],
        ),
        ("TagHeader X-A: 1\nOnSignature spam Tag\n", []),
        (
            "KeepCopy yes\nQuarantineDirectory /q\n",
            ["a.conf:3: KeepCopy has no effect: nothing is rejected, blackholed or stripped"],
        ),
        ("KeepCopy yes\nQuarantineDirectory /q\nOnInfected Strip\n", []),
        ("RejectMsg no\nOnInfected Strip\n", []),
        ("TagSubject [X]\nOnInfected Strip\nOnUnstrippable Tag\n", []),
        (
            "OnUnstrippable Defer\n",
            ["a.conf:3: OnUnstrippable has no effect: no rule says Strip"],
        ),
        (
            "OnSignature encrypted Tag\nOnEncrypted Reject\n",
            [
                (
                    "a.conf:4: OnEncrypted Reject is never reached: OnSignature encrypted Tag"
                    " [a.conf:3] comes first"
                )
            ],
        ),
    ],
)
def test_what_is_legal_and_has_no_effect(text: str, told: list[str]) -> None:
    assert warned(text) == told

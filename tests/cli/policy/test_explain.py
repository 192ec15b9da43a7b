from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from clamgate.cli.main import main

POLICY = """
inside = "10.0.0.0/8"
[[rule]]
name = "accounts"
class = "phishing"
from = "bank.example"
to = "accounts@y.example"
action = "Tag"
[[rule]]
name = "none leaves"
direction = "out"
action = "Reject"
reply = "%v"
[[rule]]
name = "large"
verdict = "clean"
larger = "1M"
action = "Quarantine"
"""
PHISH = "--signature=Email.Phishing.X"


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    (tmp_path / "p.toml").write_text(POLICY)
    path = tmp_path / "a.conf"
    path.write_text(
        "MilterSocket inet:7357\nClamdSocket tcp:127.0.0.1\nOnInfected Quarantine\n"
        "OnSignature phishing Store\nOnEncrypted Accept\nExceptSignature Wrong.*\n"
        f"QuarantineDirectory /q\nPolicyFile {tmp_path}/p.toml\n"
    )
    return path


def explained(conf: Path, *words: str) -> list[str]:
    done = CliRunner().invoke(main, ["policy", "explain", "-c", str(conf), *words])
    assert done.exit_code == 0, done.output
    return done.output.replace(str(conf.parent), "DIR").splitlines()


@pytest.mark.parametrize(
    ("words", "rule", "told"),
    [
        ([], "OnClean Accept [default]", "accept"),
        (["--verdict=failed"], "OnFail Defer [default]", "defer"),
        (["--verdict=oversize"], "OnOversize Accept [default]", "accept"),
        (["--size=2M"], "large: Quarantine [DIR/p.toml:14]", "quarantine"),
        (["--signature=Win.X"], "OnInfected Quarantine [DIR/a.conf:3]", "quarantine"),
        (["--signature=Wrong.X"], "OnClean Accept [default]", "accept"),
        (["--signature=Heuristics.Encrypted.Zip"], "OnEncrypted Accept [DIR/a.conf:5]", "accept"),
        (
            [PHISH],
            "OnSignature phishing Store [DIR/a.conf:4]",
            "blackhole; a copy is stored for <recipient@example.net>",
        ),
        (
            [PHISH, "--client=10.1.1.1"],
            "none leaves: Reject [DIR/p.toml:9]",
            "reject 550 5.7.1 Email.Phishing.X",
        ),
        (
            [PHISH, "--login=tom"],
            "none leaves: Reject [DIR/p.toml:9]",
            "reject 550 5.7.1 Email.Phishing.X",
        ),
        (
            [PHISH, "--from=x@bank.example", "--to=accounts@y.example"],
            "accounts: Tag [DIR/p.toml:3]",
            "accept",
        ),
    ],
)
def test_cases(conf: Path, words: list[str], rule: str, told: str) -> None:
    *_, decides, last = explained(conf, *words)
    assert decides == f"  decides: {rule}"
    assert last == f"The MTA is told: {told}"


def test_the_reasons_for_each_recipient(conf: Path) -> None:
    words = [PHISH, "--from=x@bank.example", "--to=accounts@y.example", "--to=b@y.example"]
    assert explained(conf, *words) == [
        "For <accounts@y.example>:",
        "  Email.Phishing.X is in class phishing",
        "  decides: accounts: Tag [DIR/p.toml:3]",
        "For <b@y.example>:",
        "  Email.Phishing.X is in class phishing",
        "  not accounts: Tag [DIR/p.toml:3]: its to does not fit",
        "  not none leaves: Reject [DIR/p.toml:9]: its direction does not fit",
        "  not large: Quarantine [DIR/p.toml:14]: its verdict does not fit",
        "  decides: OnSignature phishing Store [DIR/a.conf:4]",
        "The MTA is told: accept; a copy is stored for <b@y.example>",
    ]


@pytest.mark.parametrize(
    ("word", "told"),
    [
        ("--client=here", '"here" is no IP address'),
        ("--size=10MB", "must be a number of bytes"),
        ("--verdict=infected", "an infected message has a signature: name one"),
    ],
)
def test_what_cannot_be(conf: Path, word: str, told: str) -> None:
    done = CliRunner().invoke(main, ["policy", "explain", "-c", str(conf), word])
    assert done.exit_code == 2
    assert told in done.output


def test_strip_and_what_is_done_where_that_cannot_be(tmp_path: Path) -> None:
    path = tmp_path / "a.conf"
    path.write_text(
        "MilterSocket inet:7357\nClamdSocket tcp:127.0.0.1\n"
        "OnInfected Strip\nOnUnstrippable Defer\n"
    )
    assert explained(path, "--signature=Win.X")[-3:] == [
        "  decides: OnInfected Strip [DIR/a.conf:3]",
        "The MTA is told: accept, without what was found",
        "Where what was found cannot be taken out: defer",
    ]


def test_a_file_that_is_not_allowed_beside_a_signature_that_is(conf: Path) -> None:
    conf.write_text(conf.read_text() + 'OnSignature pua Tag\nOnAttachment "*.exe" Reject\n')
    words = ["--signature=PUA.X", "--attachment=a.exe", "--to=a@y.example"]
    *_, overruled, decides, told = explained(conf, *words)
    rule, _, why = overruled.partition(": ")
    assert rule == "  not OnSignature pua Tag [DIR/a.conf:9]"
    assert why == "it allows what was found, but not what is attached"
    assert decides == "  decides: OnAttachment *.exe Reject [DIR/a.conf:10]"
    assert told == "The MTA is told: reject 550 5.7.1 Attachment not accepted: a.exe"


def test_what_programs_disagree_on(conf: Path) -> None:
    conf.write_text(conf.read_text() + "OnAmbiguous Defer\n")
    assert explained(conf, "--ambiguous", "--size=1k")[-2:] == [
        "  decides: OnAmbiguous Defer [DIR/a.conf:9]",
        "The MTA is told: defer",
    ]

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from clamgate.cli.main import main

CONF = "MilterSocket inet:7357\nClamdSocket tcp:127.0.0.1\nOnSignature spam Tag\n"


def tried(tmp_path: Path, cases: str, more: str = "") -> tuple[int, list[str]]:
    (tmp_path / "a.conf").write_text(CONF + more)
    (tmp_path / "cases.toml").write_text(cases)
    words = ["policy", "test", "-c", f"{tmp_path}/a.conf", f"{tmp_path}/cases.toml"]
    done = CliRunner().invoke(main, words)
    return done.exit_code, done.output.replace(str(tmp_path), "DIR").splitlines()


def test_all_as_expected(tmp_path: Path) -> None:
    cases = (
        '[[case]]\nsignature = "Email.Spam.1"\naction = "Tag"\nrule = "a.conf:3"\n'
        '[[case]]\naction = "Accept"\nto = ["a@x.example", "b@x.example"]\n'
        '[[case]]\nverdict = "failed"\naction = "Defer"\n'
    )
    assert tried(tmp_path, cases) == (0, ["3 of 3 cases are as expected"])


def test_what_is_otherwise(tmp_path: Path) -> None:
    cases = (
        '[[case]]\nname = "spam"\nsignature = "Email.Spam.1"\naction = "Reject"\n'
        '[[case]]\naction = "Accept"\n'
    )
    assert tried(tmp_path, cases) == (
        1,
        [
            (
                "DIR/cases.toml:1: spam: for <recipient@example.net> expected Reject, but it is Tag"
                " by OnSignature spam Tag [DIR/a.conf:3]"
            ),
            "1 of 2 cases are as expected",
        ],
    )


def test_mistakes_in_the_table(tmp_path: Path) -> None:
    cases = (
        '[[case]]\nsignature = "X"\n'
        '[[case]]\nverdict = "infected"\naction = "Tag"\n'
        '[[case]]\nclient = "here"\naction = "Tag"\n'
        '[[case]]\nto = ["a@x", "b@x"]\naction = ["Tag", "Tag", "Tag"]\n'
    )
    assert tried(tmp_path, cases) == (
        2,
        [
            'ERROR: DIR/cases.toml:1: this case has no action: add a line such as action = "Tag"',
            "ERROR: DIR/cases.toml:3: an infected message has a signature: name one",
            'ERROR: DIR/cases.toml:7: client: "here" is no IP address',
            (
                "ERROR: DIR/cases.toml:11: action: name one for all, or one for each of the 2"
                " recipients"
            ),
        ],
    )


def test_strip_is_an_action_like_others(tmp_path: Path) -> None:
    cases = '[[case]]\nsignature = "Win.X"\naction = "Strip"\nrule = "a.conf:4"\n'
    assert tried(tmp_path, cases, "OnInfected Strip\n") == (0, ["1 of 1 cases are as expected"])


def test_what_is_attached(tmp_path: Path) -> None:
    more = (
        'OnAttachment mine.exe Accept\nOnAttachment "*.exe" Reject\nOnAttachment video/* Defer\n'
        "OnAttachment unlisted Blackhole\nOnAmbiguous Quarantine\nOnSignature pua Tag\n"
    )
    cases = "".join(
        f'[[case]]\n{given}\naction = "{action}"\n'
        for given, action in (
            ('attachment = "mine.exe"', "Accept"),
            ('attachment = ["mine.exe", "x.EXE"]', "Reject"),
            ('attachment = "video/mp4"', "Defer"),
            ('attachment = "unlisted"', "Blackhole"),
            ("ambiguous = true", "Quarantine"),
            ('attachment = "x.exe"\nsignature = "Eicar"', "Quarantine"),
            ('attachment = "x.exe"\nsignature = "PUA.X"', "Reject"),
            ('signature = "PUA.X"', "Tag"),
        )
    )
    assert tried(tmp_path, cases, more) == (0, ["8 of 8 cases are as expected"])

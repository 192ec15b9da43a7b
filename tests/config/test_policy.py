from __future__ import annotations

from pathlib import Path

import pytest

from clamgate.config.loader import parse
from clamgate.config.problems import ConfError
from clamgate.core.addresses import AddressSet
from clamgate.core.contents import FileCondition, FilePattern
from clamgate.core.rules import SIGNED, Action, Condition, Kind, Rule, Rules, TagHeader
from clamgate.core.signatures import Glob

NEEDED = "MilterSocket inet:7357\nClamdSocket tcp:127.0.0.1\n"


def rules(text: str) -> Rules:
    return parse((NEEDED + text).encode(), "a.conf").settings.rules


def errors(text: str) -> list[str]:
    with pytest.raises(ConfError) as caught:
        rules(text)
    return str(caught.value).splitlines()


def test_a_conf_without_policy_has_the_last_four_rules() -> None:
    made = rules("")
    assert [str(rule) for rule in made.ordered] == [
        "OnClean Accept [default]",
        "OnInfected Quarantine [default]",
        "OnFail Defer [default]",
        "OnOversize Accept [default]",
    ]
    bare = Rules()
    for name in ("add_header", "reject_msg", "tag_subject", "tag_headers", "keep_copy"):
        assert getattr(made, name) == getattr(bare, name)
    assert not made.may_store


def test_the_last_four_know_their_lines() -> None:
    assert "OnInfected Reject [a.conf:3]" in map(str, rules("OnInfected Reject\n").ordered)


def test_lines_are_rules_in_their_order() -> None:
    made = rules("OnSignature Phishing Tag\nOnEncrypted defer\nOnSignature Foo.* reject\n")
    assert made.ahead == (
        Rule(
            "OnSignature Phishing Tag",
            Condition(SIGNED, classes=frozenset({"phishing"})),
            Action.TAG,
            place="a.conf:3",
        ),
        Rule(
            "OnEncrypted Defer",
            Condition(SIGNED, classes=frozenset({"encrypted"})),
            Action.DEFER,
            place="a.conf:4",
        ),
        Rule(
            "OnSignature Foo.* Reject",
            Condition(SIGNED, signatures=(Glob("Foo.*"),)),
            Action.REJECT,
            place="a.conf:5",
        ),
    )


def test_a_word_of_letters_that_is_no_class() -> None:
    assert errors("OnSignature fishing Tag\n") == [
        'a.conf:3: OnSignature: there is no class "fishing": did you mean phishing?'
    ]


def test_a_class_of_ones_own_goes_before_those_shipped() -> None:
    made = rules(
        "SignatureClass newsletters Sanesecurity.Spam.News*\nOnSignature newsletters Accept\n"
    )
    assert made.classes.class_of("Sanesecurity.Spam.News.1.UNOFFICIAL") == "newsletters"
    assert made.classes.class_of("Sanesecurity.Spam.1") == "spam"
    assert made.ahead[0].when.classes == {"newsletters"}


def test_exceptions_know_their_lines() -> None:
    (exception,) = rules(
        "ExceptSignature Foo.Bar for b@y.example\nQuarantineDirectory /q\n"
    ).exceptions
    assert str(exception) == "ExceptSignature Foo.Bar for b@y.example [a.conf:3]"
    assert exception.recipients == AddressSet(addresses=frozenset({b"b@y.example"}))


def test_texts() -> None:
    made = rules('TagHeader "X-A: 1"\nTagHeader X-B: 2\nOnClean Tag\n')
    assert made.tag_headers == (TagHeader("X-A", "1"), TagHeader("X-B", "2"))


def test_a_policy_file_goes_before_the_lines(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text('inside = "10.0.0.0/8"\n[[rule]]\nclass = "news"\naction = "Defer"\n')
    made = rules(f"OnSignature malware Reject\nSignatureClass news News.*\nPolicyFile {path}\n")
    assert [str(rule) for rule in made.ahead] == [
        f"rule 1: Defer [{path}:2]",
        "OnSignature malware Reject [a.conf:3]",
    ]
    assert [str(network) for network in made.inside] == ["10.0.0.0/8"]
    assert [rule.action for rule in made.by_kind[Kind.CLEAN]] == [Action.ACCEPT]


def test_a_policy_file_is_looked_up_in_the_new_root(tmp_path: Path) -> None:
    (tmp_path / "tmp").mkdir()
    (tmp_path / "p.toml").write_text('[[rule]]\naction = "Defer"\n')
    made = rules(f"Chroot {tmp_path}\nTemporaryDirectory /tmp\nPolicyFile /p.toml\n")
    assert made.ahead[0].place == f"{tmp_path}/p.toml:1"


def test_mistakes_of_the_conf_and_of_the_file_are_told_in_one_go(tmp_path: Path) -> None:
    path = tmp_path / "p.toml"
    path.write_text(
        "[[rule]]\n"
        'class = "fishing"\n'
        'action = "Tag"\n'
        "[[rule]]\n"
        'acton = "Tag"\n'
        "[[rule]]\n"
        'client = "10.0.0.1/8"\n'
        'action = "Reject"\n'
        'reply = ""\n'
    )
    told = errors(f"OnSignature phishing Tga\nPolicyFile {path}\n")
    assert [line.replace(str(tmp_path), "DIR") for line in told] == [
        'DIR/p.toml:2: class: there is no class "fishing": did you mean phishing?',
        'DIR/p.toml:4: this rule has no action: add a line such as action = "Tag"',
        "DIR/p.toml:5: there is no key acton: did you mean action?",
        ('DIR/p.toml:7: client: "10.0.0.1/8" has bits set beyond its mask: write 10.0.0.0/8'),
        "DIR/p.toml:9: reply: must be a text of 900 characters at most",
        (
            'a.conf:3: OnSignature "phishing Tga": the action "Tga" must be Accept, Reject, Defer,'
            " Blackhole, Quarantine, Tag, Store or Strip"
        ),
    ]


def test_the_examples_of_the_manual(tmp_path: Path) -> None:
    text = (Path(__file__).parents[2] / "docs" / "policy.md").read_text()
    lines = text.partition("```\n")[2].partition("```")[0]
    path = tmp_path / "p.toml"
    path.write_text(text.partition("```toml\n")[2].partition("```")[0])
    loaded = parse(f"{NEEDED}{lines}PolicyFile {path}\n".encode(), "a.conf")
    assert loaded.warnings == ()
    assert [rule.action.value for rule in loaded.settings.rules.ahead] == [
        *("Tag", "Reject"),
        *("Tag", "Tag", "Store", "Store", "Accept", "Blackhole"),
    ]


CLEAN, NOT_FOUND = frozenset({Kind.CLEAN}), frozenset({Kind.CLEAN, Kind.OVERSIZE})


def test_lines_about_what_is_attached_come_behind_those_about_signatures() -> None:
    made = rules(
        'OnAttachment "my report.exe" Accept\n'
        "OnAmbiguous Store\n"
        "OnAttachment *.exe Reject\n"
        'OnAttachment "application/x-msdownload Tag"\n'
        "OnSignature pua Accept\n"
        "QuarantineDirectory /var/q\n"
    )
    mine = (FilePattern("my report.exe"),)
    exes, programs = (FilePattern("*.exe"),), (FilePattern("application/x-msdownload"),)
    assert [(one.name, one.when, one.place) for one in made.ahead[1:]] == [
        ("OnAmbiguous Store", Condition(NOT_FOUND, ambiguous=True), "a.conf:4"),
        (
            "OnAttachment *.exe Reject",
            Condition(NOT_FOUND, files=FileCondition(exes, mine)),
            "a.conf:5",
        ),
        (
            "OnAttachment application/x-msdownload Tag",
            Condition(CLEAN, files=FileCondition(programs, mine)),
            "a.conf:6",
        ),
    ]
    assert made.ahead[0].name == "OnSignature pua Accept"
    assert (made.ask_for_files, made.ask_for_ambiguity) == (True, True)


def test_what_is_not_asked_for_is_not_looked_for() -> None:
    made = rules("OnAmbiguous Accept\nOnAttachment *.exe Accept\n")
    assert made.ahead == ()
    assert (made.ask_for_files, made.ask_for_ambiguity) == (False, False)
    assert rules("AmbiguityHeader yes\nReportHostname mx.example\n").ask_for_ambiguity


@pytest.mark.parametrize(
    ("line", "error"),
    [
        ("*.exe", 'must be a name or a type, and an action: "*.exe" Reject'),
        ('"*.exe"', 'must be a name or a type, and an action: "*.exe" Reject'),
        ("*.exe Refuse", 'the action "Refuse" must be Accept, Reject, Defer'),
        ("a/b/*.exe Reject", '"a/b/*.exe" is no type, such as application/zip or video/*'),
        ("* Reject", '"*" fits any name'),
    ],
)
def test_lines_that_are_wrong(line: str, error: str) -> None:
    (found,) = errors(f"OnAttachment {line}\n")
    assert found.startswith("a.conf:3: OnAttachment")
    assert error in found


def test_what_is_attached_can_be_stripped_but_not_what_is_ambiguous() -> None:
    (rule,) = rules("OnAttachment *.exe Strip\nScanParts Never\n").ahead
    assert rule.action is Action.STRIP
    assert rule.when.kinds == {Kind.CLEAN, Kind.OVERSIZE}
    (error,) = errors("OnAmbiguous Strip\n")
    assert error.endswith("(what programs disagree on cannot be taken out)")

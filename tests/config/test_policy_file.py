from __future__ import annotations

from ipaddress import ip_network

import pytest

from clamgate.config.policy_file import PolicyFile, policy_of
from clamgate.config.problems import ConfError, Findings
from clamgate.config.signature_classes import SHIPPED
from clamgate.config.toml_lines import parse_toml
from clamgate.core.addresses import AddressSet
from clamgate.core.contents import FileCondition, FilePattern
from clamgate.core.rules import (
    NO_TEXTS,
    SIGNED,
    Action,
    Condition,
    Kind,
    Rule,
    TagHeader,
    Texts,
)
from clamgate.core.signatures import Glob, SignatureClasses


def read(text: str) -> tuple[PolicyFile, list[str]]:
    findings = Findings()
    document = parse_toml(text.encode(), "p.toml", findings)
    assert document is not None
    policy = policy_of(document, SignatureClasses(SHIPPED), findings)
    findings.raise_errors()
    return policy, [str(one) for one in findings.warnings]


def errors(text: str) -> list[str]:
    with pytest.raises(ConfError) as caught:
        read(text)
    return str(caught.value).splitlines()


def test_a_rule_with_everything() -> None:
    policy, warnings = read("""
inside = ["10.0.0.0/8", "2001:db8::1"]
[[rule]]
name = "Accounts"
verdict = ["infected", "oversize"]
class = ["phishing", "Spam"]
signature = "Foo.*"
from = ["bank.example", "<>"]
to = "accounts@y.example"
client = "192.0.2.0/24"
authenticated = false
direction = "in"
larger = 0
smaller = "10M"
action = "tag"
subject = "[PHISH] "
headers = ["X-A: %v", "X-B: 2"]
""")
    assert warnings == []
    assert policy.inside == (ip_network("10.0.0.0/8"), ip_network("2001:db8::1/128"))
    assert policy.rules == (
        Rule(
            "Accounts: Tag",
            Condition(
                kinds=frozenset({Kind.INFECTED, Kind.OVERSIZE}),
                classes=frozenset({"phishing", "spam"}),
                signatures=(Glob("Foo.*"),),
                senders=AddressSet(frozenset({b""}), frozenset({b"bank.example"})),
                recipients=AddressSet(frozenset({b"accounts@y.example"})),
                networks=(ip_network("192.0.2.0/24"),),
                authenticated=False,
                outgoing=False,
                larger=0,
                smaller=10 * 1024 * 1024,
            ),
            Action.TAG,
            Texts(subject="[PHISH] ", headers=(TagHeader("X-A", "%v"), TagHeader("X-B", "2"))),
            "p.toml:3",
        ),
    )


def test_which_verdicts_a_rule_is_for_if_it_does_not_say() -> None:
    policy, _ = read('[[rule]]\naction = "Tag"\n[[rule]]\nclass = "limits"\naction = "Tag"\n')
    assert [rule.when for rule in policy.rules] == [
        Condition(frozenset({Kind.INFECTED})),
        Condition(SIGNED, classes=frozenset({"limits"})),
    ]
    assert [rule.texts for rule in policy.rules] == [NO_TEXTS, NO_TEXTS]


def test_tagging_without_any_words() -> None:
    policy, _ = read('[[rule]]\naction = "Tag"\nsubject = ""\nheaders = []\n')
    assert policy.rules[0].texts == Texts(subject="", headers=())


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ('verdict = "failed"', "verdict: must be clean, infected or oversize (of what could not"),
        ('direction = "up"', "direction: must be in or out"),
        ('authenticated = "yes"', "authenticated: must be true or false, not 'yes'"),
        ('larger = "10MB"', "larger: must be a number of bytes"),
        ("larger = -1", "larger: must be text in quotes, not -1"),
        ('to = "*@x.example"', 'to: "*@x.example" is no address'),
        ('client = "mx.example"', 'client: "mx.example" is no network'),
        ('signature = "a b"', "signature: must be the name of a signature"),
        ('name = " "', "name: must be printable text, on one line"),
        ('reply = "no"', "reply is for Reject, Defer or Strip, not for Tag"),
        ('reason = "why"', "reason is for Store, Quarantine or Strip, not for Tag"),
        ("size = 7", "there is no key size"),
    ],
)
def test_mistakes(line: str, told: str) -> None:
    (error,) = errors(f'[[rule]]\naction = "Tag"\n{line}\n')
    assert error.startswith(f"p.toml:3: {told}")


def test_strip_is_for_what_was_found() -> None:
    assert errors('[[rule]]\nverdict = ["clean", "oversize"]\naction = "Strip"\n') == [
        (
            "p.toml:3: action: Strip takes out what was found, or attachments: the verdict must be"
            " infected"
        )
    ]
    assert errors('[[rule]]\nattachment = "*.exe"\naction = "Strip"\nsize = 7\n')[0].startswith(
        "p.toml:4: there is no key size"
    )
    strip = '[[rule]]\naction = "Strip"\nreply = "no"\nreason = "because"\nsubject = "x"\n'
    assert errors(strip) == ["p.toml:5: subject is for Tag, not for Strip"]


def test_four_mistakes_give_four_messages() -> None:
    assert errors(
        '[[rule]]\nclass = "fishing"\naction = "Tag"\n\n'
        '[[rule]]\nform = "bank.example"\naction = "Tga"\n\n'
        '[[rule]]\nsignature = "Foo.*"\n'
    ) == [
        'p.toml:2: class: there is no class "fishing": did you mean phishing?',
        "p.toml:6: there is no key form: did you mean from?",
        (
            "p.toml:7: action: must be Accept, Reject, Defer, Blackhole, Quarantine, Tag, Store or"
            " Strip"
        ),
        'p.toml:9: this rule has no action: add a line such as action = "Tag"',
    ]


def test_what_is_not_in_a_rule() -> None:
    assert errors('rules = 1\n[rule]\naction = "Tag"\n') == [
        "p.toml:1: there is no key rules: did you mean rule?",
        "p.toml:2: write [[rule]], with two brackets on each side",
    ]
    assert errors("rule = [1]\n") == ["p.toml:1: write [[rule]], with two brackets on each side"]


def test_a_file_without_rules_is_warned_of() -> None:
    policy, warnings = read("")
    assert policy == PolicyFile()
    assert warnings == ["p.toml: has no [[rule]]: it changes nothing"]


PATTERNS = FileCondition((FilePattern("*.exe"), FilePattern("video/*")))


@pytest.mark.parametrize(
    ("lines", "when"),
    [
        (
            'attachment = ["*.exe", "video/*"]\naction = "Reject"',
            Condition(frozenset({Kind.CLEAN, Kind.OVERSIZE}), files=PATTERNS),
        ),
        (
            'attachment = ["*.exe", "video/*"]\naction = "Tag"',
            Condition(frozenset({Kind.CLEAN}), files=PATTERNS),
        ),
        (
            'ambiguous = false\naction = "Accept"',
            Condition(frozenset({Kind.CLEAN}), ambiguous=False),
        ),
        (
            'attachment = ["*.exe", "video/*"]\nclass = "pua"\naction = "Defer"',
            Condition(SIGNED, classes=frozenset({"pua"}), files=PATTERNS),
        ),
        (
            'ambiguous = true\nverdict = "infected"\naction = "Defer"',
            Condition(frozenset({Kind.INFECTED}), ambiguous=True),
        ),
    ],
)
def test_what_is_attached(lines: str, when: Condition) -> None:
    policy, _ = read(f"[[rule]]\n{lines}\n")
    assert [rule.when for rule in policy.rules] == [when]


def test_what_is_wrong_about_what_is_attached() -> None:
    assert errors('[[rule]]\nattachment = "a/b/c"\nambiguous = "yes"\naction = "Tag"\n') == [
        (
            'p.toml:2: attachment: "a/b/c" is no type, such as application/zip or video/*, and a'
            " pattern for names has no slash: folders do not count"
        ),
        "p.toml:3: ambiguous: must be true or false, not 'yes'",
    ]
    (error,) = errors('[[rule]]\nambiguous = true\naction = "Strip"\n')
    assert "the verdict must be infected" in error

from __future__ import annotations

from dataclasses import replace
from ipaddress import ip_network
from typing import Any

import pytest
from tests.core.policies import CLASSES, message, people, rule

from clamgate.core.contents import AttachedFile, Contents, FileCondition, FilePattern
from clamgate.core.envelope import Message
from clamgate.core.matching import first_match, is_outgoing, kind_of, make_case, mismatch
from clamgate.core.parts import FoundPart
from clamgate.core.rules import Action, Kind, Rule, Rules, SignatureException
from clamgate.core.signatures import Glob
from clamgate.core.verdict import Clean, Empty, Failed, Infected, Unscanned, Verdict

PHISH = Infected(("Phishing.Bank",))
RULES = Rules(classes=CLASSES, inside=(ip_network("10.0.0.0/8"),))


def unmet(verdict: Verdict = PHISH, of: Message | None = None, **when: Any) -> str | None:
    of = of or message()
    case = make_case(verdict, of, of.envelope.recipients[0], RULES, now=0)
    return mismatch(rule(Action.TAG, **when).when, case)


EXES = FileCondition((FilePattern("*.exe"),))
PART = FoundPart("2", ("a.exe",), "", "", 9, "ab")
WITH_EXE = Contents((AttachedFile(("a.exe",), (), PART),), (PART,))
NETS = (ip_network("198.51.100.0/24"), ip_network("2001:db8::/32"))


@pytest.mark.parametrize(
    ("when", "wrong"),
    [
        ({}, None),
        ({"kinds": frozenset({Kind.CLEAN})}, "verdict"),
        ({"classes": frozenset({"phishing", "pua"})}, None),
        ({"classes": frozenset({"pua"})}, "class"),
        ({"signatures": (Glob("X"), Glob("Phishing.*"))}, None),
        ({"signatures": (Glob("X"),)}, "signature"),
        ({"senders": people("a@x.example")}, None),
        ({"senders": people("b@x.example")}, "from"),
        ({"recipients": people("b@y.example")}, None),
        ({"recipients": people("c@y.example")}, "to"),
        ({"networks": NETS}, None),
        ({"networks": NETS[1:]}, "client"),
        ({"authenticated": False}, None),
        ({"authenticated": True}, "authenticated"),
        ({"outgoing": False}, None),
        ({"outgoing": True}, "direction"),
        ({"larger": 999}, None),
        ({"larger": 1000}, "larger"),
        ({"smaller": 1001}, None),
        ({"smaller": 1000}, "smaller"),
        ({"files": EXES}, "attachment"),
        ({"ambiguous": False}, None),
        ({"ambiguous": True}, "ambiguous"),
        ({"classes": frozenset({"phishing"}), "larger": 5000}, "larger"),
    ],
)
def test_each_condition(when: dict[str, Any], wrong: str | None) -> None:
    assert unmet(**when) == wrong


def test_a_client_without_an_address_is_in_no_network() -> None:
    assert unmet(of=message(address=None), networks=NETS) == "client"


def test_nobody_is_no_recipient() -> None:
    case = make_case(PHISH, message(), None, RULES, now=0)
    assert mismatch(rule(Action.TAG, recipients=people("b@y.example")).when, case) == "to"


def test_any_of_several_signatures_will_do() -> None:
    two = Infected(("Win.Trojan.A", "Phishing.Bank"))
    assert unmet(two, classes=frozenset({"phishing"})) is None
    assert unmet(two, classes=frozenset({"malware"})) is None
    assert unmet(two, signatures=(Glob("Phishing.*"),)) is None


def test_a_limit_of_clamd_has_a_name_too() -> None:
    over = Unscanned("over clamd's MaxFiles", "Heuristics.Limits.Exceeded.MaxFiles")
    assert unmet(over, classes=frozenset({"limits"})) is None
    assert unmet(Unscanned("larger than MaxFileSize"), classes=frozenset({"limits"})) == "class"


@pytest.mark.parametrize(
    ("verdict", "kind"),
    [
        (Clean(), Kind.CLEAN),
        (Empty(), Kind.CLEAN),
        (PHISH, Kind.INFECTED),
        (Unscanned("x"), Kind.OVERSIZE),
        (Failed("x"), Kind.FAILED),
    ],
)
def test_kinds(verdict: Verdict, kind: Kind) -> None:
    assert kind_of(verdict) is kind


@pytest.mark.parametrize(
    ("of", "outgoing"),
    [
        (message(), False),
        (message(login=b"tom"), True),
        (message(address=None, local=True), True),
        (message(address=None), False),
        (message(address="10.1.2.3"), True),
        (message(address="::ffff:10.1.2.3"), True),
    ],
)
def test_what_is_outgoing(of: Message, outgoing: bool) -> None:  # noqa: FBT001  a parameter of the table
    assert is_outgoing(of, RULES) is outgoing


def test_the_first_rule_that_applies_decides() -> None:
    ahead = (
        rule(Action.REJECT, classes=frozenset({"pua"})),
        rule(Action.TAG, classes=frozenset({"phishing"})),
        rule(Action.DEFER),
    )
    rules = Rules(classes=CLASSES, ahead=ahead)
    assert first_match(make_case(PHISH, message(), None, rules, 0), rules) is ahead[1]
    other = Infected(("Win.Trojan.A",))
    assert first_match(make_case(other, message(), None, rules, 0), rules) is ahead[2]
    clean = make_case(Clean(), message(), None, rules, 0)
    assert first_match(clean, rules).name == "OnClean Accept"


KNOWN = SignatureException(Glob("Phishing.*"), name="ExceptSignature Phishing.*", place="a.conf:9")
BRIEF = SignatureException(Glob("Phishing.*"), until=100.0)
FOR_BOSS = SignatureException(Glob("Phishing.*"), recipients=people("boss@x"))


@pytest.mark.parametrize(
    ("exception", "recipient", "now", "verdict"),
    [
        (KNOWN, None, 0.0, Clean()),
        (BRIEF, None, 99.0, Clean()),
        (BRIEF, None, 100.0, PHISH),
        (FOR_BOSS, b"<boss@x>", 0.0, Clean()),
        (FOR_BOSS, b"<tom@x>", 0.0, PHISH),
        (FOR_BOSS, None, 0.0, PHISH),
    ],
)
def test_exceptions(
    exception: SignatureException, recipient: bytes | None, now: float, verdict: Verdict
) -> None:
    rules = Rules(exceptions=(exception,))
    case = make_case(PHISH, message(), recipient, rules, now)
    assert case.verdict == verdict
    assert case.excepted == ((("Phishing.Bank", exception),) if verdict == Clean() else ())


def test_an_exception_leaves_the_other_signatures() -> None:
    case = make_case(
        Infected(("Phishing.Bank", "Win.A")), message(), None, Rules(exceptions=(KNOWN,)), 0
    )
    assert case.verdict == Infected(("Win.A",))
    assert (case.signatures, case.classes) == (("Win.A",), ("malware",))
    assert [str(one) for _, one in case.excepted] == ["ExceptSignature Phishing.* [a.conf:9]"]


def test_an_exception_does_not_make_clean_what_was_not_looked_at() -> None:
    rules = Rules(exceptions=(SignatureException(Glob("Heuristics.Limits.*")),))
    over = Unscanned("over clamd's MaxFiles", "Heuristics.Limits.Exceeded.MaxFiles")
    assert make_case(over, message(), None, rules, 0).verdict == Unscanned("over clamd's MaxFiles")


def test_conditions_on_what_is_attached() -> None:
    of = replace(message(), contents=WITH_EXE)
    assert unmet(of=of, files=EXES) is None
    assert unmet(of=of, ambiguous=True) is None
    assert unmet(of=of, ambiguous=False) == "ambiguous"


CLEAN_ONLY = frozenset({Kind.CLEAN})
NO_EXES = rule(Action.REJECT, name="no exes", kinds=CLEAN_ONLY, files=EXES)
ALLOW = rule(Action.TAG, name="allow", classes=frozenset({"phishing"}))


@pytest.mark.parametrize(
    ("rules", "verdict", "name"),
    [
        ((NO_EXES,), Clean(), "no exes"),
        # What was found decides, if it is not delivered for that ...
        ((NO_EXES,), PHISH, "OnInfected Quarantine"),
        ((NO_EXES, rule(Action.DEFER, name="hold")), PHISH, "hold"),
        # ... and if it is, what is attached must be allowed as well, wherever that stands.
        ((ALLOW, NO_EXES), PHISH, "no exes"),
        ((NO_EXES, ALLOW), PHISH, "no exes"),
        ((ALLOW, rule(Action.TAG, kinds=CLEAN_ONLY, files=EXES)), PHISH, "allow"),
        # A rule that speaks of what is attached knows what it does.
        ((rule(Action.TAG, name="known", files=EXES), NO_EXES), PHISH, "known"),
        (
            (rule(Action.ACCEPT, name="clean ones", kinds=CLEAN_ONLY), NO_EXES),
            Clean(),
            "clean ones",
        ),
    ],
)
def test_a_signature_that_is_allowed_allows_no_file(
    rules: tuple[Rule, ...], verdict: Verdict, name: str
) -> None:
    made = Rules(ahead=rules, classes=CLASSES)
    case = make_case(verdict, replace(message(), contents=WITH_EXE), None, made, now=0)
    assert first_match(case, made).name == name


def test_a_rule_for_some_recipients_holds_for_these_under_any_verdict() -> None:
    some = rule(Action.STORE, kinds=CLEAN_ONLY, files=EXES, recipients=people("b@y.example"))
    assert Rules(ahead=(some,)).each_recipient == {Kind.CLEAN, Kind.INFECTED, Kind.OVERSIZE}

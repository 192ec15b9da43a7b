"""The rules of a conf, as values: what is to become of which message."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import Enum
from types import MappingProxyType

from clamgate.core.addresses import AddressSet
from clamgate.core.contents import FileCondition
from clamgate.core.networks import Network
from clamgate.core.signatures import NO_CLASSES, Glob, SignatureClass, SignatureClasses


class Action(Enum):
    """What a conf may ask for. The value is the word in the conf (any case there)."""

    ACCEPT = "Accept"
    REJECT = "Reject"
    DEFER = "Defer"
    BLACKHOLE = "Blackhole"
    QUARANTINE = "Quarantine"
    TAG = "Tag"
    STORE = "Store"
    STRIP = "Strip"

    @property
    def delivers(self) -> bool:
        """Whether a recipient gets the message at once."""
        return self in (Action.ACCEPT, Action.TAG, Action.STRIP)

    @property
    def leaves_whole(self) -> bool:
        """Whether a recipient gets all of it."""
        return self in (Action.ACCEPT, Action.TAG)


class HeaderMode(Enum):
    """What AddHeader asks for."""

    NO = "No"
    ADD = "Add"
    REPLACE = "Replace"


class Kind(Enum):
    """What rules are for: one of these for each verdict, and a last rule for each of these."""

    CLEAN = "clean"
    INFECTED = "infected"
    OVERSIZE = "oversize"
    FAILED = "failed"


SIGNED = frozenset({Kind.INFECTED, Kind.OVERSIZE})
"""The kinds that can have a signature: clamd has names for its own limits, too."""


@dataclass(frozen=True, slots=True)
class Condition:
    """When a rule applies: all that is set must hold.

    Attributes:
        kinds: The kinds of verdict.
        classes: Classes of signatures, one of which a signature found must be in.
        signatures: Patterns, one of which a signature found must fit.
        senders: Envelope senders.
        recipients: Recipients; the rule then applies to those only.
        networks: Networks of SMTP clients.
        authenticated: Whether the client logged in.
        outgoing: Whether the message goes out (see `clamgate.core.matching`).
        larger: A size in bytes that the message exceeds.
        smaller: A size in bytes that it stays below.
        files: Files that are attached to it.
        ambiguous: Whether mail programs disagree on what is attached to it.
    """

    kinds: frozenset[Kind]
    classes: frozenset[str] = frozenset()
    signatures: tuple[Glob, ...] = ()
    senders: AddressSet | None = None
    recipients: AddressSet | None = None
    networks: tuple[Network, ...] = ()
    authenticated: bool | None = None
    outgoing: bool | None = None
    larger: int | None = None
    smaller: int | None = None
    files: FileCondition | None = None
    ambiguous: bool | None = None

    @property
    def is_about_contents(self) -> bool:
        """Whether it asks for what is attached."""
        return self.files is not None or self.ambiguous is not None


@dataclass(frozen=True, slots=True)
class TagHeader:
    """A header field that Tag adds; in its text ``%v``, ``%c``, ``%r`` and ``%f`` are filled in."""

    name: str
    text: str


@dataclass(frozen=True, slots=True)
class Texts:
    """The words of a rule of its own; None is what the conf says for all.

    Attributes:
        reply: The text of an SMTP reply, for Reject and Defer, filled in as that of `TagHeader`.
        subject: What Tag puts before the subject.
        headers: What Tag adds.
        reason: Why it is held or stored.
    """

    reply: str | None = None
    subject: str | None = None
    headers: tuple[TagHeader, ...] | None = None
    reason: str | None = None


NO_TEXTS = Texts()


@dataclass(frozen=True, slots=True)
class Rule:
    """What becomes of a message, if a condition holds.

    Attributes:
        name: What it is called in logs (``OnSignature phishing Tag``).
        when: The condition.
        action: What is done.
        texts: Its own words.
        place: Where it is written (``file:line``, or ``default``); empty if that is not known.
    """

    name: str
    when: Condition
    action: Action
    texts: Texts = NO_TEXTS
    place: str = ""

    def __str__(self) -> str:
        return f"{self.name} [{self.place}]" if self.place else self.name


@dataclass(frozen=True, slots=True)
class SignatureException:
    """A signature that is known to be wrong: as if it had not been found.

    Attributes:
        glob: The names of it.
        until: Seconds since 1970 from which it is no exception any more; None is never.
        recipients: For whom it is one; None is for all.
        name: What it is called in logs (``ExceptSignature Foo.Bar``).
        place: Where it is written, as in `Rule`.
    """

    glob: Glob
    until: float | None = None
    recipients: AddressSet | None = None
    name: str = ""
    place: str = ""

    def __str__(self) -> str:
        return f"{self.name} [{self.place}]" if self.place else self.name


_EXCEPTED = "excepted"

_LAST = (
    ("OnClean", Kind.CLEAN),
    ("OnInfected", Kind.INFECTED),
    ("OnFail", Kind.FAILED),
    ("OnOversize", Kind.OVERSIZE),
)


@dataclass(frozen=True, slots=True)
class Rules:
    """What becomes of a message: rules in an order, of which the first that applies decides.

    The last four of them are OnClean, OnInfected, OnFail and OnOversize.

    A signature that a rule lets through does not let through what is attached: see
    `clamgate.core.matching.first_match`.

    Attributes:
        on_clean, on_infected, on_fail, on_oversize: The action for each kind of verdict.
        on_unstrippable: The action in place of Strip for a message to which it cannot be done.
        reject_msg: RejectMsg, with ``%v`` and ``%f`` still in it; None for the MTA's own text.
        add_header: Whether and how the two X-Virus fields are set.
        scanned_value: The whole value of X-Virus-Scanned.
        tag_subject: What action Tag puts before the subject; None leaves it alone.
        tag_headers: What action Tag adds.
        keep_copy: Whether a copy is stored of what is rejected or blackholed.
        ambiguity_header: Whether MIME-Ambiguity-Results is set.
        host: Our host's name, as that field shows it.
        ahead: The rules in front of the last four.
        exceptions: Signatures that do not count.
        classes: The table by which signatures are sorted.
        inside: The networks of clients whose mail is outgoing.
        places: Where the last four are written, and OnUnstrippable, by the name of the directive.
        by_kind: The rules that can apply to each kind of verdict, in their order.
        each_recipient: The kinds of which recipients may fare differently.
        guards: The rules about what is attached by which clean mail is not delivered as it is.
    """

    on_clean: Action = Action.ACCEPT
    on_infected: Action = Action.QUARANTINE
    on_fail: Action = Action.DEFER
    on_oversize: Action = Action.ACCEPT
    on_unstrippable: Action = Action.REJECT
    reject_msg: str | None = None
    add_header: HeaderMode = HeaderMode.NO
    scanned_value: str = ""
    tag_subject: str | None = None
    tag_headers: tuple[TagHeader, ...] = ()
    keep_copy: bool = False
    ambiguity_header: bool = False
    host: str = ""
    ahead: tuple[Rule, ...] = ()
    exceptions: tuple[SignatureException, ...] = ()
    classes: SignatureClasses = NO_CLASSES
    inside: tuple[Network, ...] = ()
    places: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    by_kind: Mapping[Kind, tuple[Rule, ...]] = field(init=False, repr=False, compare=False)
    each_recipient: frozenset[Kind] = field(init=False, repr=False, compare=False)
    guards: tuple[Rule, ...] = field(init=False, repr=False, compare=False)

    def __post_init__(self) -> None:
        rules = (*self.ahead, *self._last())
        by_kind = {kind: tuple(one for one in rules if kind in one.when.kinds) for kind in Kind}
        guards = tuple(
            rule
            for rule in by_kind[Kind.CLEAN]
            if rule.when.is_about_contents and not rule.action.leaves_whole
        )
        object.__setattr__(self, "by_kind", MappingProxyType(by_kind))
        object.__setattr__(self, "guards", guards)
        object.__setattr__(self, "each_recipient", frozenset(self._kinds_that_differ()))

    @property
    def ordered(self) -> tuple[Rule, ...]:
        """All rules, in their order."""
        return (*self.ahead, *self._last())

    @property
    def ask_for_files(self) -> bool:
        """Whether any rule asks for names or types of what is attached."""
        return any(rule.when.files is not None for rule in self.ahead)

    @property
    def ask_for_ambiguity(self) -> bool:
        """Whether it matters if mail programs disagree on what is attached."""
        return self.ambiguity_header or any(rule.when.ambiguous is not None for rule in self.ahead)

    @property
    def may_remove_recipients(self) -> bool:
        """Whether a message may have to be kept from some of its recipients only."""
        return any(
            not action.delivers
            for kind in self.each_recipient
            for rule in self.by_kind[kind]
            for action in self.actions_of(rule)
        )

    @property
    def may_store(self) -> bool:
        """Whether a message may have to be stored, and so be kept whole until it is judged."""
        return (
            self.keep_copy
            or self.may_remove_recipients
            or any(Action.STORE in self.actions_of(rule) for rule in self.ordered)
        )

    @property
    def may_strip(self) -> bool:
        """Whether parts may have to be taken out of a message."""
        return any(rule.action is Action.STRIP for rule in self.ordered)

    def tells_of(self, signature: str) -> bool:
        """Whether a rule is about such a signature, or a class that it is in."""
        of_class = self.classes.class_of(signature)
        return any(
            of_class in rule.when.classes
            or any(glob.matches(signature) for glob in rule.when.signatures)
            for rule in self.ahead
        )

    def actions_of(self, rule: Rule) -> tuple[Action, ...]:
        """Return what may come of a rule: its action, and what is done where that cannot be."""
        if rule.action is Action.STRIP:
            return (rule.action, self.on_unstrippable)
        return (rule.action,)

    @property
    def scanned_classes(self) -> SignatureClasses:
        """The table of classes for who scans, in which a signature that is excepted is no malware.

        Whoever finds malware looks no further, but behind what does not count there may be some.
        For whom a signature is excepted, and until when, is known only later.
        """
        globs = tuple(exception.glob for exception in self.exceptions)
        return SignatureClasses((SignatureClass(_EXCEPTED, globs), *self.classes.rows))

    def _last(self) -> tuple[Rule, ...]:
        actions = (self.on_clean, self.on_infected, self.on_fail, self.on_oversize)
        return tuple(
            Rule(
                f"{name} {action.value}",
                Condition(frozenset({kind})),
                action,
                place=self.places.get(name, ""),
            )
            for (name, kind), action in zip(_LAST, actions, strict=True)
        )

    def _kinds_that_differ(self) -> Iterator[Kind]:
        for kind in Kind:
            rules = self.by_kind[kind] + (self.guards if kind in SIGNED else ())
            if any(rule.when.recipients is not None for rule in rules):
                yield kind
        if any(exception.recipients is not None for exception in self.exceptions):
            yield Kind.INFECTED

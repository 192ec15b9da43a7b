from __future__ import annotations

import dataclasses
import gzip
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from clamgate.config.directives import BY_NAME, BY_OPTION, TABLE, Directive, Group, Kind, Origin
from clamgate.core.settings import Clamd, Listen, Settings, UnixEndpoint


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# The rows of common/optparser.c (ClamAV 1.4) that have OPT_MILTER and a name for the conf.
IN_FORCE = _words(
    """
    AddHeader AllowList Chroot ClamdSocket FixStaleSocket Foreground LocalNet LogClean LogFacility
    LogFile LogFileMaxSize LogFileUnlock LogInfected LogRotate LogSyslog LogTime LogVerbose
    MaxFileSize MaxThreads MilterSocket MilterSocketGroup MilterSocketMode OnClean OnFail OnInfected
    PidFile ReadTimeout RejectMsg ReportHostname SkipAuthenticated SupportMultipleRecipients
    TemporaryDirectory User VirusAction Whitelist
    """
)
# Those of them that have OPT_DEPRECATED as well. (TemporaryDirectory is in both: it is in force.)
DEPRECATED = _words(
    """
    AllowSupplementaryGroups ArchiveBlockEncrypted DatabaseDirectory Debug DetectBrokenExecutables
    LeaveTemporaryFiles LocalSocket MailFollowURLs MaxFiles MaxRecursion MaxScanSize
    PhishingSignatures ScanArchive ScanHTML ScanMail ScanOLE2 ScanPE StreamMaxLength TCPAddr
    TCPSocket
    """
)
# The long and short options of those rows.
OPTIONS = {
    "LogFile": ("log", "l"),
    "LogRotate": ("log-rotate", None),
    "PidFile": ("pid", "p"),
    "TemporaryDirectory": ("tempdir", None),
    "Foreground": ("foreground", "F"),
    "MaxFileSize": ("max-filesize", None),
}
OURS = {
    "AmbiguityHeader",
    "ClamdWait",
    "ExceptSignature",
    "ExceptionFile",
    "KeepCopy",
    "HistorySize",
    "LogFormat",
    "LogJournal",
    "LogPrivacy",
    "MaxScans",
    *("MetricsListen", "ReadyMaxDatabaseAge"),
    "MaxSpoolMemory",
    "OnAmbiguous",
    "OnAttachment",
    "OnEncrypted",
    "OnOversize",
    "OnSignature",
    "OnUnstrippable",
    "PolicyFile",
    "QuarantineDirectory",
    "QuarantineIndex",
    "QuarantineMaxAge",
    "QuarantineMaxSize",
    "ReleaseFrom",
    "ReleaseThrough",
    "ReleaseVia",
    "ScanDeadline",
    "ScanParts",
    "SignatureClass",
    "TagHeader",
    "TagSubject",
    "TryPasswords",
    *("ControlSocket", "DrainTimeout", "MaxRequestsPerWorker", "StopTimeout", "Workers"),
}

MANUAL_PAGE = Path("/usr/share/man/man5/clamav-milter.conf.5.gz")


def test_every_directive_of_the_c_program_is_here() -> None:
    theirs = {one.name for one in TABLE if one.origin is Origin.CLAMAV_MILTER}
    assert theirs == IN_FORCE | DEPRECATED


def test_so_is_every_one_of_its_manual_page() -> None:
    if not MANUAL_PAGE.exists():
        pytest.skip("the manual page of the C clamav-milter is not installed")
    text = gzip.decompress(MANUAL_PAGE.read_bytes()).decode()
    documented = re.findall(
        r"^\\fB([A-Z]\w+) (?:BOOL|STRING|SIZE|NUMBER)\\f[rR]", text, re.MULTILINE
    )
    assert len(documented) > 30
    assert set(documented) <= BY_NAME.keys()


def test_ours_are_marked() -> None:
    assert {one.name for one in TABLE if one.origin is Origin.CLAMGATE} == OURS


def test_the_deprecated_are_ignored_and_so_is_what_never_had_an_effect() -> None:
    assert {one.name for one in TABLE if one.ignored} == DEPRECATED | {"MaxThreads"}
    assert {one.name for one in TABLE if one.group is Group.IGNORED} == DEPRECATED | {"MaxThreads"}


def test_the_options_of_the_command_line_are_those_of_the_c_program() -> None:
    assert {one.name: (one.option, one.short) for one in BY_OPTION.values()} == OPTIONS
    assert not [one.name for one in TABLE if one.short and not one.option]


def test_only_those_can_be_repeated_that_can_be_there() -> None:
    assert {one.name for one in TABLE if one.repeatable} == {
        "ClamdSocket",
        "ExceptSignature",
        "LocalNet",
        "LogPrivacy",
        "OnSignature",
        "ReleaseFrom",
        "SignatureClass",
        "OnAttachment",
        "TagHeader",
    }


def test_names_are_given_once() -> None:
    assert len(BY_NAME) == len(TABLE)


def leaves(settings: Settings) -> Iterator[str]:
    """The dotted names of all that can be set."""
    for field in dataclasses.fields(settings):
        part = getattr(settings, field.name)
        if dataclasses.is_dataclass(part):
            yield from (f"{field.name}.{inner.name}" for inner in dataclasses.fields(part))
        else:
            yield field.name


def test_each_setting_comes_from_one_directive() -> None:
    made_by_assemble = {
        "exclusions.networks",
        "exclusions.local",
        "exclusions.senders",
        "exclusions.recipients",
        "exclusions.auth_pattern",
        "exclusions.auth_names",
        "quarantine.release_from",
    }
    made_by_policy = {
        "rules.ahead",
        "rules.classes",
        "rules.exceptions",
        "rules.host",
        "rules.inside",
        "rules.places",
        "rules.scanned_value",
    }
    derived = {"rules.by_kind", "rules.each_recipient", "rules.guards"}
    made_by_the_daemon = {"clamd.shared_by"}
    fields = [one.field for one in TABLE if one.field]
    assert len(fields) == len(set(fields))
    settings = Settings(Listen(UnixEndpoint("/m")), Clamd(()))
    by_hand = made_by_assemble | made_by_policy | made_by_the_daemon | derived
    assert {*fields, *by_hand} == set(leaves(settings))


@pytest.mark.parametrize("directive", TABLE, ids=lambda one: one.name)
def test_each_is_documented(directive: Directive) -> None:
    assert directive.paragraphs()
    assert all(paragraph == paragraph.strip() for paragraph in directive.paragraphs())
    assert (directive.default is None) == bool(directive.unset or directive.ignored)
    assert (
        directive.default is not None
        or directive.example
        or (directive.ignored or directive.replaced_by)
    )


@pytest.mark.parametrize("directive", TABLE, ids=lambda one: one.name)
def test_what_it_says_of_its_values_is_true(directive: Directive) -> None:
    if directive.default is not None:
        directive.parse(directive.default)
        assert not directive.advise or directive.advise(directive.default) is None
    for word in directive.choices:
        directive.parse(word.upper())


STRICT = [one for one in TABLE if one.kind is not Kind.STRING]


@pytest.mark.parametrize("directive", STRICT, ids=lambda one: one.name)
def test_what_is_not_of_its_kind_is_refused(directive: Directive) -> None:
    with pytest.raises(ValueError):
        directive.parse("no such thing")

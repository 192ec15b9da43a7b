from __future__ import annotations

import socket
from ipaddress import ip_network
from pathlib import Path

import pytest

from clamgate.config import assemble
from clamgate.config.lexer import lex
from clamgate.config.problems import ConfError, Findings
from clamgate.config.regex import compile_basic, compile_extended
from clamgate.config.resolve import Values, resolve
from clamgate.core.rules import Rules
from clamgate.core.settings import (
    Clamd,
    Exclusions,
    Listen,
    Settings,
    Spooling,
    TcpEndpoint,
    UnixEndpoint,
)
from clamgate.version import version

NEEDED = "MilterSocket /m\nClamdSocket tcp:scanner\n"


def values(text: str) -> Values:
    findings = Findings()
    found = resolve(lex(text.encode(), "a.conf", findings), {}, findings)
    findings.raise_errors()
    return found


def exclusions(text: str) -> Exclusions:
    findings = Findings()
    found = assemble.exclusions(values(text), findings)
    findings.raise_errors()
    assert findings.warnings == ()
    return found


def settings(text: str) -> Settings:
    return assemble.settings(values(NEEDED + text), Exclusions(), Rules())


def test_the_defaults_of_the_table_are_those_of_the_settings(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("TMPDIR", raising=False)
    made = settings("")
    bare = Settings(listen=Listen(UnixEndpoint("/m")), clamd=Clamd((TcpEndpoint("scanner", 3310),)))
    for part in ("listen", "clamd", "process", "spooling", "logging", "virus_action"):
        assert getattr(made, part) == getattr(bare, part)
    assert made.each_recipient is bare.each_recipient


def test_the_temporary_directory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TMPDIR", "/from-environment")
    assert settings("").spooling.temporary_directory == "/from-environment"
    assert settings("TemporaryDirectory /x\n").spooling.temporary_directory == "/x"
    monkeypatch.setenv("TMPDIR", "")
    assert settings("").spooling.temporary_directory == Spooling().temporary_directory


def test_what_x_virus_scanned_says() -> None:
    assert assemble.scanned_value(values("ReportHostname mail.example\n")) == (
        f"clamav-milter clamgate-{version()} at mail.example"
    )
    assert assemble.scanned_value(values("")).endswith(f" at {socket.gethostname()}")


def test_the_lock_is_what_log_file_unlock_takes_off() -> None:
    assert settings("").logging.lock is True
    assert settings("LogFileUnlock yes\n").logging.lock is False


def test_nobody_is_excluded_by_default() -> None:
    assert exclusions("") == Exclusions()


def test_networks_and_local_mail() -> None:
    found = exclusions("LocalNet 192.0.2.0/24\nLocalNet local\nLocalNet 2001:db8::1\n")
    assert found == Exclusions(
        networks=(ip_network("192.0.2.0/24"), ip_network("2001:db8::1/128")), local=True
    )


@pytest.mark.parametrize("name", ["AllowList", "Whitelist"])
def test_an_allow_list(tmp_path: Path, name: str) -> None:
    path = tmp_path / "list"
    path.write_text("From:^<boss@\n@trusted>$\n")
    assert exclusions(f"{name} {path}\n") == Exclusions(
        senders=(compile_basic(b"^<boss@"),), recipients=(compile_basic(b"@trusted>$"),)
    )


def test_the_list_of_the_old_name_goes_before(tmp_path: Path) -> None:
    (tmp_path / "new").write_text("new\n")
    (tmp_path / "old").write_text("old\n")
    found = exclusions(f"AllowList {tmp_path}/new\nWhitelist {tmp_path}/old\n")
    assert found.recipients == (compile_basic(b"old"),)


def test_authenticated_users_by_expression() -> None:
    assert exclusions("SkipAuthenticated ^(tom|jürgen)$\n") == Exclusions(
        auth_pattern=compile_extended("^(tom|jürgen)$".encode())
    )


def test_authenticated_users_by_name(tmp_path: Path) -> None:
    path = tmp_path / "names"
    path.write_text("Tom\n# x\ndick\n")
    found = exclusions(f"SkipAuthenticated file:{path}\n")
    assert found == Exclusions(auth_names=frozenset({b"tom", b"dick"}))


def test_lists_are_looked_up_in_the_new_root(tmp_path: Path) -> None:
    (tmp_path / "list").write_text("allowed\n")
    (tmp_path / "names").write_text("tom\n")
    found = exclusions(f"Chroot {tmp_path}/\nAllowList /list\nSkipAuthenticated file:/names\n")
    assert found.recipients == (compile_basic(b"allowed"),)
    assert found.auth_names == {b"tom"}


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("AllowList /no/such", "a.conf:1: cannot read /no/such: No such file or directory"),
        (
            "SkipAuthenticated file:/no/such",
            "a.conf:1: cannot read /no/such: No such file or directory",
        ),
        (
            "SkipAuthenticated file:names",
            'a.conf:1: SkipAuthenticated "file:names": must be file:/path, with an absolute path',
        ),
        (
            "SkipAuthenticated (tom",
            (
                'a.conf:1: SkipAuthenticated "(tom": a ( is not closed: write \\( for a plain'
                " parenthesis (at byte 4 of the expression)"
            ),
        ),
    ],
)
def test_what_cannot_be_read(text: str, told: str) -> None:
    with pytest.raises(ConfError) as caught:
        exclusions(text)
    assert str(caught.value) == told

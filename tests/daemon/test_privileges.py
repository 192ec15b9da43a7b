from __future__ import annotations

import grp
import os
import pwd
import resource

import pytest

from clamgate.daemon.errors import StartError
from clamgate.daemon.privileges import (
    Account,
    account_to_become,
    acting_as,
    become,
    enter_chroot,
    group_id,
    raise_descriptor_limit,
)

needs_root = pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")


def in_child(action: object) -> int:
    """Run a function in a forked child and return its exit status."""
    assert callable(action)
    pid = os.fork()
    if pid == 0:
        status = 99
        try:
            status = int(action())
        finally:
            os._exit(status)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])


def test_no_user_means_no_change() -> None:
    assert account_to_become(None) is None


@needs_root
def test_an_unknown_user_is_said() -> None:
    with pytest.raises(StartError, match="no such user"):
        account_to_become("no-such-user")


def test_user_is_void_for_those_who_are_not_root(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    assert account_to_become("root") is None


def test_groups_are_looked_up() -> None:
    assert group_id(None) is None
    assert group_id("4711") == 4711
    assert group_id("daemon") == grp.getgrnam("daemon").gr_gid
    with pytest.raises(StartError, match="MilterSocketGroup no-such-group"):
        group_id("no-such-group")


@needs_root
def test_root_is_dropped_for_good() -> None:
    account = account_to_become("daemon")
    assert account == Account(
        "daemon", pwd.getpwnam("daemon").pw_uid, pwd.getpwnam("daemon").pw_gid
    )

    def drop() -> int:
        become(account)
        ids = {*os.getresuid(), *os.getresgid()}
        if ids != {account.uid, account.gid} or 0 in os.getgroups():
            return 1
        try:
            os.setuid(0)
        except PermissionError:
            return 0
        return 2

    assert in_child(drop) == 0


@needs_root
def test_chroot(tmp_path: object) -> None:
    def enter() -> int:
        enter_chroot(str(tmp_path))
        return 0 if os.listdir("/") == [] else 1  # noqa: PTH208  no module can be loaded in there

    assert in_child(enter) == 0


def test_a_chroot_that_is_not_there_is_said() -> None:
    with pytest.raises(StartError, match="Chroot /no/such/place"):
        enter_chroot("/no/such/place")


def test_descriptor_limit_is_raised_to_the_hard_one() -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    try:
        resource.setrlimit(resource.RLIMIT_NOFILE, (min(256, hard), hard))
        raise_descriptor_limit()
        assert resource.getrlimit(resource.RLIMIT_NOFILE) == (hard, hard)
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))


@needs_root
def test_acting_as_somebody_ends_with_the_block() -> None:
    nobody = pwd.getpwnam("nobody")

    def action() -> bool:
        before = (os.geteuid(), os.getegid(), os.getgroups())
        with acting_as(Account("nobody", nobody.pw_uid, nobody.pw_gid)):
            inside = (os.geteuid(), os.getegid())
        after = (os.geteuid(), os.getegid(), os.getgroups())
        return inside == (nobody.pw_uid, nobody.pw_gid) and before == after

    assert in_child(lambda: 0 if action() else 1) == 0


def test_acting_as_nobody_else_changes_nothing() -> None:
    before = os.getegid()
    with acting_as(None):
        assert os.getegid() == before

from __future__ import annotations

from clamgate.container.conf_text import Source, combine
from clamgate.container.confs import (
    Changes,
    clamd_changes,
    fetch_changes,
    filter_changes,
    freshclam_changes,
)
from clamgate.container.environment import Given, Wishes
from clamgate.container.memory import Memory
from clamgate.core.settings import MIB

GIB = 1024 * MIB
ROOMY = Memory(None, GIB)
TIGHT = Memory(2 * GIB, GIB)


def wishes(program: str, checks: int | None = None, **directives: str) -> Wishes:
    given = tuple(Given(name, value, f"X_{name}") for name, value in directives.items())
    return Wishes(checks=checks, directives={program: given})


def text(changes: Changes, mounted: bytes = b"") -> list[str]:
    """Return the lines that are added to a mounted conf."""
    conf = combine(Source("/etc/x.conf", mounted), changes.settings)
    return conf.data.decode().splitlines()[conf.mounted_lines :]


def clamd(mounted: bytes, wanted: Wishes, memory: Memory) -> Changes:
    return clamd_changes(Source("/etc/clamd.conf", mounted), wanted, memory)


def freshclam(mounted: bytes, wanted: Wishes, *, room: bool = True) -> list[str]:
    source = Source("/etc/freshclam.conf", mounted)
    return text(freshclam_changes(source, wanted, "/run/clamd.conf", room_for_test=room), mounted)


def test_the_services_stay_in_the_foreground_whatever_anybody_says() -> None:
    wanted = wishes("clamd", Foreground="no", MaxThreads="5")
    assert text(clamd(b"Foreground no\n", wanted, ROOMY), b"Foreground no\n") == [
        "MaxThreads 5",
        "Foreground yes",
    ]


def test_where_two_databases_do_not_fit_a_reload_makes_do_with_one() -> None:
    changes = clamd(b"", wishes("clamd"), TIGHT)
    assert text(changes) == ["Foreground yes", "ConcurrentDatabaseReload no", "IdleTimeout 1"]
    (remark,) = changes.remarks
    assert remark.startswith("the memory (2.0 GiB) cannot hold two copies of the database (about 1")


def test_a_reload_without_a_second_copy_does_not_wait_for_idle_threads() -> None:
    decided = clamd(b"", wishes("clamd", ConcurrentDatabaseReload="no"), ROOMY)
    assert "IdleTimeout 1" in text(decided)
    mounted = b"ConcurrentDatabaseReload no\nIdleTimeout 10\n"
    assert text(clamd(mounted, wishes("clamd"), ROOMY), mounted) == ["Foreground yes"]
    assert text(clamd(b"", wishes("clamd"), ROOMY)) == ["Foreground yes"]


def test_a_reload_that_somebody_has_decided_on_is_left_and_warned_of() -> None:
    mounted = b"ConcurrentDatabaseReload yes\n"
    changes = clamd(mounted, wishes("clamd"), TIGHT)
    assert text(changes, mounted) == ["Foreground yes"]
    assert changes.remarks[0].startswith("WARNING: the memory (2.0 GiB) cannot hold two copies")
    quiet = clamd(b"", wishes("clamd", ConcurrentDatabaseReload="no"), TIGHT)
    assert quiet.remarks == ()


def test_where_not_even_one_database_fits_that_is_said() -> None:
    remarks = clamd(b"", wishes("clamd"), Memory(GIB, GIB)).remarks
    assert remarks[1].startswith("WARNING: the memory (1.0 GiB) hardly holds the database")


def test_freshclam_looks_once_a_day_unless_told_otherwise() -> None:
    assert "Checks 1" in freshclam(b"", wishes("freshclam"))
    assert "Checks 12" in freshclam(b"Checks 24\n", wishes("freshclam", checks=12))
    assert not [one for one in freshclam(b"Checks 24\n", wishes("freshclam")) if "Checks" in one]
    both = freshclam(b"", wishes("freshclam", checks=12, Checks="5"))
    assert [one for one in both if one.startswith("Checks")] == ["Checks 5"]


def test_freshclam_tells_the_clamd_that_runs() -> None:
    assert "NotifyClamd /run/clamd.conf" in freshclam(
        b"NotifyClamd /etc/clamav/clamd.conf\n", wishes("freshclam")
    )
    source = Source("/etc/freshclam.conf", b"NotifyClamd /etc/clamav/clamd.conf\n")
    none = freshclam_changes(source, wishes("freshclam"), None, room_for_test=True)
    assert combine(source, none.settings).values("NotifyClamd") == ()
    own = freshclam(b"", wishes("freshclam", NotifyClamd="/mine.conf"))
    assert "NotifyClamd /mine.conf" in own


def test_freshclam_does_not_test_a_database_for_which_there_is_no_room() -> None:
    assert "TestDatabases no" in freshclam(b"", wishes("freshclam"), room=False)
    assert "TestDatabases no" not in freshclam(b"", wishes("freshclam"))
    decided = freshclam(b"TestDatabases yes\n", wishes("freshclam"), room=False)
    assert "TestDatabases no" not in decided


def test_the_first_database_is_fetched_without_a_test_and_without_a_clamd() -> None:
    changes = fetch_changes(wishes("freshclam", TestDatabases="yes", DatabaseMirror="m"))
    mounted = b"NotifyClamd /x\nTestDatabases yes\n"
    assert text(changes, mounted) == ["DatabaseMirror m", "Foreground yes", "TestDatabases no"]
    assert combine(Source("", mounted), changes.settings).values("NotifyClamd") == ()


CONTROL = "/run/clamgate/control"


def test_the_filter_can_be_asked_unless_the_conf_says_where() -> None:
    source = Source("/etc/clamav-milter.conf", b"")
    changes = filter_changes(source, wishes("filter"), ROOMY, CONTROL)
    assert text(changes) == ["Foreground yes", f"ControlSocket {CONTROL}"]
    none = filter_changes(source, wishes("filter", ControlSocket="none"), ROOMY, CONTROL)
    assert text(none) == ["ControlSocket none", "Foreground yes"]


def test_mail_at_hand_is_bounded_by_the_limit_unless_the_conf_says_how() -> None:
    def spool(mounted: bytes, memory: Memory) -> list[str]:
        source = Source("/etc/clamav-milter.conf", mounted)
        lines = text(filter_changes(source, wishes("filter"), memory, CONTROL), mounted)
        return [line for line in lines if line.startswith("MaxSpoolMemory")]

    small = Memory(200 * MIB, 0)
    assert spool(b"", small) == [f"MaxSpoolMemory {small.spool // 1024}K"]
    assert spool(b"", ROOMY) == []
    assert spool(b"MaxSpoolMemory 16M\n", small) == []

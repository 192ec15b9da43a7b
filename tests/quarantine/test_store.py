from __future__ import annotations

import errno
import os
from dataclasses import replace
from pathlib import Path

import pytest
from tests.quarantine.conftest import ready
from tests.quarantine.samples import CONTENT, NOON, Source, told

from clamgate.core.storing import StoreError
from clamgate.quarantine.errors import NotFoundError, QuarantineError
from clamgate.quarantine.index import MessageIndex
from clamgate.quarantine.record import Record
from clamgate.quarantine.store import Quarantine, Recovered


def messages(store: Quarantine) -> list[Path]:
    return sorted((store.directory / "messages").rglob("*.gz"))


def test_what_is_stored_comes_back(store: Quarantine) -> None:
    message_id = store.store(Source(), told())
    row = store.find(message_id)
    assert row.store == store.name
    assert row.stored_size == messages(store)[0].stat().st_size
    assert store.content(row) == CONTENT
    assert store.record(row).recipients == (b"<rcpt@example.net>",)
    assert store.find(message_id[:9]) == row


def test_ids_that_begin_alike_must_be_told_apart(store: Quarantine) -> None:
    for _ in range(2):
        store.store(Source(), told())
    with pytest.raises(QuarantineError, match="several ids begin so"):
        store.find("261125-")
    with pytest.raises(NotFoundError, match="2611x: there is no such message"):
        store.find("2611x")


def test_a_message_that_breaks_off_is_a_store_error(local: Quarantine) -> None:
    broken = Source(error=OSError(errno.EIO, "no more of it"))
    with pytest.raises(StoreError, match=r"cannot store a message in .*: no more of it"):
        local.store(broken, told())
    assert local.index.select() == []
    assert messages(local) == []


def test_an_index_that_fails_leaves_no_file(local: Quarantine) -> None:
    database = local.directory / "index.db"
    database.write_bytes(b"this is no database, but it is long enough to be read as one" * 99)
    for extra in local.directory.glob("index.db-*"):
        extra.unlink()
    with pytest.raises(StoreError, match="index: file is not a database"):
        local.store(Source(), told())
    assert messages(local) == []


def test_deleted_is_deleted(store: Quarantine) -> None:
    row = store.find(store.store(Source(), told()))
    store.delete(row)
    assert messages(store) == []
    assert store.index.select() == []
    store.delete(row)


def test_the_files_of_another_host_are_found_but_not_touched(
    store: Quarantine, tmp_path: Path, url: str
) -> None:
    other = ready(tmp_path / "other", url)
    message_id = other.store(Source(), told())
    row = store.find(message_id)
    for touch in (store.content, store.record, store.delete):
        with pytest.raises(NotFoundError, match=f"{message_id}: its file is on "):
            touch(row)
    assert store.recover() == Recovered()
    assert other.content(row) == CONTENT


def test_name_and_secret_stay_and_are_private(local: Quarantine) -> None:
    again = Quarantine(str(local.directory))
    again.prepare()
    assert (again.name, again.secret) == (local.name, local.secret)
    assert len(local.secret) == 32
    for path in local.directory.iterdir():
        assert path.stat().st_mode & 0o077 == 0


def test_what_a_killed_filter_left_at_its_first_start_is_in_nobodys_way(tmp_path: Path) -> None:
    """The next one may well have its process id, as in a container."""
    (tmp_path / f".store-id.{os.getpid()}").touch()
    Quarantine(str(tmp_path)).prepare()


def test_recovery_of_a_sound_store_changes_nothing(store: Quarantine) -> None:
    store.store(Source(), told())
    before = store.index.select()
    assert store.recover() == Recovered()
    assert store.index.select() == before


def test_files_without_a_row_are_indexed_again(store: Quarantine) -> None:
    store.store(Source(), told(b"<a@example.net>", b"<b@example.net>"))
    before = store.index.select()
    store.index.remove([before[0].id])
    recovered = store.recover()
    assert recovered == Recovered(indexed=1)
    assert recovered.words() == ("1 stored messages were not in the index, and are now",)
    assert store.index.select() == before


def test_rows_without_a_file_go(store: Quarantine) -> None:
    store.store(Source(), told())
    kept = store.store(Source(), told(time=NOON + 1))
    messages(store)[0].unlink()
    (store.directory / "new" / "half").write_bytes(b"half of a message")
    recovered = store.recover()
    assert (recovered.dropped, recovered.swept) == (1, 1)
    assert len(messages(store)) == len(store.index.ids()) == 1
    assert kept in {path.stem for path in messages(store)} | {kept}


def test_what_is_deleted_while_it_is_indexed_again_leaves_no_row(
    local: Quarantine, monkeypatch: pytest.MonkeyPatch
) -> None:
    row = local.find(local.store(Source(), told()))
    local.index.remove([row.id])
    add = MessageIndex.add

    def add_late(index: MessageIndex, record: Record, stored_size: int) -> None:
        local.delete(row)
        add(index, record, stored_size)

    monkeypatch.setattr(MessageIndex, "add", add_late)
    assert local.recover() == Recovered()
    assert local.index.select() == []


def test_a_damaged_file_is_told_of_and_stays(local: Quarantine) -> None:
    row = local.find(local.store(Source(), told()))
    local.index.remove([row.id])
    messages(local)[0].write_bytes(b"not what it was")
    recovered = local.recover()
    assert recovered.indexed == 0
    assert "is damaged" in recovered.damaged[0]
    assert len(messages(local)) == 1


def test_a_lost_index_is_made_again(local: Quarantine) -> None:
    for n in range(3):
        local.store(Source(), told(time=NOON + n))
    before = local.index.select()
    for path in local.directory.glob("index.db*"):
        path.unlink()
    local.prepare()
    assert local.recover() == Recovered(indexed=3)
    assert [replace(row, host="") for row in local.index.select()] == [
        replace(row, host="") for row in before
    ]


def test_a_directory_that_is_missing_is_named(tmp_path: Path) -> None:
    missing = tmp_path / "none"
    with pytest.raises(QuarantineError, match=f"QuarantineDirectory {missing}: No such file"):
        Quarantine(str(missing)).prepare()
    with pytest.raises(QuarantineError, match="the filter makes it when it starts"):
        assert Quarantine(str(missing)).name


@pytest.mark.parametrize("url", ["nonsense", "oracle://x/y", "sqlite"])
def test_a_url_that_cannot_be_used_is_refused(tmp_path: Path, url: str) -> None:
    with pytest.raises(QuarantineError, match="QuarantineIndex"):
        Quarantine(str(tmp_path), url)

"""Mail on hold."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from tests.harness.mta.fronts import Kept

from clamgate.harness.mta.delivery import DeliveryError, Parcel
from clamgate.harness.mta.draft import Recipient
from clamgate.harness.mta.hold import HoldError, HoldQueue

PARCEL = Parcel(
    "4F",
    b"s\xff@x",
    (Recipient(b"a@x", (b"NOTIFY=NEVER",)), Recipient("ä@x".encode())),
    b"Subject: x\r\n\r\n\0\xff\r\n",
    (b"BODY=8BITMIME",),
)


class Refusing:
    """A downstream that takes nothing."""

    def deliver(self, parcel: Parcel) -> None:
        raise DeliveryError(b"451 4.3.0 not " + parcel.queue_id.encode())


def test_kept_and_read_again(hold: HoldQueue) -> None:
    hold.keep(PARCEL, b"why\xff")
    held = hold.read("4F")
    assert (held.parcel, held.reason) == (PARCEL, b"why\xff")
    assert held.since.tzinfo is not None
    path = hold.folder / "4F"
    assert (path.stat().st_mode & 0o777, hold.folder.stat().st_mode & 0o777) == (0o600, 0o700)
    assert path.read_bytes().endswith(b"\n" + PARCEL.content)


def test_listed_by_age(hold: HoldQueue) -> None:
    assert hold.list() == ()
    for name in ("B", "A", "C"):
        hold.keep(replace(PARCEL, queue_id=name), b"")
    (hold.folder / "A.new").write_bytes(b"half")
    assert [it.parcel.queue_id for it in hold.list()] == ["B", "A", "C"]


def test_released(hold: HoldQueue) -> None:
    hold.keep(PARCEL, b"why")
    kept = Kept()
    assert hold.release("4F", kept) == PARCEL
    assert kept.parcels == [PARCEL]
    assert hold.list() == ()


def test_what_cannot_be_delivered_stays(hold: HoldQueue) -> None:
    hold.keep(PARCEL, b"why")
    with pytest.raises(DeliveryError, match="not 4F"):
        hold.release("4F", Refusing())
    assert [it.parcel for it in hold.list()] == [PARCEL]


@pytest.mark.parametrize("queue_id", ["../4F", "", "4F.new", "none"])
def test_no_such_mail(hold: HoldQueue, queue_id: str) -> None:
    hold.keep(PARCEL, b"why")
    with pytest.raises(HoldError):
        hold.read(queue_id)


@pytest.mark.parametrize("content", [b"", b"{}\n", b"no json\n", b"[1]\n", b'{"since": 1}\n'])
def test_a_damaged_file_is_named(hold: HoldQueue, content: bytes) -> None:
    hold.folder.mkdir()
    (hold.folder / "4F").write_bytes(content)
    with pytest.raises(HoldError, match="4F is no mail on hold"):
        hold.list()


def test_it_is_never_written_over(hold: HoldQueue) -> None:
    hold.keep(PARCEL, b"first")
    (hold.folder / "4F.new").write_bytes(b"")
    with pytest.raises(DeliveryError):
        hold.keep(PARCEL, b"second")
    assert hold.read("4F").reason == b"first"


def test_a_folder_that_cannot_be(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(DeliveryError) as caught:
        HoldQueue(tmp_path / "file" / "held").keep(PARCEL, b"")
    assert caught.value.reply.startswith(b"451 4.3.0 Error: cannot write to ")
    assert [it.name for it in tmp_path.iterdir()] == ["file"]

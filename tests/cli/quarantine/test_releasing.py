from __future__ import annotations

import os
import pwd

import pytest
from tests.cli.quarantine.conftest import Place
from tests.sink import Sink

from clamgate.cli.quarantine.fields import local


def via(place: Place, sink: Sink) -> None:
    place.add(f"ReleaseVia 127.0.0.1:{sink.port}\n")


def test_release_delivers_to_those_it_was_kept_from(place: Place, sink: Sink) -> None:
    via(place, sink)
    done = place.run("release", place.ids[2])
    assert done.output == f"{place.ids[2]}: sent to <x@example.com> +1: 2.0.0 kept\n"
    (got,) = sink.deliveries
    assert (got.sender, got.recipients) == (
        "Boss@example.net",
        ("x@example.com", "y@example.com"),
    )
    assert got.values(b"X-Clamgate-Release") == []
    assert place.left() == set(place.ids)


def test_a_second_time_only_when_asked_for(place: Place, sink: Sink) -> None:
    via(place, sink)
    place.run("release", place.ids[0])
    released = place.store.find(place.ids[0]).released_at
    assert released is not None
    done = place.run("release", place.ids[0])
    what = f"{place.ids[0]} was released before, on {local(released)}"
    assert (done.status, done.errors) == (1, f"ERROR: {what}: --again does it once more\n")
    assert place.run("release", "--again", place.ids[0]).status == 0
    assert len(sink.deliveries) == 2


def test_what_is_refused_stays_and_counts_as_unreleased(place: Place, sink: Sink) -> None:
    via(place, sink)
    sink.refuse_next("451 4.3.0 later")
    done = place.run("release", "--delete", place.ids[0], place.ids[1])
    assert done.status == 1
    assert done.errors.endswith("refuses the message: 451 4.3.0 later\n")
    assert place.left() == {place.ids[0], place.ids[2]}
    assert place.store.find(place.ids[0]).released_at is None
    assert sink.deliveries[0].sender == "<>"


def test_without_a_way_out_it_says_what_to_set(place: Place) -> None:
    done = place.run("release", place.ids[0])
    assert done.status == 1
    assert "set ReleaseVia to a port of the MTA that does not ask it, or ReleaseFrom" in done.errors


def test_through_the_filter_it_is_signed(place: Place, sink: Sink) -> None:
    place.add(f"ReleaseThrough 127.0.0.1:{sink.port}\nReleaseFrom 127.0.0.0/8\n")
    place.run("release", place.ids[0])
    (value,) = sink.deliveries[0].values(b"X-Clamgate-Release")
    assert value.startswith(b"1 " + place.ids[0].encode())


def test_forward_sends_it_to_somebody_else(place: Place, sink: Sink) -> None:
    via(place, sink)
    to = ("--to", "lab@example.org", "--to", "ciso@example.org")
    assert place.run("forward", *to, place.ids[2]).status == 0
    (got,) = sink.deliveries
    assert (got.sender, got.recipients) == ("<>", ("lab@example.org", "ciso@example.org"))
    assert place.store.find(place.ids[2]).released_at is None


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can become another user")
def test_root_acts_as_the_filters_user(place: Place, sink: Sink) -> None:
    user = pwd.getpwnam("nobody")
    via(place, sink)
    place.add("User nobody\n")
    for path in (place.store.directory, *place.store.directory.rglob("*")):
        os.chown(path, user.pw_uid, user.pw_gid)
    assert place.run_apart("release", "--delete", place.ids[0]).status == 0
    assert place.run_apart("list").status == 0
    for path in (place.store.directory, *place.store.directory.rglob("*")):
        assert path.stat().st_uid == user.pw_uid, path

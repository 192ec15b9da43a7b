from __future__ import annotations

from tests.cli.quarantine.conftest import Place


def test_delete_asks_and_does_nothing_on_no(place: Place) -> None:
    done = place.run("delete", place.ids[0], stdin=b"n\n")
    assert "Delete this message for good? [y/N]" in done.output
    assert done.status == 1
    assert place.left() == set(place.ids)


def test_delete_without_an_answer_does_nothing(place: Place) -> None:
    assert place.run("delete", "--class", "test").status == 1
    assert place.left() == set(place.ids)


def test_delete_on_yes(place: Place) -> None:
    done = place.run("delete", "--class", "test", stdin=b"y\n")
    assert place.ids[0] in done.output
    assert "Delete these 2 messages for good? [y/N]: y\n2 deleted\n" in done.output
    assert place.left() == {place.ids[2]}


def test_delete_by_id_and_unasked(place: Place) -> None:
    done = place.run("delete", "--yes", place.ids[0], place.ids[1])
    assert (done.status, done.output) == (0, "2 deleted\n")


def test_delete_needs_to_be_told_what_and_in_one_way(place: Place) -> None:
    for args in ((), (place.ids[0], "--class", "test")):
        done = place.run("delete", "--yes", *args)
        assert done.status == 2
        assert "say which messages: by ID, or by options" in done.errors
    assert place.left() == set(place.ids)


def test_one_that_is_missing_means_that_nothing_is_deleted(place: Place) -> None:
    done = place.run("delete", "--yes", place.ids[0], "nope")
    assert (done.status, done.errors) == (
        1,
        "ERROR: nope: there is no such message in the quarantine\n",
    )
    assert place.left() == set(place.ids)


def test_expire_applies_the_limits_of_the_conf(place: Place) -> None:
    size = place.store.find(place.ids[2]).stored_size
    place.add(f"QuarantineMaxAge 0\nQuarantineMaxSize {size}\n")
    shown = place.run("expire", "--dry-run").output
    assert [one in shown for one in place.ids] == [True, True, False]
    assert place.left() == set(place.ids)
    assert place.run("expire", "--yes").output.startswith("2 deleted, ")
    assert place.left() == {place.ids[2]}
    assert place.run("expire").output == "nothing is beyond the limits\n"

from __future__ import annotations

import json

import pytest
from tests.cli.quarantine.conftest import Place


def test_a_line_for_each_message_the_newest_first(place: Place) -> None:
    done = place.run("list")
    heads, *lines = done.output.splitlines()
    assert heads.split() == ["ID", "STORED", "FROM", "TO", "FOUND", "SIZE", "RELEASED", "SUBJECT"]
    assert [line.split()[0] for line in lines] == list(reversed(place.ids))
    assert "<Boss@example.net>" in lines[0]
    assert "<x@example.com> +1" in lines[0]
    assert (done.status, done.errors) == (0, "")


def test_what_strangers_wrote_does_nothing_to_the_terminal(place: Place) -> None:
    line = place.run("list").output.splitlines()[1]
    assert line.rstrip().endswith(" [2J[bold]click[/bold]")
    assert "\x1b" not in line
    assert "\x1b" not in place.run("show", place.ids[2]).output


@pytest.mark.parametrize(
    ("options", "found"),
    [
        (["--sender", ""], [1]),
        (["--recipient", "y@*"], [2]),
        (["--signature", "win.test.*"], [0, 1]),
        (["--class", "phishing"], [2]),
        (["--since", "2026-11-25T12:30+00:00", "--until", "2026-11-25T13:30+00:00"], [1]),
        (["--not-released"], [0, 1, 2]),
        (["--released"], []),
        (["--until", "2026-01-01"], []),
    ],
    ids=str,
)
def test_the_options_select(place: Place, options: list[str], found: list[int]) -> None:
    rows = json.loads(place.run("list", "--json", *options).output)
    assert {row["id"] for row in rows} == {place.ids[n] for n in found}


def test_json_has_all_that_the_index_knows(place: Place) -> None:
    (row,) = json.loads(place.run("list", "--json", "--id", place.ids[1]).output)
    assert row["stored_at"] == "2026-11-25T13:00:00Z"
    assert row["released_at"] is None
    assert row["recipients"] == ["rcpt@example.net"]
    assert row["signature"] == "Win.Test.EICAR_HDB-1"


def test_a_limit_says_that_there_is_more(place: Place) -> None:
    done = place.run("list", "--limit", "2")
    assert len(done.output.splitlines()) == 3
    assert done.errors == "there are more than 2: --limit 0 shows all\n"
    assert place.run("list", "--limit", "3").errors == ""
    assert len(place.run("list", "--limit", "0").output.splitlines()) == 4


def test_a_time_that_is_none_says_what_is_right(place: Place) -> None:
    done = place.run("list", "--since", "yesterday")
    assert done.status == 2
    assert '"yesterday" is no time: write 2026-11-25' in done.errors


def test_show_says_for_whom_it_is_kept_and_why(place: Place) -> None:
    lines = place.run("show", place.ids[2][:10]).output.splitlines()
    assert f"id:         {place.ids[2]}" in lines
    rule = "OnInfected Store (x.conf:3)"
    assert f"to:         <x@example.com>: Store, by {rule} (infected)" in lines
    assert f"to:         <y@example.com>: Store, by {rule} (infected)" in lines
    assert "found:      Phishing.Email.1" in lines
    assert lines[-1] == "    Subject: caf?"


def test_show_as_json(place: Place) -> None:
    known = json.loads(place.run("show", "--json", place.ids[2]).output)
    assert known["sender"] == "<Boss@example.net>"
    assert [one["recipient"] for one in known["kept"]] == ["<x@example.com>", "<y@example.com>"]
    assert known["header"] == "Subject: caf?"


def test_stats_counts_and_groups(place: Place) -> None:
    lines = place.run("stats").output.splitlines()
    assert lines[0].startswith("3 messages, ")
    assert lines[0].endswith(", 0 released before")
    assert [line.split()[0] for line in lines if line.split()[-1:] in (["test"], ["phishing"])] == [
        "2",
        "1",
    ]
    known = json.loads(place.run("stats", "--json", "--class", "test").output)
    assert known["messages"] == 2
    assert known["oldest"] == "2026-11-25T12:00:00Z"
    assert [one["name"] for one in known["signatures"]] == ["Win.Test.EICAR_HDB-1"]


def test_an_id_that_is_none(place: Place) -> None:
    done = place.run("show", "x")
    assert (done.status, done.output) == (1, "")
    assert done.errors == "ERROR: x: there is no such message in the quarantine\n"


def test_a_conf_without_a_quarantine(place: Place) -> None:
    text = place.conf.read_text().replace("QuarantineDirectory", "#")
    place.conf.write_text(text)
    done = place.run("list")
    assert (done.status, done.errors) == (
        1,
        f"ERROR: {place.conf} has no quarantine: set QuarantineDirectory in it\n",
    )

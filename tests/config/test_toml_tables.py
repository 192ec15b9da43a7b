from __future__ import annotations

from typing import Any

import pytest

from clamgate.config.problems import ConfError, Findings
from clamgate.config.toml_lines import parse_toml
from clamgate.config.toml_tables import (
    Parser,
    did_you_mean,
    read_table,
    switch,
    tables,
    text,
    text_by,
    texts,
    texts_by,
)

PARSERS: dict[str, Parser] = {"on": switch, "number": text_by(int), "words": texts}


def read(written: str) -> tuple[dict[str, Any], list[str]]:
    findings = Findings()
    document = parse_toml(written.encode(), "p.toml", findings)
    assert document is not None
    found = {}
    for index in tables(document, "row", findings):
        found.update(read_table(document, ("row", index), PARSERS, findings))
    try:
        findings.raise_errors()
    except ConfError as error:
        return found, str(error).splitlines()
    return found, []


def test_a_table() -> None:
    found, errors = read('[[row]]\non = true\nnumber = "7"\nwords = ["a", "b"]\n')
    assert found == {"on": True, "number": 7, "words": ("a", "b")}
    assert errors == []


def test_what_is_wrong_is_left_out_and_told_by_line() -> None:
    found, errors = read('[[row]]\non = 1\nnumbr = "7"\nwords = [1]\nnumber = "8"\n')
    assert found == {"number": 8}
    assert errors == [
        "p.toml:2: on: must be true or false, not 1",
        "p.toml:3: there is no key numbr: did you mean number?",
        "p.toml:4: words: must be text in quotes, not 1",
    ]


def test_no_tables_where_there_must_be() -> None:
    assert read("[row]\non = true\n") == (
        {},
        ["p.toml:1: write [[row]], with two brackets on each side"],
    )
    assert read("row = [1]\n") == (
        {},
        ["p.toml:1: write [[row]], with two brackets on each side"],
    )
    assert read("") == ({}, [])


def test_values() -> None:
    assert text("a") == "a"
    assert texts("a") == ("a",)
    assert texts_by(int)(["1", "2"]) == (1, 2)
    with pytest.raises(ValueError, match="must be text in quotes, not true"):
        text(True)
    with pytest.raises(ValueError, match="is empty"):
        texts([])


def test_hints() -> None:
    assert did_you_mean("numbers", PARSERS) == ": did you mean number?"
    assert did_you_mean("xyz", PARSERS) == ": it may have on, number, words"

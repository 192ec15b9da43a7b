from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.config.problems import ConfError, Findings, Place
from clamgate.config.toml_lines import Document, parse_toml, read_toml

HERE = Place("a.conf", 7)


def parsed(text: str) -> Document:
    findings = Findings()
    document = parse_toml(text.encode(), "p.toml", findings)
    findings.raise_errors()
    assert document is not None
    return document


def told(raw: bytes) -> str:
    findings = Findings()
    assert parse_toml(raw, "p.toml", findings) is None
    with pytest.raises(ConfError) as caught:
        findings.raise_errors()
    return str(caught.value)


def test_each_key_has_its_line() -> None:
    document = parsed(
        "# rules\n"
        "inside = [\n"
        '  "10.0.0.0/8", # ]\n'
        "]\n"
        "\n"
        "[[rule]]\n"
        'name = """\n'
        "action = 1\n"
        '"""\n'
        "action = 2\n"
        "[rule.more]\n"
        "x.y = 3\n"
        "[[rule]]\n"
        "action = 4\n"
    )
    lines = {
        (): 0,
        ("inside",): 2,
        ("rule", 0): 6,
        ("rule", 0, "name"): 7,
        ("rule", 0, "action"): 10,
        ("rule", 0, "more"): 11,
        ("rule", 0, "more", "x", "y"): 12,
        ("rule", 1): 13,
        ("rule", 1, "action"): 14,
        ("rule", 1, "none"): 13,
        ("none",): 0,
    }
    assert {keys: document.place(*keys).line for keys in lines} == lines
    assert document.data["rule"][1]["action"] == 4


def test_windows_line_ends_and_a_byte_order_mark() -> None:
    assert parsed("\ufeffa = 1\r\nb = 2\r\n").place("b") == Place("p.toml", 2)


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        (b"a = 1\nb = = 2\n", "p.toml:2: is no TOML: Invalid value"),
        (b"a = 1\nb = \xff\n", "p.toml:2: is not UTF-8: save the file as UTF-8"),
        (b"a = 1\nb = [1,\n\n", "p.toml:2: is no TOML: Invalid value, and the file ends"),
    ],
)
def test_what_is_no_toml(raw: bytes, text: str) -> None:
    assert told(raw) == text


def test_a_file_that_cannot_be_read(tmp_path: Path) -> None:
    findings = Findings()
    assert read_toml(f"{tmp_path}/none", HERE, findings) is None
    with pytest.raises(ConfError, match=r"a.conf:7: cannot read .*: No such file"):
        findings.raise_errors()


@given(st.text(st.sampled_from("ab=[]\"'#\n1.{},\\ "), max_size=60))
def test_whatever_is_in_a_file(text: str) -> None:
    findings = Findings()
    document = parse_toml(text.encode(), "p.toml", findings)
    if document is None:
        with pytest.raises(ConfError):
            findings.raise_errors()
    else:
        assert all(document.place(name).line > 0 for name in document.data)

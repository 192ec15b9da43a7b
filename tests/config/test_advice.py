from __future__ import annotations

import pytest

from clamgate.config.advice import advise
from clamgate.config.clamd_conf import ClamdConf
from clamgate.config.loader import Loaded, parse

NEEDED = "MilterSocket inet:7357\nClamdSocket unix:/run/clamd.ctl\n"
MIB = 1024 * 1024


def conf(text: str) -> Loaded:
    return parse((NEEDED + text).encode(), "a.conf")


def said(text: str, clamd: ClamdConf | None = None) -> list[str]:
    return [str(problem) for problem in advise(conf(text), clamd)]


def test_a_sound_conf_needs_no_advice() -> None:
    assert said("AddHeader Replace\n") == []


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "a.conf: AddHeader (default): "),
        ("AddHeader Add\n", "a.conf:3: AddHeader: "),
        ("AddHeader No\n", "a.conf:3: AddHeader: "),
    ],
)
def test_a_forged_status_that_stays(text: str, place: str) -> None:
    (line,) = said(text)
    assert line.startswith(f"{place}an X-Virus-Status that a sender")


def test_a_forged_status_stays_in_what_is_excluded() -> None:
    (line,) = said("AddHeader Replace\nSkipAuthenticated ^tom$\nLocalNet local\n")
    assert line.startswith("a.conf:5: LocalNet: what LocalNet and SkipAuthenticated let through")


def test_delivering_unscanned() -> None:
    (line,) = said("AddHeader Replace\nOnFail Accept\n")
    assert line.startswith("a.conf:4: OnFail: ")


@pytest.mark.parametrize(
    ("socket", "limit", "size", "warned"),
    [
        ("/run/clamd.ctl", 25 * MIB, "50M", True),
        ("/run/./clamd.ctl", 25 * MIB, "50M", True),
        ("/run/clamd.ctl", 50 * MIB, "50M", False),
        ("/run/clamd.ctl", 0, "50M", False),
        ("/run/other.ctl", 25 * MIB, "50M", False),
        (None, 25 * MIB, "50M", False),
    ],
)
def test_max_file_size_above_clamds_own(
    socket: str | None,
    limit: int,
    size: str,
    warned: bool,  # noqa: FBT001  a parameter of the table
) -> None:
    clamd = ClamdConf("clamd.conf", socket, {"MaxFileSize": limit, "StreamMaxLength": 1})
    lines = said(f"AddHeader Replace\nMaxFileSize {size}\n", clamd)
    assert [line.startswith("a.conf:4: MaxFileSize: ") for line in lines] == [True] * warned


def test_a_clamd_on_tcp_is_not_compared() -> None:
    loaded = parse(
        b"MilterSocket inet:1\nClamdSocket tcp:scanner\nAddHeader Replace\nMaxFileSize 1G\n", "a"
    )
    clamd = ClamdConf("clamd.conf", "/run/clamd.ctl", {"MaxFileSize": 1})
    assert advise(loaded, clamd) == ()

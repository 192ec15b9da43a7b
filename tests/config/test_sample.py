from __future__ import annotations

import subprocess
import sys
from pathlib import Path

from clamgate.config.directives import TABLE
from clamgate.config.lexer import lex
from clamgate.config.loader import load
from clamgate.config.problems import Findings
from clamgate.core.settings import UnixEndpoint

CONF = Path(__file__).parents[2] / "conf" / "clamav-milter.conf"


def test_the_conf_is_what_the_table_says() -> None:
    made = subprocess.run(
        [sys.executable, "-m", "clamgate.config.sample"], check=True, capture_output=True
    ).stdout.decode()
    assert CONF.read_text() == made, (
        "make it anew: python -m clamgate.config.sample > conf/clamav-milter.conf"
    )


def test_it_can_be_used_as_it_is() -> None:
    loaded = load(str(CONF))
    assert loaded.settings.listen.socket == UnixEndpoint("/run/clamav/clamav-milter.ctl")
    assert loaded.settings.clamd.sockets == (UnixEndpoint("/run/clamav/clamd.ctl"),)
    set_there = {name for name, origin in loaded.origins.items() if origin != "default"}
    assert set_there == {"MilterSocket", "ClamdSocket"}


def test_every_directive_is_in_it_at_its_default() -> None:
    directives = {one.name: one for one in TABLE if not (one.ignored or one.replaced_by)}
    lines = CONF.read_text().splitlines()
    settings = [line[1:] for line in lines if line[:1] == "#" and line[1:2].isalpha()]
    findings = Findings()
    items = lex("\n".join(settings).encode(), "sample", findings)
    findings.raise_errors()
    assert findings.warnings == ()
    assert {item.name for item in items} | {"MilterSocket"} == set(directives)
    for item in items:
        default = directives[item.name].default
        assert default is None or item.value == default

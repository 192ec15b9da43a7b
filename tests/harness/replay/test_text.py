"""Bytes made fit to be shown."""

from __future__ import annotations

import json
import os

from hypothesis import given
from hypothesis import strategies as st

from clamgate.harness.replay.text import printable, printable_name


def test_text_stays_and_what_is_none_is_spelled_out() -> None:
    assert printable("Grüße 100%".encode()) == "Grüße 100%"
    assert printable(b"a\x1b[31m\r\n\xff") == r"a\x1b[31m\r\n\xff"
    assert printable("\u202egnp.exe".encode()) == r"\u202egnp.exe"
    assert printable_name(os.fsdecode(b"caf\xe9")) == r"caf\xe9"


@given(st.binary(max_size=60))
def test_anything_can_be_shown(data: bytes) -> None:
    shown = printable(data)
    assert shown.isprintable()
    assert json.loads(json.dumps(shown)) == shown

from __future__ import annotations

from tests.observe.examples import Clock

from clamgate.observe.seldom import Seldom


def test_the_first_report_passes_and_the_next_ones_wait() -> None:
    said: list[str] = []
    clock = Clock()
    seldom = Seldom(said.append, clock, every=60)
    for n in range(5):
        seldom.say(f"trouble {n}")
    assert said == ["trouble 0"]
    clock.now += 60
    seldom.say("trouble 5")
    assert said == ["trouble 0", "trouble 5 (and 4 times before)"]
    clock.now += 60
    seldom.say("trouble 6")
    assert said[-1] == "trouble 6"

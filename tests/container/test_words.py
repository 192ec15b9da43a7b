from __future__ import annotations

from clamgate.container.words import how_it_ended, shell_status


def test_a_death_by_signal_is_told_as_a_shell_does() -> None:
    assert [shell_status(status) for status in (0, 3, -9, -15)] == [0, 3, 137, 143]
    assert how_it_ended(-9) == "was killed by SIGKILL"
    assert how_it_ended(-34) == "was killed by SIGRTMIN"
    assert how_it_ended(-40) == "was killed by signal 40"
    assert how_it_ended(3) == "ended with status 3"

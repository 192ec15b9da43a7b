from __future__ import annotations

import pytest

from clamgate.container.arguments import Command, Services, read_arguments

CONF = "/run/x/clamd.conf"


def test_without_words_the_services_run() -> None:
    assert read_arguments((), CONF) == Services()


def test_words_that_begin_with_a_dash_are_for_clamd_with_the_conf_in_effect() -> None:
    asked = read_arguments(("--foreground",), CONF)
    assert asked == Command(("clamd", f"--config-file={CONF}", "--foreground"), True)


@pytest.mark.parametrize("option", ["-c", "-c/x.conf", "--config-file=/x.conf"])
def test_a_conf_that_is_named_is_left_alone(option: str) -> None:
    asked = read_arguments((option,), CONF)
    assert asked == Command(("clamd", option), True)


@pytest.mark.parametrize("option", ["--help", "-h", "--version", "-V"])
def test_what_only_prints_needs_no_database(option: str) -> None:
    asked = read_arguments((option,), CONF)
    assert isinstance(asked, Command)
    assert not asked.needs_database


@pytest.mark.parametrize(
    ("words", "needs"),
    [
        (("clamscan", "/scandir"), True),
        (("/usr/bin/clamscan", "-r", "/scandir"), True),
        (("clamscan", "--version"), False),
        (("clamscan", "--database=/mine", "/scandir"), False),
        (("clamscan", "-d", "/mine", "/scandir"), False),
        (("clamdscan", "/scandir"), False),
        (("freshclam",), False),
        (("sh", "-c", "clamscan /"), False),
    ],
)
def test_any_other_word_is_a_program_and_clamscan_needs_a_database(
    words: tuple[str, ...],
    needs: bool,  # noqa: FBT001  a column of the table
) -> None:
    assert read_arguments(words, CONF) == Command(words, needs)


def test_clamd_with_a_database_elsewhere_needs_none_of_ours() -> None:
    asked = read_arguments(("--datadir=/mine",), CONF)
    assert isinstance(asked, Command)
    assert not asked.needs_database

from __future__ import annotations

import grp
import os
import pwd
from collections.abc import Callable
from enum import Enum
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.config import values
from clamgate.core.settings import KIB, MIB


class Colour(Enum):
    RED = "Red"
    GREEN = "Green"
    BLUE = "Blue"


PRIMES = values.one_of({"Two": 2, "Three": 3}, " (4 is none)")
MY_USER = pwd.getpwuid(os.getuid()).pw_name
MY_GROUP = grp.getgrgid(os.getgid()).gr_name


@pytest.mark.parametrize(
    ("parse", "text", "expected"),
    [
        (values.boolean, "yes", True),
        (values.boolean, "TRUE", True),
        (values.boolean, "1", True),
        (values.boolean, "No", False),
        (values.boolean, "false", False),
        (values.boolean, "0", False),
        (values.negated, "yes", False),
        (values.negated, "no", True),
        (values.number, "0", 0),
        (values.number, "0120", 120),
        (values.number, "2147483647", 2147483647),
        (values.seconds, "0", 0.0),
        (values.seconds, "120", 120.0),
        (values.some_seconds, "1", 1.0),
        (values.days, "1", 86400.0),
        (values.days, "0", None),
        (values.size, "0", 0),
        (values.size, "1000", 1000),
        (values.size, "4k", 4 * KIB),
        (values.size, "25M", 25 * MIB),
        (values.size, "25m", 25 * MIB),
        (values.size, "2G", 2048 * MIB),
        (values.size, "010M", 8 * MIB),
        (values.size, "00", 0),
        (values.size, "99999999999999999999", 2**63 - 1),
        (values.size, "9" * 10_000, 2**63 - 1),
        (values.size, "9223372036854775807G", 2**63 - 1),
        (values.size_or_unlimited, "1M", MIB),
        (values.size_or_unlimited, "0", None),
        (values.database_url, "sqlite:////var/x.db", "sqlite:////var/x.db"),
        (values.database_url, "postgresql://u@h/d", "postgresql://u@h/d"),
        (values.database_url, "postgresql://u@/d?host=/run", "postgresql://u@/d?host=/run"),
        (values.limit, "10M", 10 * MIB),
        (values.limit, "0", 2**63 - 1),
        (values.size_of_at_least(MIB), "1M", MIB),
        (values.mode, "660", 0o660),
        (values.mode, "0660", 0o660),
        (values.mode, "777", 0o666),
        (values.mode, "0", 0),
        (PRIMES, "TWO", 2),
        (values.one_of_enum(Colour), "green", Colour.GREEN),
        (values.facility, "LOG_LOCAL6", "LOG_LOCAL6"),
        (values.facility, "LOG_AUTHPRIV", "LOG_AUTHPRIV"),
        (values.absolute_path, "/var/tmp", "/var/tmp"),  # noqa: S108  nothing is written there
        (values.user, MY_USER, MY_USER),
        (values.group, MY_GROUP, MY_GROUP),
        (values.group, str(os.getgid()), MY_GROUP),
        (values.group, "2147483646", "2147483646"),
        (values.host_name, "mail.example.com", "mail.example.com"),
        (values.reject_msg, "100 % infected by %v", "100 % infected by %v"),
        (values.reject_msg, "%%v", "%%v"),
        (values.reject_msg, "x" * 900, "x" * 900),
        (values.subject_tag, "[VIRUS] ", "[VIRUS] "),
        (values.subject_tag, "[Gefährlich] ", "[Gefährlich] "),
        (values.string, "anything", "anything"),
    ],
)
def test_what_is_understood(parse: Callable[[str], Any], text: str, expected: object) -> None:
    parsed = parse(text)
    assert parsed == expected
    assert type(parsed) is type(expected)


@pytest.mark.parametrize(
    ("parse", "text", "advice"),
    [
        (values.boolean, "on", "must be yes or no (or true, false, 1, 0)"),
        (values.boolean, "", "must be yes or no (or true, false, 1, 0)"),
        (values.negated, "maybe", "must be yes or no (or true, false, 1, 0)"),
        (values.number, "-1", "must be a whole number, in digits only"),
        (values.number, "1.5", "must be a whole number, in digits only"),
        (values.number, "٣", "must be a whole number, in digits only"),
        (values.number, "2147483648", "is too large: 2147483647 is the most"),
        (values.number, "9" * 10_000, "is too large: 2147483647 is the most"),
        (values.seconds, "2m", "must be a whole number of seconds, in digits only"),
        (values.some_seconds, "0", "must be at least 1 second"),
        (values.days, "1d", "must be a whole number of days, in digits only"),
        *(
            (
                values.database_url,
                text,
                "must be sqlite:////path or postgresql://user@host/database",
            )
            for text in ("sqlite://", "sqlite:///relative", "mysql://h/d", "postgresql://h", "x")
        ),
        (values.size, "25MB", "must be a number of bytes, or one followed by K, M or G: write 25M"),
        (values.size, "25 M", "must be a number of bytes, or one followed by K, M or G"),
        (values.size, "1T", "must be a number of bytes, or one followed by K, M or G"),
        (values.size, "", "must be a number of bytes, or one followed by K, M or G"),
        (values.size, "-1", "must be a number of bytes, or one followed by K, M or G"),
        (values.size, "08M", "begins with 0, which makes it octal, and is none: write 8M"),
        (values.limit, "1T", "must be a number of bytes, or one followed by K, M or G"),
        (values.size_of_at_least(MIB), "1023K", "must be at least 1048576 bytes"),
        (values.mode, "888", "must be permissions in octal, such as 660"),
        (values.mode, "rw-", "must be permissions in octal, such as 660"),
        (values.mode, "-1", "must be permissions in octal, such as 660"),
        (values.mode, "00660", "must be permissions in octal, such as 660"),
        (PRIMES, "Four", "must be Two or Three (4 is none)"),
        (values.one_of_enum(Colour), "pink", "must be Red, Green or Blue"),
        (values.facility, "MAIL", "is no syslog facility: did you mean LOG_MAIL?"),
        (values.facility, "log_mail", "is no syslog facility: did you mean LOG_MAIL?"),
        (values.facility, "12345678", "is no syslog facility: one of LOG_AUTH, LOG_AUTHPRIV, "),
        (values.absolute_path, "tmp", "must be an absolute path, one that begins with /"),
        (values.user, "no such user", "there is no such user on this system"),
        (values.group, "no such group", "there is no such group on this system"),
        (values.group, "٣", "must be a whole number, in digits only"),
        (values.host_name, "größer.example", "must be printable ASCII: no accents, no tabs"),
        (values.host_name, "x" * 254, "is too long: 253 characters are the most"),
        (values.reject_msg, "abgelehnt, weil böse", "must be printable ASCII: no accents, no tabs"),
        (values.reject_msg, "a\tb", "must be printable ASCII: no accents, no tabs"),
        (values.reject_msg, "%v and %v", "%v, the signature, may stand in it once only"),
        (values.reject_msg, "x" * 901, "is too long for a reply: 900 characters are the most"),
        (values.subject_tag, "  ", 'must be more than blanks, such as "[VIRUS] "'),
        (values.subject_tag, "a\tb", "must be printable text"),
        (values.subject_tag, "x" * 201, "is too long: 200 characters are the most"),
    ],
)
def test_what_is_refused_and_how(parse: Callable[[str], Any], text: str, advice: str) -> None:
    with pytest.raises(ValueError) as caught:
        parse(text)
    assert str(caught.value).startswith(advice)


@pytest.mark.parametrize(
    ("advise", "text", "advice"),
    [
        (values.odd_size, "25M", None),
        (values.odd_size, "0", None),
        (values.odd_size, "010M", "a number that begins with 0 is octal: this is 8388608 bytes"),
        (values.odd_size, "9223372036854775807", None),
        (values.odd_size, "9223372036854775808", "too large, cut down to 9223372036854775807"),
        (values.odd_size, "9999999999G", "too large, cut down to 9223372036854775807"),
        (values.odd_mode, "660", None),
        (
            values.odd_mode,
            "775",
            "only permissions to read and write count: taken as 664",
        ),
    ],
)
def test_what_is_odd(advise: Callable[[str], str | None], text: str, advice: str | None) -> None:
    assert advise(text) == advice


@given(st.integers(0, 2**62), st.sampled_from(["", "K", "k", "M", "m", "G", "g"]))
def test_sizes_are_exact_up_to_the_largest(count: int, unit: str) -> None:
    factor = {"": 1, "k": KIB, "m": MIB, "g": KIB * MIB}[unit.lower()]
    assert values.size(f"{count}{unit}") == min(count * factor, 2**63 - 1)


@pytest.mark.parametrize(
    ("words", "text"), [(["a"], "a"), (["a", "b"], "a or b"), (["a", "b", "c"], "a, b or c")]
)
def test_alternatives(words: list[str], text: str) -> None:
    assert values.alternatives(words) == text

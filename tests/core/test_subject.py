from __future__ import annotations

from email import message_from_bytes, policy

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.core.decision import AddHeader, ChangeHeader
from clamgate.core.subject import tag_subjects

TAG = "[VIRUS] "


def shown(value: str) -> str:
    """What a mail program shows for a header value."""
    raw = b"Subject: " + value.encode().replace(b"\n", b"\r\n") + b"\r\n\r\n"
    return str(message_from_bytes(raw, policy=policy.default)["subject"])


@pytest.mark.parametrize(
    ("subject", "value"),
    [
        (b"Invoice", "[VIRUS] Invoice"),
        (b"", "[VIRUS] "),
        (b"=?utf-8?q?Gr=C3=BC=C3=9Fe?=", "[VIRUS] =?utf-8?q?Gr=C3=BC=C3=9Fe?="),
        (b"folded\n\tonce", "[VIRUS] folded\n\tonce"),
    ],
)
def test_ascii_subjects_keep_their_bytes(subject: bytes, value: str) -> None:
    assert tag_subjects((subject,), TAG) == (ChangeHeader("Subject", 1, value),)


@pytest.mark.parametrize("raw", ["Grüße".encode(), "Grüße".encode("latin-1")])
def test_8_bit_subjects_become_encoded_words(raw: bytes) -> None:
    (edit,) = tag_subjects((raw,), TAG)
    assert isinstance(edit, ChangeHeader)
    assert edit.value.isascii()
    assert shown(edit.value) == "[VIRUS] Grüße"


def test_a_message_without_subject_is_given_the_tag() -> None:
    assert tag_subjects((), TAG) == (AddHeader("Subject", "[VIRUS]"),)


def test_a_tag_that_is_not_ascii_is_encoded() -> None:
    (edit,) = tag_subjects((b"hi",), "⚠ ")
    assert isinstance(edit, ChangeHeader)
    assert edit.value.isascii()
    assert shown(edit.value).startswith("⚠")
    assert shown(edit.value).endswith("hi")


@pytest.mark.parametrize(
    "subject", [b"[VIRUS] Invoice", b"=?utf-8?q?=5BVIRUS=5D_Gr=C3=BC=C3=9Fe?=", b"[VIRUS]"]
)
def test_a_tagged_subject_is_not_tagged_again(subject: bytes) -> None:
    assert tag_subjects((subject,), TAG) == ()


def test_every_subject_of_several_is_tagged() -> None:
    assert tag_subjects((b"one", b"[VIRUS] two", b"three"), TAG) == (
        ChangeHeader("Subject", 1, "[VIRUS] one"),
        ChangeHeader("Subject", 3, "[VIRUS] three"),
    )


@given(st.binary(max_size=200))
def test_any_bytes_give_a_value_that_libmilter_takes_and_that_is_tagged_once(raw: bytes) -> None:
    for edit in tag_subjects((raw,), TAG):
        assert isinstance(edit, ChangeHeader)
        assert edit.value.isascii()
        assert "\0" not in edit.value
        assert edit.value.startswith(("[VIRUS]", "=?utf-8?"))
        assert tag_subjects((edit.value.encode(),), TAG) == ()

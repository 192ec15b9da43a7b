from __future__ import annotations

from tests.hiding.containers import tnef_of

from clamgate.message.mime.containers.tnef import attachments, is_encoded


def test_an_attachment_with_its_name() -> None:
    assert list(attachments(tnef_of(b"abc", b"a.txt"))) == [(b"a.txt", b"abc")]


def test_what_is_cut_short_is_given_as_far_as_it_goes() -> None:
    assert list(attachments(tnef_of(b"abcdef", b"a")[:-4])) == [(b"a", b"abcd")]


def test_nothing_but_its_mark_holds_nothing() -> None:
    assert list(attachments(b"\x78\x9f\x3e\x22\x01\x00")) == []


def test_in_base64_it_is_known_by_its_letters() -> None:
    assert is_encoded(b"\r\neJ8+IgEA")
    assert not is_encoded(b"YWJj")

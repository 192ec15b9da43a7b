from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from clamgate.core.releasing import BodyDigest


@given(st.lists(st.sampled_from([b"a", b"\r\n", b"\r", b"\n", b"\r\n\r\n", b"b.\r\n"])))
def test_a_body_is_the_same_in_whatever_pieces_it_comes(pieces: list[bytes]) -> None:
    whole, split, longer = BodyDigest(), BodyDigest(), BodyDigest()
    whole.update(b"".join(pieces))
    for piece in pieces:
        split.update(piece)
    longer.update(b"".join(pieces) + b"\r\n")
    assert whole.value() == split.value() == longer.value()


def test_bodies_that_differ_have_other_digests() -> None:
    digests = set()
    for body in (b"", b"a", b"a b", b"a\r\nb", b"a\r\n\r\nb"):
        digest = BodyDigest()
        digest.update(body)
        digests.add(digest.value())
    assert len(digests) == 5

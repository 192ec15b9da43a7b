import base64
import email
import email.policy

import pytest
from bench.messages import (
    FILE_280K,
    KIB,
    KINDS,
    TEXT_1K,
    TOKEN,
    Kind,
    scanned_bytes,
    template,
    tokens,
)


def test_no_token_comes_twice_and_each_fits_where_the_other_stood() -> None:
    some = tokens()
    found = [next(some) for _ in range(1000)]
    assert len(set(found)) == 1000
    assert {len(one) for one in found} == {len(TOKEN)}


@pytest.mark.parametrize("kind", KINDS[:3], ids=str)
def test_a_template_is_the_same_at_every_call(kind: Kind) -> None:
    assert template(kind) == template(kind)


def test_a_text_has_the_size_it_is_named_after() -> None:
    assert len(template(TEXT_1K).body) == KIB


def test_a_token_is_in_header_and_text() -> None:
    message = template(TEXT_1K)
    assert TOKEN in message.body
    assert sum(TOKEN in value for _, value in message.fields) >= 2


def attachment_of(token: bytes) -> bytes:
    content = scanned_bytes(template(FILE_280K)).partition(b"\n")[2].replace(TOKEN, token)
    parsed = email.message_from_bytes(content, policy=email.policy.default)
    (attached,) = parsed.iter_attachments()
    decoded: bytes = attached.get_content()
    return decoded


def test_an_attachment_differs_in_its_decoded_bytes_too() -> None:
    some = tokens()
    first, second = attachment_of(next(some)), attachment_of(next(some))
    assert len(first) == len(second) == 280 * KIB
    assert first != second


def test_what_is_scanned_begins_as_a_filter_writes_it() -> None:
    first, second, *_ = scanned_bytes(template(TEXT_1K)).split(b"\n")
    assert first == b"From clamav-milter"
    assert second.startswith(b"Received: from relay0.example.org")
    assert base64.b64decode(TOKEN)

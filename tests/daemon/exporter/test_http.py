from __future__ import annotations

from http import HTTPStatus

import pytest
from hypothesis import given
from hypothesis import strategies as st

from clamgate.daemon.exporter.http import LONGEST_HEAD, Request, Response, parse


@pytest.mark.parametrize(
    ("data", "request_"),
    [
        (b"GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n", Request("/metrics")),
        (b"GET / HTTP/1.0\n\n", Request("/")),
        (b"HEAD /readyz?verbose=1 HTTP/1.1\r\n\r\n", Request("/readyz", head=True)),
        (b"GET /a HTTP/1.1\r\n\r\nand what is beyond", Request("/a")),
        (b"POST /a HTTP/1.1\r\nContent-Length: 0\r\n\r\n", Request("/a", post=True)),
    ],
)
def test_requests(data: bytes, request_: Request) -> None:
    assert parse(data) == request_


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"PUT /metrics HTTP/1.1\r\n\r\n", HTTPStatus.METHOD_NOT_ALLOWED),
        (b"GET metrics HTTP/1.1\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET /metrics HTTP/2.0\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"GET /\xff HTTP/1.1\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"\x16\x03\x01\x02\x00\x01\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"\r\n\r\n", HTTPStatus.BAD_REQUEST),
        (b"x" * (LONGEST_HEAD + 1), HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE),
        (
            b"GET / HTTP/1.1\r\nA: " + b"x" * LONGEST_HEAD + b"\r\n\r\n",
            HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE,
        ),
    ],
)
def test_what_is_no_request_gets_an_answer_too(data: bytes, status: HTTPStatus) -> None:
    response = parse(data)
    assert isinstance(response, Response)
    assert response.status is status


@pytest.mark.parametrize("data", [b"", b"GET / HTTP/1.1\r\n", b"GET / HTTP/1.1\r\nA: b\r\n\r"])
def test_half_a_request_is_none_yet(data: bytes) -> None:
    assert parse(data) is None


@given(st.binary(max_size=200))
def test_anything_is_one_of_the_three(data: bytes) -> None:
    assert isinstance(parse(data), Request | Response | None)


def test_a_response_says_how_long_it_is_and_that_it_is_the_last() -> None:
    encoded = Response.plain(HTTPStatus.NOT_FOUND, "", "X-Odd: 1").encode()
    head, _, body = encoded.partition(b"\r\n\r\n")
    assert body == b"Not Found\n"
    assert head.split(b"\r\n") == [
        b"HTTP/1.1 404 Not Found",
        b"Content-Type: text/plain; charset=utf-8",
        b"Content-Length: 10",
        b"Cache-Control: no-store",
        b"Connection: close",
        b"X-Odd: 1",
    ]
    assert Response.plain(HTTPStatus.NOT_FOUND).encode(head=True).endswith(b"\r\n\r\n")

"""As much of HTTP as GET and an empty POST take (RFC 9112): a request's head in, a response out.

No I/O. Each connection has one request, which has no body, and whose header fields do not matter.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from http import HTTPStatus

LONGEST_HEAD = 16 * 1024
"""Bytes of request line and header fields."""

TEXT = "text/plain; charset=utf-8"
JSON = "application/json"

_HEAD_END = re.compile(rb"\r?\n\r?\n")
_REQUEST_LINE = re.compile(rb"([A-Z]{1,16}) (/[!-~]*) HTTP/1\.[01]", re.ASCII)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked for.

    Attributes:
        path: Without its query.
        head: Whether only the head of the response is wanted.
        post: Whether something is to be done.
    """

    path: str
    head: bool = False
    post: bool = False


@dataclass(frozen=True, slots=True)
class Response:
    """What is answered."""

    status: HTTPStatus
    body: bytes
    content_type: str = TEXT
    headers: tuple[str, ...] = ()

    @classmethod
    def plain(cls, status: HTTPStatus, text: str = "", *headers: str) -> Response:
        """Answer with a line of text."""
        return cls(status, f"{text or status.phrase}\n".encode(), headers=headers)

    @classmethod
    def not_allowed(cls, methods: str) -> Response:
        """Answer that only these methods may be used."""
        return cls.plain(HTTPStatus.METHOD_NOT_ALLOWED, "", f"Allow: {methods}")

    def encode(self, *, head: bool = False) -> bytes:
        """Return it as it is sent; without the body if only the `head` is wanted."""
        lines = (
            f"HTTP/1.1 {self.status.value} {self.status.phrase}",
            f"Content-Type: {self.content_type}",
            f"Content-Length: {len(self.body)}",
            "Cache-Control: no-store",
            "Connection: close",
            *self.headers,
        )
        text = "\r\n".join(lines).encode() + b"\r\n\r\n"
        return text if head else text + self.body


def parse(data: bytes) -> Request | Response | None:
    """Return the request, the response to what is none, or None if there is more to come."""
    end = _HEAD_END.search(data)
    if end is None or end.end() > LONGEST_HEAD:
        if len(data) > LONGEST_HEAD:
            return Response.plain(HTTPStatus.REQUEST_HEADER_FIELDS_TOO_LARGE)
        return None
    line = data.partition(b"\n")[0]
    found = _REQUEST_LINE.fullmatch(line.rstrip(b"\r"))
    if found is None:
        return Response.plain(HTTPStatus.BAD_REQUEST)
    method, target = found[1].decode(), found[2].decode()
    if method not in {"GET", "HEAD", "POST"}:
        return Response.not_allowed("GET, HEAD")
    return Request(target.partition("?")[0], head=method == "HEAD", post=method == "POST")

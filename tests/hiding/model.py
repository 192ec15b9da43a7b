"""How a hiding place is put together: four layers, each with a plain form and with odd ones.

A layer's form is a function, so that any one goes with any other: a file is *encoded*, the fields
that say so are *headed*, the entity that comes of it stands in a *multipart*, and that in a
*container*.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Generic, TypeVar

CRLF = b"\r\n"
OUTER = (
    b"From: sender@example.test\r\nTo: rcpt@example.test\r\nSubject: a file\r\n"
    b"MIME-Version: 1.0\r\n"
)
TYPE = b"Content-Type: application/octet-stream"
BASE64 = b"Content-Transfer-Encoding: base64"


@dataclass(frozen=True, slots=True)
class Encoded:
    """A file in the form of an entity: lines of a header without their ends, and a body."""

    fields: tuple[bytes, ...]
    body: bytes


Encoding = Callable[[bytes], Encoded]
Heading = Callable[[Encoded], bytes]
Framing = Callable[[bytes], bytes]
Shape = TypeVar("Shape")


@dataclass(frozen=True, slots=True)
class Form(Generic[Shape]):
    """One way to build a layer.

    Attributes:
        family: What kind of oddity it is, as the table of the documentation has it.
        name: Which one.
        build: The function.
        text_only: Whether only a file of ASCII text survives it.
    """

    family: str
    name: str
    build: Shape
    text_only: bool = False

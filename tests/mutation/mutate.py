"""Mail as no program writes it: samples that are cut, spliced, repeated and sprinkled at random."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random

_TOKENS = (
    b"\r\n",
    b"\n",
    b"\r",
    b"\0",
    b"\r\n\r\n",
    b"--",
    b"=",
    b"=?utf-8?Q?",
    b"?=",
    b'"',
    b"(",
    b"\\",
    b";",
    b"boundary=",
    b"boundary*0*=",
    b"Content-Type: multipart/mixed; boundary=x\r\n",
    b"Content-Type: message/rfc822\r\n",
    b"Content-Transfer-Encoding: base64\r\n",
    b"begin 644 a\r\n",
    b"=ybegin line=128 size=9 name=a\r\n",
    b"(This file must be converted with BinHex 4.0)\r\n:",
    b"\x78\x9f\x3e\x22\x01\x00",
    b"\xff\xfe\x80",
)
_MAX_SIZE = 1 << 17
_MAX_REPEATS = 300

Mutator = Callable[[Random, bytearray], None]


def mutated(chance: Random, samples: Sequence[bytes]) -> bytes:
    """Return one of the samples after one to eight random changes, at most 128 KiB of it."""
    mail = bytearray(chance.choice(samples))
    for _ in range(chance.randint(1, 8)):
        if chance.random() < 0.1:
            _splice(chance, mail, chance.choice(samples))
        else:
            chance.choice(_MUTATORS)(chance, mail)
        del mail[_MAX_SIZE:]
    return bytes(mail)


def _span(chance: Random, mail: bytearray, most: int = 400) -> slice:
    start = chance.randint(0, len(mail))
    return slice(start, min(len(mail), start + chance.randint(1, most)))


def _line(chance: Random, mail: bytearray) -> slice:
    at = chance.randint(0, len(mail))
    start = mail.rfind(b"\n", 0, at) + 1
    end = mail.find(b"\n", at) + 1 or len(mail)
    return slice(start, end)


def _flip(chance: Random, mail: bytearray) -> None:
    for _ in range(chance.randint(1, 20) if mail else 0):
        mail[chance.randrange(len(mail))] = chance.randrange(256)


def _cut(chance: Random, mail: bytearray) -> None:
    del mail[_span(chance, mail)]


def _end(chance: Random, mail: bytearray) -> None:
    del mail[chance.randint(0, len(mail)) :]


def _insert(chance: Random, mail: bytearray) -> None:
    at = chance.randint(0, len(mail))
    mail[at:at] = chance.choice(_TOKENS) * chance.choice((1, 1, 1, 2, _MAX_REPEATS))


def _repeat(chance: Random, mail: bytearray) -> None:
    where = _line(chance, mail) if chance.random() < 0.5 else _span(chance, mail)
    mail[where] = mail[where] * chance.choice((2, 3, _MAX_REPEATS))


def _move(chance: Random, mail: bytearray) -> None:
    where = _line(chance, mail)
    line = mail[where]
    del mail[where]
    at = _line(chance, mail).start
    mail[at:at] = line


def _splice(chance: Random, mail: bytearray, other: bytes) -> None:
    at = chance.randint(0, len(other))
    mail[chance.randint(0, len(mail)) :] = other[at:]


_MUTATORS: tuple[Mutator, ...] = (_flip, _cut, _end, _insert, _repeat, _move)

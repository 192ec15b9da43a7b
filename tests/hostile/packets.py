"""A valid session's packets, and ways to spoil them."""

from __future__ import annotations

import itertools
import random
from collections.abc import Callable, Iterator, Sequence

from tests.hostile.judging_clamd import EICAR

from clamgate.harness.wire import (
    Body,
    Command,
    Connect,
    Data,
    EndOfHeader,
    EndOfMessage,
    Family,
    Header,
    Helo,
    Macros,
    Mail,
    Options,
    Quit,
    Rcpt,
    encode,
    offer,
)
from clamgate.harness.wire_frames import LENGTH_BYTES

GREETING: tuple[Command | Options, ...] = (
    offer(),
    Macros(b"C", ((b"j", b"mx.example.net"), (b"_", b"client.example.org [192.0.2.7]"))),
    Connect(b"client.example.org", Family.INET, 40125, b"192.0.2.7"),
)
ENVELOPE: tuple[Command, ...] = (
    Macros(b"M", ((b"i", b"4HostiLe0z1"), (b"{auth_authen}", b"tom"))),
    Mail(b"<sender@example.org>", (b"SIZE=1000",)),
    Rcpt(b"<rcpt@example.net>"),
)
INFECTED: tuple[Command, ...] = (
    *ENVELOPE,
    Header(b"Subject", b" hello"),
    Header(b"X-Folded", b" a\n\tb"),
    Body(EICAR + b"\r\n"),
    Macros(b"E", ((b"i", b"4HostiLe0z1"),)),
    EndOfMessage(),
)
SESSION: tuple[Command | Options, ...] = (*GREETING, *INFECTED, Quit())
CHATTY: tuple[Command | Options, ...] = (
    offer(2),
    *GREETING[1:],
    Helo(b"client.example.org"),
    *ENVELOPE,
    Data(),
    Header(b"Subject", b"hello"),
    EndOfHeader(),
    Body(EICAR + b"\r\n"),
    EndOfMessage(),
    *INFECTED,
    Quit(),
)
"""Steps that the filter does not want, an MTA that knows of no no-reply, and two messages."""

LENGTHS = (0, 1, 2, 255, 65535, 65536, 65537, 2**24, 2**31 - 1, 2**31, 2**32 - 1)


def packed(commands: Sequence[Command | Options]) -> list[bytes]:
    """Return the packets of a session."""
    return [encode(command) for command in commands]


def packet(letter: bytes, payload: bytes = b"", length: int | None = None) -> bytes:
    """Return a packet that may lie about its length."""
    claimed = 1 + len(payload) if length is None else length
    return claimed.to_bytes(4) + letter + payload


def spoilt_sessions(
    commands: Sequence[Command | Options], count: int
) -> Iterator[tuple[bytes, int]]:
    """Yield so many sessions, each with other faults: its bytes, and how many packets it had."""
    usable = (
        (data, packets)
        for data, packets in (_spoilt(commands, seed) for seed in itertools.count())
        if not names_a_macro_without_value(data)
    )
    return itertools.islice(usable, count)


def names_a_macro_without_value(data: bytes) -> bool:
    """Whether the stream holds macros that libmilter may not survive, whatever the filter does.

    smfi_getsymval (libmilter 8.17) takes names and values in pairs: after a name without a value
    it reads past the end of its array, and now and then the process dies of that. No mail brings
    Postfix or Sendmail to send such macros.
    """
    at = 0
    while at + LENGTH_BYTES < len(data):
        start = at + LENGTH_BYTES
        at = start + int.from_bytes(data[at:start])
        frame = data[start:at]
        if frame[:1] == Macros.LETTER and frame[2:].count(b"\0") % 2:
            return True
    return False


def _spoilt(commands: Sequence[Command | Options], seed: int) -> tuple[bytes, int]:
    chance = random.Random(seed)  # noqa: S311  it is to be the same in every run
    packets = packed(commands)
    for _ in range(chance.randint(0, 2)):
        chance.choice(_PACKET_FAULTS)(packets, chance)
    data = bytearray(b"".join(packets))
    for _ in range(chance.randint(0, 2)):
        chance.choice(_BYTE_FAULTS)(data, chance)
    return bytes(data), len(packets)


def _drop(packets: list[bytes], chance: random.Random) -> None:
    del packets[chance.randrange(len(packets))]


def _double(packets: list[bytes], chance: random.Random) -> None:
    packets.insert(chance.randrange(len(packets)), chance.choice(packets))


def _swap(packets: list[bytes], chance: random.Random) -> None:
    one, other = (chance.randrange(len(packets)) for _ in range(2))
    packets[one], packets[other] = packets[other], packets[one]


def _rename(packets: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(packets))
    packets[at] = packets[at][:4] + chance.randbytes(1) + packets[at][5:]


def _lie(packets: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(packets))
    packets[at] = chance.choice(LENGTHS).to_bytes(4) + packets[at][4:]


def _cut_payload(packets: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(packets))
    payload = packets[at][5:]
    packets[at] = packet(packets[at][4:5], payload[: chance.randint(0, len(payload))])


def _swell_payload(packets: list[bytes], chance: random.Random) -> None:
    at = chance.randrange(len(packets))
    more = chance.randbytes(chance.randint(1, 300))
    packets[at] = packet(packets[at][4:5], packets[at][5:] + more)


def _without_ends(packets: list[bytes], chance: random.Random) -> None:
    """Take the NUL away after every text of a packet."""
    at = chance.randrange(len(packets))
    packets[at] = packet(packets[at][4:5], packets[at][5:].replace(b"\0", b""))


def _flip(data: bytearray, chance: random.Random) -> None:
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)


def _overwrite(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    noise = chance.randbytes(chance.randint(1, 8))
    data[at : at + len(noise)] = noise


def _insert(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data))
    data[at:at] = chance.randbytes(chance.randint(1, 40))


def _remove(data: bytearray, chance: random.Random) -> None:
    at = chance.randrange(len(data) - 1)
    del data[at : at + chance.randint(1, min(40, len(data) - at - 1))]


def _cut_off(data: bytearray, chance: random.Random) -> None:
    del data[chance.randint(1, len(data) - 1) :]


_PACKET_FAULTS: tuple[Callable[[list[bytes], random.Random], None], ...] = (
    _drop,
    _double,
    _swap,
    _rename,
    _lie,
    _cut_payload,
    _swell_payload,
    _without_ends,
)
_BYTE_FAULTS: tuple[Callable[[bytearray, random.Random], None], ...] = (
    _flip,
    _flip,
    _overwrite,
    _insert,
    _remove,
    _cut_off,
)

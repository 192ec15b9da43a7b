"""Zips with a password, made from scratch: the standard library reads them and writes none."""

from __future__ import annotations

import struct
import zlib
from collections.abc import Mapping


def locked_zip(
    files: Mapping[str, bytes], password: bytes, passwords: Mapping[str, bytes] | None = None
) -> bytes:
    """Return a zip, deflated and in the old encryption; files may have passwords of their own."""
    body, directory = b"", b""
    for name, data in files.items():
        packing = zlib.compressobj(9, zlib.DEFLATED, -zlib.MAX_WBITS)
        packed = packing.compress(data) + packing.flush()
        crc = zlib.crc32(data)
        plain = bytes(range(11)) + bytes((crc >> 24,)) + packed
        text = _encrypted(plain, (passwords or {}).get(name, password))
        fields = (1, 8, 0, 0x21, crc, len(text), len(data), len(name), 0)
        directory += struct.pack(
            "<4s6H3I5H2I", b"PK\x01\x02", 20, 20, *fields, 0, 0, 0, 0, len(body)
        )
        directory += name.encode()
        body += struct.pack("<4s5H3I2H", b"PK\x03\x04", 20, *fields) + name.encode() + text
    counts = (0, 0, len(files), len(files), len(directory), len(body), 0)
    return body + directory + struct.pack("<4s4H2IH", b"PK\x05\x06", *counts)


def _encrypted(plain: bytes, password: bytes) -> bytes:
    keys = [0x12345678, 0x23456789, 0x34567890]

    def update(byte: int) -> None:
        keys[0] = zlib.crc32(bytes((byte,)), keys[0] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF
        keys[1] = (keys[1] + (keys[0] & 0xFF)) * 134775813 + 1 & 0xFFFFFFFF
        keys[2] = zlib.crc32(bytes((keys[1] >> 24,)), keys[2] ^ 0xFFFFFFFF) ^ 0xFFFFFFFF

    for byte in password:
        update(byte)
    text = bytearray()
    for byte in plain:
        low = keys[2] & 0xFFFF | 2
        text.append(byte ^ (low * (low ^ 1) >> 8 & 0xFF))
        update(byte)
    return bytes(text)

"""Where a filter or a server listens, as people write it."""

from __future__ import annotations

from clamgate.harness.link import Endpoint

MAX_PORT = 65535


def milter_endpoint(text: str) -> Endpoint:
    """Understand a filter's socket in the words of libmilter, of Postfix, or plain.

    That is ``/path``, ``unix:/path``, ``local:/path``, ``inet:port@host`` (inet6 too),
    ``inet:host:port`` and ``host:port``. Without a host it is this machine.

    Raises:
        ValueError: It is none of these; the text says what would be.
    """
    scheme, _, rest = text.partition(":")
    if text.startswith("/"):
        return text
    if scheme in {"unix", "local"} and rest:
        return rest
    if scheme in {"inet", "inet6"}:
        port, at, host = rest.partition("@")
        return host_and_port(f"{host}:{port}" if at or rest.isdigit() else rest)
    return host_and_port(text)


def host_and_port(text: str, port: int | None = None) -> tuple[str, int]:
    """Understand ``host:port``; an IPv6 address may stand in square brackets.

    Args:
        text: What was written.
        port: What it is where none is written.

    Raises:
        ValueError: It is not that; the text says what would be.
    """
    if port is not None and text and (":" not in text or text.endswith("]")):
        return text.strip("[]"), port
    host, colon, digits = text.rpartition(":")
    if not colon or not digits.isdecimal() or not 0 < int(digits) <= MAX_PORT:
        raise ValueError(
            f"{text!r} is no socket: write /path, unix:/path, inet:port@host or host:port"
        )
    return host.strip("[]") or "localhost", int(digits)

"""Macros of what the MTA knows."""

from __future__ import annotations

from clamgate.harness.mta.known import (
    Client,
    Login,
    Tls,
    address_values,
    client_values,
    session_values,
)
from clamgate.harness.wire import Connect, Family

CLIENT = Client("192.0.2.7", 4711, "192.0.2.1", 25)
SIX = Client("2001:db8::7", 4711, "2001:db8::1", 25, "c.test")


def test_a_client_is_announced() -> None:
    assert CLIENT.announcement == Connect(b"unknown", Family.INET, 4711, b"192.0.2.7")
    assert SIX.announcement == Connect(b"c.test", Family.INET6, 4711, b"2001:db8::7")
    assert Client("fe80::1%eth0", 1, "::", 25).family is Family.INET6


def test_connection_macros() -> None:
    values = client_values("mx.test", CLIENT)
    assert values[b"j"] == values[b"{daemon_name}"] == b"mx.test"
    assert values[b"_"] == b"unknown [192.0.2.7]"
    assert (values[b"{daemon_addr}"], values[b"{daemon_port}"]) == (b"192.0.2.1", b"25")
    assert (values[b"{client_addr}"], values[b"{client_port}"]) == (b"192.0.2.7", b"4711")
    assert (values[b"{client_name}"], values[b"{client_resolve}"]) == (b"unknown", b"FAIL")
    six = client_values("mx.test", SIX)
    assert six[b"{client_addr}"] == b"IPv6:2001:db8::7"
    assert (six[b"_"], six[b"{client_resolve}"]) == (b"c.test [2001:db8::7]", b"OK")


def test_session_macros() -> None:
    assert session_values(None, None) == {}
    assert session_values(Tls("TLSv1.3", "AES", 256), Login(b"al\xff", "PLAIN")) == {
        b"{tls_version}": b"TLSv1.3",
        b"{cipher}": b"AES",
        b"{cipher_bits}": b"256",
        b"{auth_type}": b"PLAIN",
        b"{auth_authen}": b"al\xff",
    }


def test_address_macros() -> None:
    assert address_values(b"mail", b'"a@b"@x.test') == {
        b"{mail_addr}": b'"a@b"@x.test',
        b"{mail_host}": b"x.test",
        b"{mail_mailer}": b"smtp",
    }

from __future__ import annotations

from email import message_from_bytes, policy

from clamgate.core.parts import FoundPart
from clamgate.core.verdict import Hit
from clamgate.message.mime.notice import notice
from clamgate.message.mime.strict import is_canonical

SHA = "0" * 64


def hit(*names: str, signatures: tuple[str, ...] = ("Eicar-Test-Signature",)) -> Hit:
    part = FoundPart("2", names, "application/pdf", "application/x-elf", 544, SHA)
    return Hit(part, signatures)


def test_it_says_what_was_there() -> None:
    assert notice([hit("a.exe")], "OnInfected Strip") == (
        b"Content-Type: text/plain; charset=utf-8\r\n"
        b"Content-Transfer-Encoding: quoted-printable\r\n"
        b"\r\n"
        b"A part of this message was removed by the mail filter.\r\n"
        b"\r\n"
        b"Name:    a.exe\r\n"
        b"Type:    application/pdf or application/x-elf\r\n"
        b"Size:    544 bytes\r\n"
        b"SHA-256: 0000000000000000000000000000000000000000000000000000000000000000\r\n"
        b"Found:   Eicar-Test-Signature\r\n"
        b"Rule:    OnInfected Strip"
    )


def test_any_name_is_read_as_it_is_meant_and_none_misleads() -> None:
    name = "Rechnung für Zoë €.exe"
    text = message_from_bytes(notice([hit(name, "cod\u202eexe.\r\nX: y")], "a: Strip"))
    said = text.get_payload(decode=True)
    assert isinstance(said, bytes)
    assert f"Name:    {name}\r\nName:    cod?exe.??X: y\r\n".encode() in said


def test_no_name_can_end_the_part_that_it_stands_in() -> None:
    for length in range(80):
        entity = notice([hit("x" * length + "--limit--", "--limit")], "r")
        assert b"--" not in entity
        read = message_from_bytes(entity, policy=policy.default)
        assert "--limit--" in read.get_content()
        assert is_canonical(entity)


def test_of_many_the_first_are_told() -> None:
    entity = notice([hit(f"file {number}") for number in range(25)], "r")
    assert b"file 19" in entity
    assert b"file 20" not in entity
    assert entity.endswith(b"And 5 more.")

"""MAIL and RCPT, taken apart or refused in Postfix's words."""

from __future__ import annotations

import pytest

from clamgate.harness.mta.commands import CommandError, Path, parse_mail, parse_rcpt


@pytest.mark.parametrize(
    ("rest", "path"),
    [
        (b"FROM:<a@b>", Path(b"<a@b>", b"a@b")),
        (b"from: <a@b>", Path(b"<a@b>", b"a@b")),
        (b"FROM:<>", Path(b"<>", b"")),
        (b"FROM:a@b", Path(b"a@b", b"a@b")),
        (b"FROM:<a>", Path(b"<a>", b"a")),
        (b'FROM:<"a b"@c>', Path(b'<"a b"@c>', b'"a b"@c')),
        (b'FROM:<"a>b\\""@c> RET=full', Path(b'<"a>b\\""@c>', b'"a>b\\""@c', (b"RET=full",))),
        (b"FROM:<@relay,@two:a@b>", Path(b"<@relay,@two:a@b>", b"a@b")),
        (b"FROM:<\xc3\xa4@b> SMTPUTF8", Path(b"<\xc3\xa4@b>", b"\xc3\xa4@b", (b"SMTPUTF8",))),
        (
            b"FROM:<a@b>  SIZE=10 BODY=8bitmime AUTH=<> ENVID=x",
            Path(b"<a@b>", b"a@b", (b"SIZE=10", b"BODY=8bitmime", b"AUTH=<>", b"ENVID=x")),
        ),
    ],
)
def test_senders(rest: bytes, path: Path) -> None:
    assert parse_mail(rest, 10) == path


@pytest.mark.parametrize(
    ("rest", "reply"),
    [
        (b"", b"501 5.5.4 Syntax: MAIL FROM:<address>"),
        (b"<a@b>", b"501 5.5.4 Syntax: MAIL FROM:<address>"),
        (b"FROM:", b"501 5.5.4 Syntax: MAIL FROM:<address>"),
        (b"FROM:<a@b", b"501 5.1.7 Bad sender address syntax"),
        (b"FROM:<a@>", b"501 5.1.7 Bad sender address syntax"),
        (b"FROM:<@b>", b"501 5.1.7 Bad sender address syntax"),
        (b"FROM:<a@b>SIZE=1", b"501 5.1.7 Bad sender address syntax"),
        (b"FROM:<a@b> SIZE=x", b"501 5.5.4 Bad message size syntax"),
        (b"FROM:<a@b> SIZE=11", b"552 5.3.4 Message size exceeds fixed limit"),
        (b"FROM:<a@b> BODY=9BIT", b"501 5.5.4 Error: bad BODY parameter"),
        (b"FROM:<a@b> RET=all", b"501 5.5.4 Bad RET parameter syntax"),
        (b"FROM:<a@b> FOO=1", b"555 5.5.4 Unsupported option: FOO=1"),
    ],
)
def test_no_senders(rest: bytes, reply: bytes) -> None:
    with pytest.raises(CommandError) as caught:
        parse_mail(rest, 10)
    assert caught.value.reply == reply


def test_without_a_limit_any_size_will_do() -> None:
    assert parse_mail(b"FROM:<> SIZE=99999999999", 0).args == (b"SIZE=99999999999",)


def test_recipients() -> None:
    args = (b"NOTIFY=success,DELAY", b"ORCPT=rfc822;a@b")
    assert parse_rcpt(b"TO:<a@b> " + b" ".join(args)) == Path(b"<a@b>", b"a@b", args)


@pytest.mark.parametrize(
    ("rest", "reply"),
    [
        (b"<a@b>", b"501 5.5.4 Syntax: RCPT TO:<address>"),
        (b"TO:<>", b"501 5.1.3 Bad recipient address syntax"),
        (b"TO:a b", b"555 5.5.4 Unsupported option: b"),
        (b"TO:<a@b> NOTIFY=maybe", b"501 5.5.4 Error: Bad NOTIFY parameter syntax"),
        (b"TO:<a@b> NOTIFY=never,delay", b"501 5.5.4 Error: Bad NOTIFY parameter syntax"),
        (b"TO:<a@b> ORCPT=a@b", b"501 5.5.4 Error: Bad ORCPT parameter syntax"),
    ],
)
def test_no_recipients(rest: bytes, reply: bytes) -> None:
    with pytest.raises(CommandError) as caught:
        parse_rcpt(rest)
    assert caught.value.reply == reply

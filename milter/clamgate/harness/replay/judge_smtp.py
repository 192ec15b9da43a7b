"""An SMTP server as the judge of mail: what it replies is what becomes of the mail."""

from __future__ import annotations

import smtplib
from dataclasses import dataclass
from io import BytesIO

from clamgate.harness.macros import bare
from clamgate.harness.mailfile import crlf_pieces, first_line
from clamgate.harness.replay.judgement import Judgement, Verdict, unanswered
from clamgate.harness.replay.parcel import Parcel
from clamgate.harness.replay.text import printable
from clamgate.harness.replay.trial import JudgeGoneError

_READY, _ACCEPTED, _GO_ON = 220, 250, 354
_TEMPORARY, _PERMANENT = 4, 5


@dataclass(frozen=True, slots=True)
class SmtpJudge:
    """Sends mail to a server for real: it is delivered if the server takes it.

    Attributes:
        host: Name or address.
        port: Of TCP.
        helo: The name to give ourselves.
        seconds: How long any answer may take.
    """

    host: str
    port: int
    helo: str
    seconds: float

    def judge(self, parcel: Parcel) -> Judgement:
        """Send the mail in a session of its own and return what the server says.

        Raises:
            JudgeGoneError: It accepts no connection.
        """
        client = smtplib.SMTP(timeout=self.seconds, local_hostname=self.helo)
        try:
            code, reply = client.connect(self.host, self.port)
        except (OSError, smtplib.SMTPServerDisconnected) as error:
            client.close()
            place = f"{self.host}:{self.port}"
            reason = error.strerror or error
            raise JudgeGoneError(f"no SMTP server answers at {place}: {reason}") from error
        try:
            if code != _READY:
                return _judged("connect", code, reply)
            return _transact(client, parcel)
        except smtplib.SMTPResponseException as error:
            reply = error.smtp_error if isinstance(error.smtp_error, bytes) else b""
            stage = "Data" if isinstance(error, smtplib.SMTPDataError) else "Helo"
            return _judged(stage, error.smtp_code, reply)
        except (OSError, smtplib.SMTPException) as error:
            return unanswered(error)
        finally:
            _leave(client)


def _transact(client: smtplib.SMTP, parcel: Parcel) -> Judgement:
    file = BytesIO(parcel.raw)
    content = b"".join(crlf_pieces(file, first_line(file)))
    client.ehlo_or_helo_if_needed()
    code, reply = client.mail(_text(parcel.message.sender), _options(client, parcel, content))
    if code != _ACCEPTED:
        return _judged("Mail", code, reply)
    refused = []
    for recipient in parcel.message.recipients:
        code, reply = client.rcpt(_text(recipient))
        if code // 100 in {_TEMPORARY, _PERMANENT}:
            refused.append((printable(recipient), _words(code, reply)))
    if len(refused) == len(parcel.message.recipients):
        return _judged("Rcpt", code, reply)
    code, reply = client.data(content)
    return _judged("EndOfMessage", code, reply, tuple(refused))


def _options(client: smtplib.SMTP, parcel: Parcel, content: bytes) -> list[str]:
    """Return what MAIL has to say, as far as the server knows of it."""
    addresses = (parcel.message.sender, *parcel.message.recipients)
    offered = {
        "size": f"SIZE={len(content)}",
        "8bitmime": "" if content.isascii() else "BODY=8BITMIME",
        "smtputf8": "" if all(map(bytes.isascii, addresses)) else "SMTPUTF8",
    }
    options = [word for name, word in offered.items() if word and client.has_extn(name)]
    if "SMTPUTF8" in options:
        client.command_encoding = "utf-8"
    return options


def _judged(
    stage: str, code: int, reply: bytes, refused: tuple[tuple[str, str], ...] = ()
) -> Judgement:
    verdict = {_TEMPORARY: Verdict.TEMPFAILED, _PERMANENT: Verdict.REJECTED}.get(
        code // 100, Verdict.ACCEPTED
    )
    if verdict is Verdict.ACCEPTED:  # its text has a queue id, which differs each time
        return Judgement(verdict, stage, refused=refused)
    return Judgement(verdict, stage, _words(code, reply))


def _words(code: int, reply: bytes) -> str:
    return printable(b"%d %b" % (code, reply.replace(b"\n", b" ")))


def _text(path: bytes) -> str:
    return bare(path).decode()


def _leave(client: smtplib.SMTP) -> None:
    try:
        client.quit()
    except (OSError, smtplib.SMTPException):
        client.close()

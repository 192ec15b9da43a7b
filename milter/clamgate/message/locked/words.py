"""What a message gives away: words of its text that may be passwords, the likeliest first."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator
from contextlib import suppress
from itertools import islice

COMMON = (
    *("infected", "virus", "malware", "password", "passwort", "secret", "123", "1234", "12345"),
    *("123456", "12345678", "123456789", "1111", "0000", "2025", "2026", "qwerty", "admin", "test"),
)
"""What is tried though it does not stand there; the first ones are what samples are locked with."""

MOST = 1000
"""Words that are tried."""

_MOST_TEXT = 1 << 17
_MOST_FORMS = 20 * MOST
_LONGEST = 64
_ENCODINGS = ("utf-8", "cp1252", "cp437", "cp1251", "cp866")

_CUE = re.compile(
    r"(?:pass ?(?:word|wort|code|phrase|key)?|pwd?|p/w|kennwort|parole?|pin|code|key|geheim\w*"
    r"|contraseñ?n?a|clave|senha|mot de passe|mdp|wachtwoord|has[łl]o|heslo|jelsz[óo]|l[öo]senord"
    r"|пароль|код|密码|密碼|パスワード|암호)\b",
    re.IGNORECASE,
)
_BEHIND = 100
_MARKS = "\"'`«»‹›“”„‘’「」『』"  # noqa: RUF001  as people write
_QUOTED = re.compile(rf"[{_MARKS}]([^{_MARKS}\r\n]{{1,64}})[{_MARKS}]")
_PUNCTUATION = f" \t.,:;!?=-–—*_|()[]{{}}<>{_MARKS}、。：，"  # noqa: RUF001  as people write
_TAG = re.compile(r"<[^<>]*>")


def plain_text(data: bytes, *, is_html: bool) -> str:
    """Return what a reader sees of a part that is text."""
    raw = data[:_MOST_TEXT]
    if raw[:2] in (b"\xff\xfe", b"\xfe\xff"):
        text = raw.decode("utf-16", "replace")
    else:
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            text = raw.decode("cp1252", "replace")
    if not is_html:
        return text
    # A tag may stand between two words, and in the middle of one.
    return html.unescape(f"{_TAG.sub(' ', text)}\n{_TAG.sub('', text)}")


def passwords(texts: Iterable[str]) -> list[bytes]:
    """Return at most `MOST` passwords to try, each once, in the encodings that programs use.

    Args:
        texts: The message's texts: subject, body, names of files.
    """
    whole = "\n".join(texts)[:_MOST_TEXT]
    found: dict[bytes, None] = {}
    for word in islice(_words(whole), _MOST_FORMS):
        for encoding in _ENCODINGS[: 1 if word.isascii() else None]:
            with suppress(UnicodeEncodeError):
                found.setdefault(word.encode(encoding))
        if len(found) >= MOST:
            break
    return list(found)[:MOST]


def _words(text: str) -> Iterator[str]:
    for cue in _CUE.finditer(text):
        behind = text[cue.end() : cue.end() + _BEHIND]
        line = behind.strip("\r\n").partition("\n")[0]
        yield from _forms(line)
        for token in behind.split()[:6]:
            yield from _forms(token)
    yield from COMMON
    for quoted in _QUOTED.finditer(text):
        yield from _forms(quoted[1])
    for token in text.split():
        yield from _forms(token)


def _forms(token: str) -> Iterator[str]:
    """Yield a word as it stands there, and without what may be no part of it."""
    for form in (token.strip(), token.strip(_PUNCTUATION), *re.split(r"[:=_]", token)):
        if 0 < len(form) <= _LONGEST:
            yield form

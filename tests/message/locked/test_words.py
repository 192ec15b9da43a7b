from __future__ import annotations

import pytest

from clamgate.message.locked.words import COMMON, MOST, passwords, plain_text


@pytest.mark.parametrize(
    "text",
    [
        "The password is: Fz7-kqx",
        "password: Fz7-kqx.",
        "Passwort=Fz7-kqx",
        "PW Fz7-kqx\n",
        "Ihr Kennwort lautet „Fz7-kqx“.",
        "Le mot de passe : «Fz7-kqx»",
        "пароль: Fz7-kqx",
        "密码：Fz7-kqx。",  # noqa: RUF001  as it is written there
        "(Fz7-kqx)",
        "please find the file. Fz7-kqx",
    ],
)
def test_it_is_found_however_it_is_put(text: str) -> None:
    assert b"Fz7-kqx" in passwords([text])


def test_the_likeliest_come_first() -> None:
    words = passwords(["some words before. Password: Fz7-kqx and some behind"])
    assert words.index(b"Fz7-kqx") < words.index(b"infected") < words.index(b"before")


def test_a_phrase_counts_as_a_whole() -> None:
    assert b"two words" in passwords(["password: two words"])
    assert b"two words" in passwords(['it is "two words", as ever'])


def test_what_everybody_takes_is_tried_in_any_case() -> None:
    assert passwords([]) == [word.encode() for word in COMMON]


def test_other_letters_in_all_the_encodings_that_programs_use() -> None:
    found = passwords(["Passwort: grün"])
    assert {"grün".encode(), "grün".encode("cp1252"), "grün".encode("cp437")} <= set(found)


def test_it_ends() -> None:
    many = " ".join(f"password: a{number} 'b{number}'" for number in range(100_000))
    assert len(passwords([many])) == MOST
    assert len(passwords(["pw " * 100_000, "'" * 100_000, "<" * 100_000])) < MOST


def test_a_text_is_what_a_reader_sees() -> None:
    page = b"<p>Password:<b> Fz7</b>-kqx &amp;</p>" + b"<style" * 20_000
    assert "Fz7-kqx &" in plain_text(page, is_html=True)
    assert "Fz7" in plain_text(page, is_html=True).split()
    assert plain_text("grün".encode(), is_html=False) == "grün"
    assert plain_text("grün".encode("cp1252"), is_html=False) == "grün"
    assert plain_text("grün".encode("utf-16"), is_html=False).endswith("grün")

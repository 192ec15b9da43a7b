"""Files read into mails."""

from __future__ import annotations

import os
from pathlib import Path

from clamgate.harness.replay.find import Problem, Source
from clamgate.harness.replay.sources import Mail, read

LINE = b"From a@example.org Tue Nov 24 03:08:32 2026\n"


def source(path: Path, content: bytes, *, single: bool = False) -> Source:
    path.write_bytes(content)
    return Source(str(path), len(content), single)


def test_a_mail_an_mbox_and_nothing_at_all(tmp_path: Path) -> None:
    mail = source(tmp_path / "mail", b"A: b\n\nx")
    mbox = source(tmp_path / "mbox", LINE + b"A: 1\n\n\n" + LINE + b"A: 2\n")
    empty = source(tmp_path / "empty", b"")
    assert list(read([mail, mbox, empty], 100)) == [
        Mail(mail.path, b"A: b\n\nx"),
        Mail(f"{mbox.path}#1", b"A: 1\n\n"),
        Mail(f"{mbox.path}#2", b"A: 2\n"),
        Mail(empty.path, b""),
    ]


def test_what_is_known_to_be_one_mail_is_not_cut(tmp_path: Path) -> None:
    raw = LINE + b"A: 1\n\n\n" + LINE
    single = source(tmp_path / "x.eml", raw, single=True)
    assert list(read([single], 1000)) == [Mail(single.path, raw)]


def test_what_cannot_be_read_is_a_problem_among_the_others(tmp_path: Path) -> None:
    gone = Source(str(tmp_path / "gone"), 1)
    folder = Source(str(tmp_path), 1)
    large = source(tmp_path / "large", b"x" * 11)
    mbox = source(tmp_path / "mbox", LINE + b"\n" + b"x" * 20 + b"\n\n" + LINE + b"\nx")
    good = source(tmp_path / "good", b"x" * 10)
    assert list(read([gone, folder, large, mbox, good], 10)) == [
        Problem(gone.path, "cannot read it: No such file or directory"),
        Problem(folder.path, "cannot read it: Is a directory"),
        Problem(large.path, "larger than 10 bytes (--max-size)"),
        Problem(f"{mbox.path}#1", "larger than 10 bytes (--max-size)"),
        Mail(f"{mbox.path}#2", b"\nx"),
        Mail(good.path, b"x" * 10),
    ]


def test_a_pipe_is_read_as_it_comes() -> None:
    reading, writing = os.pipe()
    try:
        os.write(writing, LINE + b"A: 1\n\n\n" + LINE + b"A: 2\n")
        os.close(writing)
        name = f"/dev/fd/{reading}"
        assert [mail.name for mail in read([Source(name, None)], 100)] == [f"{name}#1", f"{name}#2"]
    finally:
        os.close(reading)

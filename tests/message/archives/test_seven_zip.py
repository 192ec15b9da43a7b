"""Archives of 7-Zip's own making, and broken ones."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from zlib import crc32

import pytest
from tests.message.archives.trees import PE, listed, names, zipped

SEVEN_ZIP = shutil.which("7zz") or shutil.which("7z")
EXE = "application/vnd.microsoft.portable-executable"

needs_it = pytest.mark.skipif(SEVEN_ZIP is None, reason="7-Zip is not installed (7zip)")


def packed(folder: Path, *options: str) -> bytes:
    assert SEVEN_ZIP is not None
    tree = folder / "tree"
    (tree / "sub").mkdir(parents=True)
    (tree / "sub" / "evil.exe").write_bytes(PE * 10)
    (tree / "a ü.txt").write_text("hello " * 100)
    (tree / "in.zip").write_bytes(zipped(("deep.exe", PE)))
    (tree / "nothing.js").touch()
    made = folder / "made.7z"
    subprocess.run(
        [SEVEN_ZIP, "a", "-bd", *options, str(made), "."], cwd=tree, check=True, capture_output=True
    )
    return made.read_bytes()


METHODS = ("lzma", "lzma2", "copy", "bzip2", "deflate")
OPTIONS = [
    (),
    *((f"-m0={method}",) for method in METHODS),
    ("-ms=off",),
    ("-mhc=off",),
    ("-m0=bcj", "-m1=lzma"),
]


@needs_it
@pytest.mark.parametrize("options", OPTIONS, ids=" ".join)
def test_names_types_and_archives_in_it(options: tuple[str, ...], tmp_path: Path) -> None:
    files, unlisted = listed(packed(tmp_path, *options))
    assert unlisted == []
    kinds = {file.names[0]: file.kind for file in files}
    assert kinds.keys() == {"sub", "sub/evil.exe", "a ü.txt", "in.zip", "nothing.js", "deep.exe"}
    assert kinds["sub/evil.exe"] == kinds["deep.exe"] == EXE


@needs_it
@pytest.mark.parametrize("options", [("-m0=ppmd",), ("-psecret",)], ids=" ".join)
def test_what_only_7_zip_can_unpack_has_names_and_is_told_of(
    options: tuple[str, ...], tmp_path: Path
) -> None:
    files, unlisted = listed(packed(tmp_path, *options), "x.7z")
    assert "sub/evil.exe" in {file.names[0] for file in files}
    assert len(unlisted) == 1
    assert unlisted[0].startswith("in.zip in x.7z: it is ")


@needs_it
def test_encrypted_names_are_told_of(tmp_path: Path) -> None:
    archive = packed(tmp_path, "-psecret", "-mhe=on")
    assert listed(archive, "x.7z") == ([], ["x.7z: its names are encrypted"])
    assert listed(PE + archive, "x.exe") == ([], ["x.exe: its names are encrypted"])


@needs_it
def test_cut_short_or_changed_it_is_listed_or_told_of(tmp_path: Path) -> None:
    archive = packed(tmp_path, "-mhc=off")
    for end in range(0, len(archive), 7):
        files, unlisted = listed(archive[:end] if end else archive, "x.7z")
        assert files or unlisted or end < 6
    for at in range(32, len(archive)):
        changed = bytearray(archive)
        changed[at] ^= 0xFF
        listed(bytes(changed))


def test_a_dictionary_of_gigabytes_takes_none() -> None:
    # A packed header: LZMA with a dictionary of 4 GiB, and an unpacked size of 8 EiB.
    coder = b"\x01\x23\x03\x01\x01\x05\x5d\xff\xff\xff\xff"
    header = b"\x17\x06\x00\x01\x09\x05\x00\x07\x0b\x01\x00" + coder
    header += b"\x0c\xff" + b"\x7f" * 8 + b"\x00\x00"
    start = b"\0" * 5 + (0).to_bytes(3, "little")
    offsets = (5).to_bytes(8, "little") + len(header).to_bytes(8, "little") + bytes(4)
    archive = b"7z\xbc\xaf\x27\x1c\0\4" + crc32(offsets).to_bytes(4, "little") + offsets
    files, unlisted = listed(archive + start[:5] + header, "x.7z")
    assert files == []
    assert len(unlisted) == 1


def test_no_files_at_all() -> None:
    assert names(b"7z\xbc\xaf\x27\x1c\0\4" + bytes(24)) == []

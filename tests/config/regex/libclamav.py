"""ClamAV's own regular expressions, through ctypes: what ours are measured by."""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

# libclamav/regex/regex.h
_REG_EXTENDED = 1
_REG_ICASE = 2
_REG_NOSUB = 4


class _Compiled(ctypes.Structure):
    """regex_t of libclamav/regex/regex.h."""

    _fields_ = (
        ("re_magic", ctypes.c_int),
        ("re_nsub", ctypes.c_size_t),
        ("re_endp", ctypes.c_char_p),
        ("re_g", ctypes.c_void_p),
    )


def find() -> str | None:
    """Return the library's name or path, None if it is not installed."""
    if name := ctypes.util.find_library("clamav"):
        return name
    places = (*Path("/usr/lib").glob("*/libclamav.so.*"), *Path("/usr/lib").glob("libclamav.so.*"))
    return str(max(places)) if places else None


class LibClamav:
    """cli_regcomp and its kin, with the flags that the C clamav-milter gives them."""

    def __init__(self, name: str) -> None:
        self._library = ctypes.CDLL(name)

    @contextmanager
    def compiled(self, pattern: bytes, *, extended: bool) -> Iterator[_Compiled | None]:
        """Yield a compiled expression, None if it is refused."""
        regex = _Compiled()
        flags = _REG_ICASE | _REG_NOSUB | (_REG_EXTENDED if extended else 0)
        if self._library.cli_regcomp(ctypes.byref(regex), pattern, flags) != 0:
            yield None
            return
        try:
            yield regex
        finally:
            self._library.cli_regfree(ctypes.byref(regex))

    def matches(self, regex: _Compiled, subject: bytes) -> bool:
        """Say whether an expression matches any part of a subject, which holds no NUL."""
        status = self._library.cli_regexec(
            ctypes.byref(regex), subject, ctypes.c_size_t(0), None, 0
        )
        assert status in (0, 1), status
        return bool(status == 0)

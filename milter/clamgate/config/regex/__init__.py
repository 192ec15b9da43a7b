r"""The regular expressions of AllowList and SkipAuthenticated, as the C clamav-milter has them.

ClamAV carries Henry Spencer's library: its basic and extended POSIX syntax is neither the C
library's nor Python's (``user\+tag`` matches a plus, ``a\|b`` is no choice, ``\d`` is a d). It
also takes time in proportion to the length of the subject, where Python's `re` may take a power of
it; and the subjects are addresses, chosen by whoever sends mail. So expressions are parsed as
Spencer does and matched by an automaton here. Only yes or no is asked for.

What this cannot do, and says so: back-references, characters by name (``[[.hyphen.]]``), ranges
that mix ASCII and 8-bit bytes, counted repetition of an anchor, and two word boundaries (``\<``,
``\>``) in a row. All but the first have a plain way to write them.
"""

from clamgate.config.regex.compiled import Regex, compile_basic, compile_extended
from clamgate.config.regex.syntax import RegexError, UnsupportedError

__all__ = ["Regex", "RegexError", "UnsupportedError", "compile_basic", "compile_extended"]

"""What files are in the archives that are attached to a message, and in archives in these."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass

from clamgate.message.archives import packed, rar, seven_zip, tar, zipped
from clamgate.message.archives.entry import HEAD, Entry
from clamgate.message.archives.limits import Limits, Meter, OutOfBoundsError, UnlistedError
from clamgate.message.mime.part import type_of

_ZIPS = {"zip", "jar", "war", "apk", "docx", "xlsx", "pptx", "docm", "xlsm", "pptm", "odt", "ods"}
_SUFFIXES = _ZIPS | {"7z", "rar", "tar", "gz", "tgz", "bz2", "tbz2", "xz", "txz", "lzma"}
# How far behind the beginning WinRAR and 7-Zip look for an archive: a program that unpacks itself.
_FAR = 1 << 20
_PROGRAMS = (b"MZ", b"\x7fELF")
_HEADS = (
    zipped.LOCAL_MAGIC,
    rar.MAGIC_4[:6],
    seven_zip.MAGIC,
)

Turn = Callable[[], AbstractContextManager[object]]


@dataclass(frozen=True, slots=True)
class Inner:
    """A file in an archive.

    Attributes:
        names: Its names, with their folders.
        kind: The media type that its first bytes show, empty if none, or if they cannot be had.
        within: The archives it is in, outermost first.
    """

    names: tuple[str, ...]
    kind: str
    within: tuple[str, ...]


class ArchiveListing:
    """Looks into the archives of one message. It never raises over what stands in them.

    Args:
        limits: How far to go.
        turn: Entered for as long as an archive is looked into, which may take memory: a place where
            one message waits for the other.

    Attributes:
        unlisted: Why not all could be listed, in words, each once.
    """

    def __init__(self, limits: Limits | None = None, turn: Turn = nullcontext) -> None:
        self.unlisted: dict[str, None] = {}
        self._meter = Meter(limits)
        self._turn = turn
        self._is_over = False

    def files_in(self, data: bytes, names: Sequence[str]) -> list[Inner]:
        """Return the files in something that may be an archive, at any depth.

        Args:
            data: Its bytes.
            names: What it is called, under every reading.
        """
        found: list[Inner] = []
        if self._is_over or not any(True for _ in _readings(data, names, self._meter)):
            return found
        try:
            with self._turn(), self._meter.running():
                for file in self._walk(data, names, ()):
                    found.append(file)  # noqa: PERF402  what came before a bound stays
        except OutOfBoundsError as reached:
            self._is_over = True
            self.unlisted.setdefault(str(reached))
        return found

    def _walk(self, data: bytes, names: Sequence[str], within: tuple[str, ...]) -> Iterator[Inner]:
        place = (*within, names[0] if names else "an archive without a name")
        for entries, is_sure in _readings(data, names, self._meter):
            self._meter.archive(len(within))
            found = 0
            try:
                for entry in entries:
                    found += 1
                    self._meter.entry()
                    yield Inner(entry.names, type_of(entry.head), place)
                    if _may_be_archive(entry):
                        yield from self._nested(entry, place)
            except OutOfBoundsError:
                raise
            except UnlistedError as error:
                if is_sure or found:
                    self._note(place, error)

    def _nested(self, entry: Entry, place: tuple[str, ...]) -> Iterator[Inner]:
        try:
            data = entry.unpack()
        except OutOfBoundsError:
            raise
        except UnlistedError as error:
            self._note((*place, *entry.names[:1]), error)
            return
        yield from self._walk(data, entry.names, place)

    def _note(self, place: tuple[str, ...], error: UnlistedError) -> None:
        self.unlisted.setdefault(f"{' in '.join(reversed(place))}: {error}")


def _readings(
    data: bytes, names: Sequence[str], meter: Meter
) -> Iterator[tuple[Iterator[Entry], bool]]:
    """Yield the entries of whatever archives something may be taken for.

    With each goes whether it is one beyond doubt: what only looks so somewhere in the middle may be
    broken without anybody being kept from anything.
    """
    is_program = data.startswith(_PROGRAMS)
    if zipped.is_one(data):
        yield zipped.entries(data, meter), data.startswith(zipped.LOCAL_MAGIC) or is_program
    for magic, entries in (
        (rar.MAGIC_5, rar.entries_5),
        (rar.MAGIC_4, rar.entries_4),
        (seven_zip.MAGIC, seven_zip.entries),
    ):
        if (at := data.find(magic, 0, _FAR)) >= 0:
            yield entries(data[at:], meter), at == 0 or is_program
    if tar.is_one(data[:HEAD]):
        yield tar.entries(data, meter), True
    if (make := packed.maker_of(data)) is not None:
        yield packed.entries(data, meter, names, make), True


def _may_be_archive(entry: Entry) -> bool:
    head = entry.head
    if head.startswith(_HEADS) or tar.is_one(head) or packed.maker_of(head) is not None:
        return True
    suffixes = {name.rpartition(".")[2].lower().rstrip(". ") for name in entry.names}
    return not suffixes.isdisjoint(_SUFFIXES)

"""The hiding places: each odd form by itself, and each pair of two of different layers."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, product

from tests.hiding import encodings, headings, multiparts
from tests.hiding.containers import CONTAINERS
from tests.hiding.encodings import ENCODINGS
from tests.hiding.headings import HEADINGS
from tests.hiding.model import Encoding, Form, Framing, Heading
from tests.hiding.multiparts import MULTIPARTS


def _unwrapped(message: bytes) -> bytes:
    return message


@dataclass(frozen=True, slots=True)
class HidingPlace:
    """A way to hide a file in a message.

    Attributes:
        families: Of its odd forms, outermost last.
        name: Of them, too.
        text_only: Whether only a file of ASCII text survives it.
    """

    families: tuple[str, ...]
    name: str
    encoding: Encoding = encodings.plain
    heading: Heading = headings.plain
    multipart: Framing = multiparts.plain
    container: Framing = _unwrapped
    text_only: bool = False

    def message(self, file: bytes) -> bytes:
        """Return the message with a file in this place."""
        return self.container(self.multipart(self.heading(self.encoding(file))))


_LAYERS: dict[str, tuple[Form[Encoding] | Form[Heading] | Form[Framing], ...]] = {
    "encoding": ENCODINGS,
    "heading": HEADINGS,
    "multipart": MULTIPARTS,
    "container": CONTAINERS,
}


def singles() -> Iterator[HidingPlace]:
    """Yield each odd form with all else plain."""
    for layer, forms in _LAYERS.items():
        for form in forms:
            yield _place({layer: form})


def pairs() -> Iterator[HidingPlace]:
    """Yield each two odd forms of different layers."""
    for (one, forms), (other, others) in combinations(_LAYERS.items(), 2):
        for form, second in product(forms, others):
            yield _place({one: form, other: second})


def _place(chosen: dict[str, Form[Encoding] | Form[Heading] | Form[Framing]]) -> HidingPlace:
    forms = chosen.values()
    return HidingPlace(
        families=tuple(form.family for form in forms),
        name=" + ".join(f"{form.family}: {form.name}" for form in forms),
        text_only=any(form.text_only for form in forms),
        **{layer: form.build for layer, form in chosen.items()},  # type: ignore[arg-type]
    )

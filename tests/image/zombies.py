"""Is every process that ends in a container reaped?"""

from __future__ import annotations

from tests.image.containers import Container
from tests.waiting import wait_until


def wait_until_reaped(container: Container) -> None:
    """Return once no process that has ended is left: between its end and its parent's notice there
    always is a moment, but one that nobody reaps stays for ever.

    Raises:
        TimeoutError: One is left; the text has those of the last look.
    """
    last: list[str] = []

    def none_is_left() -> bool:
        last[:] = _zombies(container)
        return not last

    try:
        wait_until(none_is_left, "the end of all zombies")
    except TimeoutError as error:
        raise TimeoutError(f"{error}: {last}") from None


def _zombies(container: Container) -> list[str]:
    """Return them as ps shows them; those of docker exec, whose parent is outside, are docker's."""
    found = container.processes()
    return [" ".join(one) for one in found if one[2].startswith("Z") and one[1] != "0"]

"""Is every process that ends in a container reaped?"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from threading import Event

from tests.image.containers import Container
from tests.image.engine import DockerError


class Watch:
    """Looks at a container's processes again and again.

    Attributes:
        looks: How often.
        found: The zombies that were still there at the next look, as ps shows them: between the end
            of a process and its parent's notice there always is a moment.
    """

    def __init__(self, container: Container) -> None:
        self._container = container
        self._over = Event()
        self.looks = 0
        self.found: list[str] = []

    def run(self) -> None:
        """Look until told that it is over, or the container has ended."""
        last: set[str] = set()
        while not self._over.is_set():
            try:
                processes = self._container.processes()
            except DockerError:
                return
            now = {" ".join(one) for one in processes if one[2].startswith("Z")}
            self.found += now & last
            last = now
            self.looks += 1

    def end(self) -> None:
        """Stop looking."""
        self._over.set()


@contextmanager
def watched(container: Container) -> Iterator[Watch]:
    """Look for zombies meanwhile; that there are none is checked at the end."""
    watch = Watch(container)
    with ThreadPoolExecutor(1) as pool:
        looking = pool.submit(watch.run)
        try:
            yield watch
        finally:
            watch.end()
        looking.result()
    assert watch.looks > 1
    assert watch.found == []

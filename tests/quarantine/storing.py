"""A worker of a test: ``python -m tests.quarantine.storing DIRECTORY URL COUNT``.

It stores so many messages from each of several threads, deletes every fourth, and prints the ids of
those that it kept.
"""

from __future__ import annotations

import sys
from concurrent.futures import ThreadPoolExecutor

from tests.quarantine.samples import Source, told

from clamgate.quarantine.store import Quarantine

THREADS = 4


def main(directory: str, url: str, count: int) -> None:
    store = Quarantine(directory, url)
    with ThreadPoolExecutor(THREADS) as pool:
        ids = list(pool.map(lambda _: store.store(Source(), told()), range(count * THREADS)))
        list(pool.map(lambda one: store.delete(store.find(one)), ids[::4]))
    sys.stdout.write("\n".join(one for n, one in enumerate(ids) if n % 4))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))

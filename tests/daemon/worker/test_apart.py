from __future__ import annotations

import threading
from collections.abc import Callable

import pytest

from clamgate.core.releasing import Claim, ReleaseError
from clamgate.core.storing import StoreError, StoreRecord, StoreSource
from clamgate.daemon.worker.apart import GateApart, StoreApart


class Fake:
    """A store and a gate, which do the same for any message."""

    def __init__(self, act: Callable[[], str]) -> None:
        self._act = act
        self.threads: list[threading.Thread] = []

    def store(self, source: StoreSource, record: StoreRecord) -> str:
        return self._do(source, record)

    def admit(self, claim: Claim) -> str:
        return self._do(claim)

    def _do(self, *_given: object) -> str:
        self.threads.append(threading.current_thread())
        return self._act()


def store_by(fake: Fake) -> str:
    return StoreApart(fake).store(None, None)  # type: ignore[arg-type]


def admit_by(fake: Fake) -> str | None:
    return GateApart(fake).admit(None)  # type: ignore[arg-type]


USES = [(store_by, StoreError), (admit_by, ReleaseError)]
either = pytest.mark.parametrize(("use", "refusal"), USES, ids=["store", "gate"])
Use = Callable[[Fake], str | None]


def raising(error: Exception) -> Callable[[], str]:
    def act() -> str:
        raise error from OSError("a connection")

    return act


@either
def test_it_is_done_in_another_thread_that_ends(use: Use, refusal: type[Exception]) -> None:
    fake = Fake(lambda: "id")
    assert use(fake) == "id"
    (thread,) = fake.threads
    assert thread is not threading.current_thread()
    assert not thread.is_alive()


@either
def test_a_refusal_comes_without_what_it_came_of(use: Use, refusal: type[Exception]) -> None:
    with pytest.raises(refusal, match="no room") as seen:
        use(Fake(raising(refusal("no room"))))
    assert (seen.value.__cause__, seen.value.__context__) == (None, None)


@either
def test_what_nobody_expected_comes_as_it_is(use: Use, refusal: type[Exception]) -> None:
    error = KeyError("x")
    with pytest.raises(KeyError) as seen:
        use(Fake(raising(error)))
    assert seen.value is error


@either
def test_without_a_thread_it_is_refused(
    use: Use, refusal: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(refusal, match="cannot be used: can't start new thread"):
        use(Fake(lambda: "id"))

from __future__ import annotations

import gc
import threading
from collections.abc import Callable
from typing import NoReturn

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


class Connection:
    """Notes which thread it ends in."""

    def __init__(self, ended_in: list[threading.Thread]) -> None:
        self._ended_in = ended_in

    def fail(self) -> NoReturn:
        raise OSError("no room")

    def __del__(self) -> None:
        self._ended_in.append(threading.current_thread())


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
def test_what_nobody_expected_is_a_refusal_too(use: Use, refusal: type[Exception]) -> None:
    with pytest.raises(refusal) as seen:
        use(Fake(raising(KeyError("x"))))
    assert str(seen.value) == "KeyError: 'x'"
    assert (seen.value.__cause__, seen.value.__context__) == (None, None)


@either
@pytest.mark.parametrize("in_a_cycle", [False, True])
@pytest.mark.parametrize("expected", [False, True])
def test_what_a_failure_holds_ends_in_the_thread_it_happened_in(
    use: Use, refusal: type[Exception], *, in_a_cycle: bool, expected: bool
) -> None:
    ended_in: list[threading.Thread] = []

    def act() -> str:
        connection = Connection(ended_in)
        try:
            connection.fail()
        except OSError as error:
            kept = [error] if in_a_cycle else []
            raise (refusal if expected else KeyError)(len(kept)) from error

    fake = Fake(act)
    gc.disable()  # what is in a cycle would be found by it, if it came along here
    try:
        with pytest.raises(refusal) as seen:
            use(fake)
        assert ended_in == fake.threads
        assert len(seen.traceback) > 0  # it is held until here
    finally:
        gc.enable()


@either
def test_without_a_thread_it_is_refused(
    use: Use, refusal: type[Exception], monkeypatch: pytest.MonkeyPatch
) -> None:
    def start(_thread: threading.Thread) -> None:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", start)
    with pytest.raises(refusal, match="cannot be used: can't start new thread"):
        use(Fake(lambda: "id"))

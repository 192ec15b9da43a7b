"""A reload, from being asked for to its outcome; and the settings of each generation."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence

from clamgate.config.loader import Loaded
from clamgate.config.problems import ConfError
from clamgate.core.events import ReloadRefused
from clamgate.core.settings import Settings
from clamgate.daemon import processors
from clamgate.daemon.master.plan import Plan
from clamgate.daemon.master.post import Post
from clamgate.daemon.master.reload import merge
from clamgate.daemon.master.status import ReloadRecord
from clamgate.daemon.master.values import Generation, Limits
from clamgate.daemon.notify import Notifier

Reread = Callable[[], Loaded]
"""Reads the conf anew; raises ConfError."""

_REMEMBERED = 16


class Reloading:
    """Reads the conf anew when asked to, once for any number of requests that came meanwhile.

    First the posts are filled for what it says, then workers are started; the start of it all goes
    the same way. Nothing here waits.

    Args:
        settings: Those of the first generation.
        reread: Reads the conf.
        posts: Filled anew where the conf asks for it.
        notifier: Told that a reload goes on.

    Attributes:
        settings: Those in force, or at first, to come.
        generation: The last that was begun.
        records: The last reloads that were asked for, the newest at the end.
        outcomes: How many there were, by outcome.
    """

    def __init__(
        self, settings: Settings, reread: Reread, posts: Sequence[Post], notifier: Notifier
    ) -> None:
        self.settings = settings
        self.generation = _generation(1, settings)
        self.records: deque[ReloadRecord] = deque(maxlen=_REMEMBERED)
        self.outcomes: Counter[str] = Counter()
        self._running = ReloadRecord(0)
        self._reread = reread
        self._posts = posts
        self._notifier = notifier
        self._wanted = False
        self._preparing = False
        self._coming = settings
        self._waiting: tuple[str, ...] = ()
        self._located: Callable[[str], str] = str

    def start(self) -> None:
        """Begin with the first generation."""
        self._prepare(self.settings)

    def want(self) -> ReloadRecord:
        """Ask for a reload, and return the record that will tell of it."""
        if not self._wanted:
            self._wanted = True
            last = self.records[-1].number if self.records else 0
            self.records.append(ReloadRecord(last + 1))
        return self.records[-1]

    def settings_of(self, generation: Generation) -> Settings:
        """Return the settings of a generation that workers are still started for."""
        return self._coming if generation is self.generation else self.settings

    def see_to_it(self, plan: Plan) -> ReloadRefused | None:
        """Go on with the reload that is under way, or begin one if one is wanted and can be begun.

        Returns:
            Why it came to nothing, if it just did.
        """
        if self._wanted and not self._preparing and plan.may_reload:
            refusal = self._read()
            if refusal is not None:
                return refusal
        if self._preparing and not plan.stopping and not any(p.on_trial for p in self._posts):
            return self._prepared(plan)
        return None

    def done(self) -> tuple[str, ...]:
        """Take note that the new settings are in force; return the directives that are not."""
        self.settings = self._coming
        self._running.state = "done"
        self.outcomes["done"] += 1
        self._running.lines = tuple(
            f"{name}: changed, but only a restart brings it into effect" for name in self._waiting
        )
        return self._waiting

    def refused(self, reasons: tuple[str, ...]) -> ReloadRefused:
        """Take note that the new settings cannot be had, and have the posts as they were."""
        self._coming = self.settings
        if self.generation.number > 1:  # else there is nothing to go back to
            for post in self._posts:
                post.restore(self.settings)
        self._running.state = "refused"
        self.outcomes["refused"] += 1
        self._running.lines = tuple(self._located(reason) for reason in reasons)
        return ReloadRefused(self._running.lines)

    def _read(self) -> ReloadRefused | None:
        self._wanted = False
        self._running = self.records[-1]
        self._running.state = "running"
        self._notifier.reloading()
        try:
            loaded = self._reread()
            settings, self._waiting = merge(self.settings, loaded.settings)
        except ConfError as error:
            return self.refused(tuple(str(problem) for problem in error.problems))
        except Exception as error:  # noqa: BLE001  a conf must not bring down what serves
            return self.refused((f"reading the conf: {type(error).__name__}: {error}",))
        self._located = loaded.located
        self.generation = _generation(self.generation.number + 1, settings)
        self._prepare(settings)
        return None

    def _prepare(self, settings: Settings) -> None:
        self._preparing = True
        self._coming = settings
        for post in self._posts:
            post.fill(settings)

    def _prepared(self, plan: Plan) -> ReloadRefused | None:
        self._preparing = False
        reasons = tuple(post.refusal for post in self._posts if post.refusal)
        if reasons:
            return self.refused(reasons)
        plan.reload(self.generation)
        return None


def _generation(number: int, settings: Settings) -> Generation:
    process = settings.process
    limits = Limits(process.drain_timeout, process.stop_timeout, process.max_requests)
    return Generation.of(number, process.workers or processors.usable(), limits)

"""VirusAction: a program of the admin's, run for each infected message, aside from the mail path.

It gets what the C clamav-milter gives: signature, queue id, sender, recipient, subject, message-id
and date, UNKNOWN where one is missing; once with the last recipient (addresses without angle
brackets), or once for each recipient (the recipient with its brackets). The value of VirusAction is
the name of the program as a whole: no arguments can be written after it, and no shell is asked.

Different are: mail does not wait for it; no argument holds a control character, or is longer than
MAX_ARGUMENT; and one that would begin with ``-`` has a space before that, so that a sender
``<-rf@example.com>`` is no option to whatever the program passes it on to.
"""

from __future__ import annotations

import threading
import time
from collections import deque
from dataclasses import dataclass

from clamgate.core.events import Event, Fault, MessageJudged, Observer
from clamgate.core.verdict import Infected
from clamgate.observe.child import run
from clamgate.observe.message_text import MessageText, describe
from clamgate.observe.text import printable

# Bytes; the Linux kernel would take 128 KiB.
MAX_ARGUMENT = 1024

# Seconds for the threads to end once everything that runs is being killed.
_KILLING = 6.0


@dataclass(frozen=True, slots=True)
class Bounds:
    """How much VirusAction may take.

    Attributes:
        at_once: How many programs run at the same time.
        waiting: How many runs may wait, besides those under way.
        timeout: Seconds until a run is killed, with its whole process group.
    """

    at_once: int = 4
    waiting: int = 1024
    timeout: float = 60.0


@dataclass(frozen=True, slots=True)
class _Job:
    queue_id: str
    arguments: tuple[bytes, ...]


class VirusActionRunner:
    """Observer that runs a program for infected messages.

    What goes wrong with it becomes a Fault: it cannot be started, fails, takes too long, or so many
    wait already that this one is left out.

    Args:
        command: The program: its path, or a name to be looked for on PATH.
        each_recipient: SupportMultipleRecipients: once for each recipient.
        observer: Told of faults, from any thread; it must not raise.
        bounds: How much they may take.
    """

    def __init__(
        self,
        command: str,
        each_recipient: bool,  # noqa: FBT001  a setting handed through, by the name it has there
        observer: Observer,
        bounds: Bounds = Bounds(),
    ) -> None:
        self._command = command
        self._each_recipient = each_recipient
        self._observer = observer
        self._bounds = bounds
        self._waiting: deque[_Job] = deque()
        self._changed = threading.Condition()
        self._closing = False
        self._killed = threading.Event()
        self._threads = [
            threading.Thread(target=self._work, name=f"VirusAction-{n}", daemon=True)
            for n in range(bounds.at_once)
        ]

    def start(self) -> None:
        """Begin to run what was asked for. Call it from the main thread, after any fork.

        A program inherits the signal mask of the thread that starts it, and that thread the mask
        of its own maker. libmilter's threads have HUP, INT and TERM blocked: a program started
        from one could not be ended by them.
        """
        for thread in self._threads:
            thread.start()

    def observe(self, event: Event) -> None:
        """Ask for the runs that an infected message calls for. It does not wait for them."""
        if not isinstance(event, MessageJudged) or not isinstance(event.verdict, Infected):
            return
        message = describe(event.message, each_recipient=self._each_recipient)
        jobs = _jobs(message, event.verdict.name)
        with self._changed:
            room = 0 if self._closing else self._bounds.waiting - len(self._waiting)
            taken, left_out = jobs[:room], jobs[room:]
            self._waiting.extend(taken)
            self._changed.notify(len(taken))
        if left_out:
            why = "too many wait already" if not self._closing else "the filter stops"
            self._fault(
                f"not run {len(left_out)} of {len(jobs)} times "
                f"for message {message.queue_id}: {why}"
            )

    def close(self, timeout: float) -> None:
        """Take no more, let the runs that wait or are under way end, then kill what is left.

        Args:
            timeout: Seconds for them to end. The killing itself takes a few more at worst.
        """
        with self._changed:
            self._closing = True
            self._changed.notify_all()
        self._join(time.monotonic() + timeout)
        with self._changed:
            left_out = len(self._waiting)
            self._waiting.clear()
        self._killed.set()
        if left_out:
            self._fault(f"not run {left_out} times: the filter stops")
        self._join(time.monotonic() + _KILLING)

    def _join(self, deadline: float) -> None:
        for thread in self._threads:
            if thread.ident is not None:
                thread.join(max(0.0, deadline - time.monotonic()))

    def _work(self) -> None:
        while (job := self._next()) is not None:
            failure = self._run(job)
            if failure is not None:
                self._fault(f"{failure} (message {job.queue_id})")

    def _run(self, job: _Job) -> str | None:
        try:
            return run(self._command, job.arguments, self._bounds.timeout, self._killed)
        except Exception as error:  # noqa: BLE001  it would end this thread, and later runs with it
            return f"failed: {type(error).__name__}: {error}"

    def _next(self) -> _Job | None:
        """Wait for the next job; None once there will be no more."""
        with self._changed:
            while not self._waiting:
                if self._closing:
                    return None
                self._changed.wait()
            return self._waiting.popleft()

    def _fault(self, reason: str) -> None:
        self._observer.observe(Fault("VirusAction", f"{self._command} {reason}"))


def _jobs(message: MessageText, signature: str) -> list[_Job]:
    return [
        _Job(
            message.queue_id,
            tuple(
                _argument(text)
                for text in (
                    printable(signature),
                    message.queue_id,
                    message.sender,
                    recipient,
                    message.subject,
                    message.message_id,
                    message.date,
                )
            ),
        )
        for recipient in message.recipients
    ]


def _argument(text: str) -> bytes:
    """Make an argument of printable text: UTF-8, bounded, and not to be taken for an option."""
    harmless = f" {text}" if text.startswith("-") else text
    return harmless.encode()[:MAX_ARGUMENT].decode("utf-8", "ignore").encode()

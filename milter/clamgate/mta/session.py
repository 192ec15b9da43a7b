"""One connection from an MTA, as the milter protocol has it but without pymilter."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import Enum

from clamgate.core.contents import NOTHING
from clamgate.core.decision import Decision, Disposition
from clamgate.core.envelope import Client, Envelope, Message
from clamgate.core.events import (
    ConnectionExempt,
    Fault,
    MessageExempt,
    MessageJudged,
    MessageReleased,
    Observer,
)
from clamgate.core.exemption import exempt_client, exempt_recipients, exempt_sender
from clamgate.core.networks import address_of
from clamgate.core.policy import decide, decide_unkept, usual_decision
from clamgate.core.releasing import ReleaseGate
from clamgate.core.rules import Action, Rules
from clamgate.core.scanning import ScanError, Scanner
from clamgate.core.settings import Exclusions
from clamgate.core.signatures import signatures_of
from clamgate.core.storing import Kept, Store, StoreError, StoreRecord
from clamgate.core.verdict import Clean, Empty, Failed, ScanReport, Verdict
from clamgate.message.spool import Spool
from clamgate.mta.inflight import InFlight
from clamgate.mta.releases import admitted, without_claims
from clamgate.mta.stripping import Stripper
from clamgate.mta.transaction import Transaction


class Step(Enum):
    """What the MTA is told before the end of message."""

    CONTINUE = "continue"
    ACCEPT = "accept"


@dataclass(frozen=True, slots=True)
class Services:
    """What every session of a process shares.

    Attributes:
        exclusions: Who is not scanned.
        rules: What becomes of a message.
        scanner: Gives the verdicts.
        new_spool: Makes an empty spool.
        observer: Told of what happens; it must not raise.
        in_flight: Counts open transactions.
        clock: Monotonic seconds.
        store: Keeps messages; None if there is no place for them.
        gate: Knows what comes back from there; None if nothing can.
        now: Seconds since 1970.
        stripper: Takes parts out of messages; None if no rule asks for that.
        spool_memory: Says how many bytes all spools hold in memory.
        usual: What becomes of clean mail, where no rule makes a difference.
    """

    exclusions: Exclusions
    rules: Rules
    scanner: Scanner
    new_spool: Callable[[], Spool]
    observer: Observer
    in_flight: InFlight
    clock: Callable[[], float]
    store: Store | None
    gate: ReleaseGate | None
    now: Callable[[], float]
    stripper: Stripper | None = None
    spool_memory: Callable[[], int] = int
    usual: Decision | None = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "usual", usual_decision(self.rules))


class Session:
    """One milter connection: a client, and one transaction after the other.

    Any method may raise. Whoever calls it reports that to `fail`, and the end of the message then
    answers as OnFail says; what `end` itself raises is answered with `give_up`.

    Attributes:
        header: Takes the name and the value of a header field, this with the leading space and the
            folds it came with. There is never an early answer. It is called some twenty times a
            message, and so leads straight to the transaction, if there is one.
    """

    def __init__(self, services: Services) -> None:
        self._services = services
        self._client = Client(host="")
        self._transaction: Transaction | None = None
        self._ticket = False
        self.header: Callable[[bytes, bytes], None] = _not_wanted

    def connect(self, host: str, address: str | None, port: int, *, has_address: bool) -> Step:
        """Take the client.

        Args:
            host: Its name, or ``[address]``.
            address: Its IP address in text; None if it has none (a unix socket, or unknown).
            port: Its TCP port, 0 if it has none.
            has_address: Whether the MTA gave an address of any family.
        """
        local = not has_address and host.lower() in ("", "localhost")
        ip = address_of(address) if address else None
        self._client = Client(host=host, address=ip, port=port, local=local)
        reason = exempt_client(self._client, self._services.exclusions)
        if reason is None:
            return Step.CONTINUE
        self._services.observer.observe(ConnectionExempt(self._client, reason))
        return Step.ACCEPT

    def helo(self, name: str) -> Step:
        """Take what the client calls itself."""
        known = self._client
        self._client = Client(known.host, known.address, known.port, known.local, name)
        return Step.CONTINUE

    def mail(self, reverse_path: bytes, auth_name: bytes | None) -> Step:
        """Begin a transaction, unless mail of this sender is not scanned."""
        self.abort()
        transaction = Transaction(
            self._client,
            reverse_path,
            auth_name,
            self._services.new_spool(),
            self._services.clock(),
        )
        if reason := exempt_sender(reverse_path, auth_name, self._services.exclusions):
            self._exempt(transaction.message(""), reason)
            transaction.close()
            return Step.ACCEPT
        self._transaction = transaction
        self.header = transaction.add_header
        self._ticket = self._services.in_flight.enter()
        return Step.CONTINUE

    def rcpt(self, recipient: bytes) -> Step:
        """Take one recipient."""
        if self._transaction:
            self._transaction.recipients.append(recipient)
        return Step.CONTINUE

    def data(self) -> Step:
        """End the envelope: no scan if every recipient is excluded."""
        if reason := self._exempt_recipients():
            self._exempt(self._message(""), reason)
            self.abort()
            return Step.ACCEPT
        return Step.CONTINUE

    def body(self, chunk: bytes) -> Step:
        """Take a piece of the body."""
        if self._transaction and not self._transaction.failure:
            self._transaction.add_body(chunk)
        return Step.CONTINUE

    def end(self, queue_id: str, keepalive: Callable[[], None]) -> Decision:
        """End the message: scan it, and say what becomes of it.

        The transaction stays open, and counted, until `abort`: the answer is still to be given.

        Args:
            queue_id: The MTA's queue id, empty if unknown.
            keepalive: Tells the MTA to wait on; called every few seconds during a long scan.
        """
        transaction = self._transaction
        decision = self._decide(queue_id, keepalive)
        return without_claims(decision, transaction.release_fields if transaction else 0)

    def give_up(self, reason: str) -> Decision:
        """Say what becomes of a message whose end itself went wrong: as OnFail says.

        There are no edits any more. What is known not to be deliverable without is not accepted.
        """
        self._services.observer.observe(Fault("end of message", reason))
        rules = self._services.rules
        if rules.on_fail is Action.TAG or (self._transaction and self._transaction.barred):
            return decide_unkept(reason, rules)
        return decide(Failed(reason), Message(Envelope(self._client)), rules)

    def fail(self, reason: str) -> None:
        """Note that a step went wrong: the message at hand must not be judged by what we have.

        That is noted first of all, in case the observer raises.
        """
        self.header = _not_wanted
        if self._transaction:
            self._transaction.fail(reason)
        self._services.observer.observe(Fault("session", reason))

    def abort(self) -> None:
        """Forget the transaction, if there is one. The connection stays."""
        if self._transaction is None:
            return
        transaction, self._transaction = self._transaction, None
        self.header = _not_wanted
        try:
            transaction.close()
        finally:
            self._services.in_flight.leave(self._ticket)

    def close(self) -> None:
        """End the connection."""
        self.abort()

    def _decide(self, queue_id: str, keepalive: Callable[[], None]) -> Decision:
        if reason := self._exempt_recipients():
            self._exempt(self._message(queue_id), reason)
            return Decision(Disposition.ACCEPT, rule="AllowList")
        claim = self._transaction.claim() if self._transaction else None
        if stored := admitted(claim, self._services.gate, self._services.observer):
            self._services.observer.observe(MessageReleased(self._message(queue_id), stored))
            return Decision(Disposition.ACCEPT, rule=f"release of {stored}")
        return self._judge(queue_id, keepalive)

    def _judge(self, queue_id: str, keepalive: Callable[[], None]) -> Decision:
        report = self._scan(keepalive)
        message = self._message(queue_id)
        if report.part is not None or report.contents is not NOTHING:
            message = replace(message, part=report.part, contents=report.contents)
        decision = self._ruled(report, message)
        if self._transaction:
            self._transaction.barred = not decision.harmless
        if decision.strips:
            decision = self._strip(decision, report, message, keepalive)
        stored = ""
        if decision.kept:
            keepalive()
            try:
                stored = self._store(message, report.verdict, decision.kept)
            except StoreError as error:
                decision = self._not_treated("quarantine", str(error))
        now = self._services.clock()
        started = self._transaction.started if self._transaction else now
        verdict = report.verdict if decision.verdict is None else decision.verdict
        self._services.observer.observe(
            MessageJudged(message, report, decision, now - started, stored, self._class_of(verdict))
        )
        return decision

    def _ruled(self, report: ScanReport, message: Message) -> Decision:
        """Decide. Of most mail that has been done beforehand."""
        services = self._services
        if (
            services.usual is not None
            and isinstance(report.verdict, Clean)
            and not report.anomalies
            and report.contents is NOTHING
            and not message.headers.has_ours
        ):
            return services.usual
        return decide(report.verdict, message, services.rules, services.now())

    def _strip(
        self,
        decision: Decision,
        report: ScanReport,
        message: Message,
        keepalive: Callable[[], None],
    ) -> Decision:
        """Have parts taken out, and say what becomes of the message now."""
        try:
            if self._services.stripper is None or self._transaction is None:
                raise ValueError("there is nothing to do it with")  # noqa: TRY301
            whole = self._transaction.whole()
            done = self._services.stripper.carry_out(decision, report, message, whole, keepalive)
        except Exception as error:  # noqa: BLE001  it must not be delivered as it is
            return self._not_treated("strip", f"{type(error).__name__}: {error}")
        if done.stripped is not None:
            self._transaction.keep(done.stripped)
        return done.decision

    def _store(self, message: Message, verdict: Verdict, kept: tuple[Kept, ...]) -> str:
        """Have the message stored, and return its id.

        Raises:
            StoreError: It is not; whatever stood in the way becomes one here.
        """
        if self._services.store is None or self._transaction is None:
            raise StoreError("there is no quarantine directory")
        of_class = self._class_of(verdict)
        record = StoreRecord(message, verdict, of_class, kept, self._services.now())
        try:
            return self._services.store.store(self._transaction.whole(), record)
        except Exception as error:
            if isinstance(error, StoreError):
                raise
            raise StoreError(f"{type(error).__name__}: {error}") from error

    def _class_of(self, verdict: Verdict) -> str:
        """Return the class of the first signature, empty if there is none."""
        found = signatures_of(verdict)
        return self._services.rules.classes.class_of(found[0]) if found else ""

    def _not_treated(self, where: str, reason: str) -> Decision:
        """Say what becomes of a message that had to be stored or stripped, and could not be.

        That is as OnFail says, but never accepted: it is known what is wrong with it, and OnFail
        Accept is for mail of which nothing is known.
        """
        decision = decide_unkept(reason, self._services.rules)
        self._services.observer.observe(Fault(where, f"{reason} ({decision.rule})"))
        return decision

    def _scan(self, keepalive: Callable[[], None]) -> ScanReport:
        """Get a verdict. Whatever stands in its way becomes Failed here, and nowhere else."""
        transaction = self._transaction
        if transaction is None:
            return ScanReport(Failed("the MTA ended a message that it never began"))
        if transaction.failure is not None:
            return ScanReport(Failed(transaction.failure))
        if transaction.is_empty:
            return ScanReport(Empty())
        try:
            return self._services.scanner.scan(transaction.seal(), keepalive)
        except ScanError as error:
            return ScanReport(Failed(str(error)), attempts=error.attempts)
        except Exception as error:  # noqa: BLE001  an unforeseen error must end as OnFail says
            return ScanReport(Failed(f"{type(error).__name__}: {error}"))

    def _message(self, queue_id: str) -> Message:
        if self._transaction is None:
            return Message(Envelope(self._client, queue_id=queue_id))
        return self._transaction.message(queue_id)

    def _exempt_recipients(self) -> str | None:
        if self._transaction is None:
            return None
        return exempt_recipients(self._transaction.recipients, self._services.exclusions)

    def _exempt(self, message: Message, reason: str) -> None:
        self._services.observer.observe(MessageExempt(message, reason))


def _not_wanted(_name: bytes, _value: bytes) -> None:
    """Take a header field of which there is no use."""

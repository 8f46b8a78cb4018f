"""The desk: where commands become facts. One thread commits; whatever has arrived meanwhile shares its transaction.

Lock first, then look, decide, insert, commit, answer: so no conflicts, no gaps, and an acknowledged command is on disk.
One bad command never harms its neighbours: decisions are pure, and only what was decided well is inserted.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import queue
import threading
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import orjson

from shared.clocks.calendars import WorkCalendar
from shared.clocks.state import Clocks
from shared.complaint.lifecycle import LIFECYCLE, allowed_in
from shared.complaint.state import Complaint
from shared.events.guard import GuardRefused
from shared.events.organisation import Role
from shared.events.reference import ReferenceList
from shared.events.reports import ReportDrafted
from shared.kernel.command import Dated, Decided, Elsewhere
from shared.kernel.errors import Forbidden, Invalid, OutOfDate, Problem, Refused, Unavailable, Unknown
from shared.kernel.fact import Actor, Event, Fact, Occasion
from shared.kernel.record import record
from shared.kernel.values import rfc3339
from shared.policy.organisation import CaseNumbers, Home, Person, Site
from shared.policy.policies import Policy, PublishedPack
from shared.policy.reference import Reference
from shared.policy.reference import stream_of as reference_stream
from shared.policy.rules import Page
from shared.policy.weeks import ChargedWeek, stream_of_week
from shared.runtime.aggregates import SNAPSHOT_EVERY, Loaded, States, kind_of, load_all, snapshot_of
from shared.runtime.clock import Clock, randomness
from shared.runtime.codec import Row, Unreadable, fact_of, keep_understood, row_of
from shared.runtime.directory import Directory, last_recorded
from shared.runtime.ledger import ORGANISATION, Answered, Ledger, Writing

log = logging.getLogger("casetrail.desk")

AT_ONCE = 256
"""Commands that share one transaction, at most."""
WAITING = 5_000
"""Commands that may wait; past it the door says 503, so that memory stays flat under any load."""
SKEW = timedelta(seconds=2)
"""A caller's clock may be this much ahead of ours."""

ANYWHERE = "*"
OF_CASES = ("complaint-", "clocks-")

Decision = Callable[[Any, Occasion, "RulesNow"], Decided]


@record()
class Answer:
    """What a command led to. `position` is that of its last fact; `version` is that of its own stream."""

    stream: str
    version: int
    position: int
    events: tuple[dict[str, Any], ...] = ()
    repeated: bool = False

    def to_bytes(self) -> bytes:
        """As kept beside the command id."""
        return orjson.dumps([self.stream, self.version, self.position, self.events])

    @staticmethod
    def from_bytes(kept: bytes) -> Answer:
        """The first answer, given again."""
        stream, version, position, events = orjson.loads(kept)
        return Answer(stream, version, position, tuple(events), repeated=True)


@dataclass(slots=True)
class Order:
    """One command on its way: what decides it, who asks, and what was expected.

    `roles` empty means that the machinery itself asks. `site` is where they must be held when the stream does not say:
    a code, a way to find it, or ANYWHERE.
    """

    service: str
    stream: str | Callable[[Occasion], str]
    decide: Decision
    actor: str
    command_id: str
    fingerprint: str = ""
    roles: tuple[str, ...] = ()
    site: str | Callable[[RulesNow], str] = ""
    expected_version: int | None = None
    must_exist: bool = True
    occurred_at: datetime | None = None
    backdate_reason: str | None = None
    correlation: str = ""
    causation: str | None = None
    historical: bool = False
    as_told: bool = False
    """A history is told as it was: the lifecycle refuses nothing of it; what it would have refused, the decision says."""
    clock: datetime | None = None
    """Simulated homes only: the home's time before this command."""
    may_backdate_freely: bool = False
    remembered: bool = True
    about: str = ""
    """The command as in its route, where a refusal of it is recorded too."""
    key_scope: str = ""
    """Whose command ids these are, if not the actor's: an import's belong to its source, whoever runs it again."""
    future: Future[Answer] | asyncio.Future[Answer] | None = None
    """Where whoever waits gets the answer; set by the desk."""

    @property
    def key(self) -> tuple[str, str]:
        """Under which its first answer is remembered."""
        return (self.key_scope or self.actor, self.command_id)


@dataclass(slots=True)
class Together:
    """Orders of the machinery itself that share a transaction and are answered as one: each is still decided on its own."""

    orders: Sequence[Order] = ()
    future: Future[Mapping[str, Loaded]] = field(default_factory=Future[Mapping[str, Loaded]])
    streams: Sequence[str] = ()
    """Streams that will be asked about soon: their states are loaded already, and are the answer."""


@dataclass(slots=True)
class Progress(Together):
    """What one step of a reaction asks for, with the reaction's own bookkeeping in the same transaction."""

    listener: str = ""
    position: int = 0
    ends: bool = True
    """The step ends with this. Else more of it follows, and doing it again must change nothing."""


class RulesNow:
    """The rest of the world as of this transaction; see `shared.policy.rules.Rules`."""

    def __init__(self, desk: Desk, writing: Writing, decided: Sequence[Fact[Any]] = ()) -> None:
        """`decided` in this transaction, and not yet written."""
        self._desk = desk
        self._writing = writing
        self._decided = decided

    def home(self) -> Home:
        return self._desk.directory.home()

    def site(self, code: str) -> Site:
        return self._desk.directory.site(code)

    def person(self, id: str) -> Person:
        return self._desk.directory.person(id)

    def calendar(self, id: str) -> WorkCalendar:
        return self._desk.directory.calendar(id)

    def policy(self, site: str, at: datetime) -> Policy:
        return self._desk.directory.policy(site, at)

    def packs(self) -> Mapping[str, PublishedPack]:
        return self._desk.directory.packs

    def complaint(self, id: str) -> Complaint:
        loaded = self._desk.states.get(self._writing, f"complaint-{id}")
        if loaded.version == 0:
            raise Unknown(f"there is no complaint {id!r}")
        return loaded.state

    def clocks(self, complaint_id: str) -> Clocks:
        return self._desk.states.get(self._writing, f"clocks-{complaint_id}").state

    def numbers(self, site: str, period: str) -> CaseNumbers:
        return self._desk.states.get(self._writing, f"numbers-{site}-{period}").state

    def reference(self, kind: ReferenceList, *key: str) -> Reference:
        return self._desk.states.get(self._writing, reference_stream(kind, *key)).state

    def week(self, site: str, week: str) -> ChargedWeek:
        return self._desk.states.get(self._writing, stream_of_week(site, week)).state

    def recorded_between(self, site: str, since: datetime, until: datetime) -> Iterable[Fact[Any]]:
        # What is recorded never decreases with the position, so the place to begin is found by halving.
        def recorded_at(before: int) -> str:
            return self._writing.rows(before, 1)[0].recorded_at

        position = bisect_left(range(self._writing.head().position), rfc3339(since), key=recorded_at)
        end = rfc3339(until)
        while rows := self._writing.rows(position, 1_000):
            within = [row for row in rows if row.recorded_at < end]
            yield from (fact_of(row) for row in within if row.site == site and row.stream.startswith(OF_CASES))
            if len(within) < len(rows):
                return
            position = rows[-1].position
        for fact in self._decided:  # in this transaction: not written yet, and recorded all the same
            if fact.site == site and fact.stream.startswith(OF_CASES) and since <= fact.recorded_at < until:
                yield fact

    def sites(self) -> list[Site]:
        return list(self._desk.directory.sites.values())

    def roles(self, person: str, site: str, at: datetime | None = None) -> frozenset[Role]:
        directory = self._desk.directory
        lent = frozenset[Role]() if at is None else frozenset(directory.stood_in_for(person, site, at))
        return directory.roles(person, site) | lent

    def has_file(self, sha256: str) -> bool:
        return self._desk.has_file(sha256)

    def page(self, complaint_id: str, drafted: ReportDrafted, occasion: Occasion) -> Page:
        stream = f"complaint-{complaint_id}"
        facts = [fact_of(row) for row in self._writing.stream(stream)]
        facts += [fact for fact in self._decided if fact.stream == stream]
        return self._desk.drafts(facts, drafted, occasion)


Drafts = Callable[[Sequence[Fact[Any]], ReportDrafted, Occasion], Page]
"""Makes the page of a report from the facts of its case, and keeps it."""


def _no_pages(facts: Sequence[Fact[Any]], drafted: ReportDrafted, occasion: Occasion) -> Page:
    raise Unavailable("no pages are made here")


class Desk:
    """One for each process. `submit` from any thread; `ask` from asyncio."""

    def __init__(
        self,
        ledger: Ledger,
        clock: Clock,
        *,
        has_file: Callable[[str], bool] = lambda sha256: False,
        drafts: Drafts = _no_pages,
        committed: Callable[[int], None] = lambda position: None,
    ) -> None:
        self.ledger, self.clock, self.has_file, self.drafts = ledger, clock, has_file, drafts
        self.directory = Directory(clock=clock)
        self.directory.take_rows(ledger.organisation(0))
        self.states = States()
        self._known_head = ledger.head()
        self._committed = committed
        self._queue: queue.Queue[Order | Together | None] = queue.Queue(WAITING)
        self._ended = False
        self._thread = threading.Thread(target=self._run, name="committer", daemon=True)
        self._thread.start()

    def submit(self, order: Order) -> Future[Answer]:
        """Queue one command; raises Unavailable when too many wait already."""
        order.future = future = Future[Answer]()
        self._enqueue(order)
        return future

    def advance(self, step: Together) -> Future[Mapping[str, Loaded]]:
        """Queue many orders of the machinery; they wait for room, since nobody is kept waiting by them.

        The answer has the states of `step.streams`.
        """
        self._queue.put(step)
        self._fail_what_comes_too_late()
        return step.future

    def asked(self, order: Order) -> asyncio.Future[Answer]:
        """The same from a coroutine."""
        order.future = future = asyncio.get_running_loop().create_future()
        self._enqueue(order)
        return future

    async def ask(self, order: Order) -> Answer:
        """The answer to one command; raises a Problem."""
        return await self.asked(order)

    @property
    def waiting(self) -> int:
        """How many wait to be decided, about."""
        return self._queue.qsize()

    def stop(self) -> None:
        """Finish what waits, then end. Whatever comes later is told that it comes too late."""
        self._queue.put(None)
        self._thread.join()
        self._ended = True
        self._fail_what_comes_too_late()

    def _fail_what_comes_too_late(self) -> None:
        while self._ended:
            try:
                item = self._queue.get_nowait()
            except queue.Empty:
                return
            if item is not None:
                _fail([item], Unavailable("this process is ending", way_out="try again in a second"))

    def _enqueue(self, order: Order) -> None:
        try:
            self._queue.put_nowait(order)
        except queue.Full:
            raise Unavailable("too many commands are waiting", way_out="try again in a second") from None
        self._fail_what_comes_too_late()

    # ── the committer ─────────────────────────────────────────────────────────────────────────────────────────────────
    def _run(self) -> None:
        while (first := self._queue.get()) is not None:
            batch, size = [first], _size(first)
            while size < AT_ONCE:
                try:
                    following = self._queue.get_nowait()
                except queue.Empty:
                    break
                if following is None:
                    self._queue.put(None)
                    break
                batch.append(following)
                size += _size(following)
            self._commit(batch)

    def _commit(self, batch: Sequence[Order | Together]) -> None:
        transaction: Transaction | None = None
        try:
            with self.ledger.writing() as writing:
                transaction = Transaction(self, writing)
                transaction.look_up(batch)
                for item in batch:
                    transaction.take(item)
                transaction.write()
        except Exception as error:
            # Nothing was stored; states folded ahead of the disk must go.
            if transaction is not None:
                self.states.evict(transaction.touched)
            if len(batch) > 1 and (isinstance(error, Unreadable) or not isinstance(error, Problem)):
                for item in batch:  # one bad command never harms its neighbours
                    self._commit([item])
                return
            if not isinstance(error, Problem):
                log.exception("a batch of %d could not be stored", len(batch))
                error = Unavailable("the ledger cannot be written just now", way_out="see casetrail doctor")
            _fail(batch, error)
            return
        self._known_head = transaction.head
        for fact, row in zip(transaction.facts, transaction.rows, strict=True):
            keep_understood(row, fact)
            if fact.kind in ORGANISATION:
                self.directory.take(fact)
        if transaction.facts:
            self._committed(transaction.head)
        transaction.answer()

    def catch_up(self, writing: Writing, head: int) -> None:
        """Inside the lock: what other processes have recorded since evicts what it touched."""
        if head == self._known_head:
            return
        after = self._known_head
        while rows := writing.rows(after, 1_000):
            self.states.evict({row.stream for row in rows})
            self.directory.take_rows(row for row in rows if row.stream.partition("-")[0] in ORGANISATION)
            after = rows[-1].position
        self._known_head = head


class Transaction:
    """One batch inside the writer lock."""

    def __init__(self, desk: Desk, writing: Writing) -> None:
        self.desk, self.writing = desk, writing
        end = writing.head()
        desk.catch_up(writing, end.position)
        self.head = end.position
        self.recorded_at = last_recorded(end.recorded_at)
        """Of the last fact; it never decreases, whatever the machine's clock does."""
        self.now = self._as_of_now()
        """When all of it is recorded."""
        self.facts: list[Fact[Any]] = []
        self.rows: list[Row] = []
        self.rules = RulesNow(desk, writing, self.facts)
        self.touched: dict[str, int] = {}
        """Stream → its version before this transaction."""
        self._answers: list[tuple[Order, Answer | Exception]] = []
        self._earlier: dict[tuple[str, str], Answered] = {}
        self._remembered: dict[tuple[str, str], Answered] = {}
        self._steps: list[tuple[Together, dict[str, Loaded]]] = []
        self._meant: dict[int, tuple[Occasion, str]] = {}
        """Order → its occasion and its stream, where these are known beforehand."""
        self._random = b""

    def look_up(self, batch: Sequence[Order | Together]) -> None:
        """What all commands need to know, in two questions: each statement hands Python's lock over, and waits for it."""
        orders = [item for item in batch if isinstance(item, Order)]
        if keys := [order.key for order in orders if order.remembered]:
            self._earlier = self.writing.answered(keys)
        streams: set[str] = set()
        for order in orders:
            if order.key not in self._earlier and order.clock is None:
                with contextlib.suppress(Problem):  # it will be refused when its turn comes
                    self._meant[id(order)] = meant = self._means(order)
                    streams.add(meant[1])
        for item in batch:
            if isinstance(item, Together):
                streams.update(order.stream for order in item.orders if isinstance(order.stream, str))
                streams.update(item.streams)
        if unknown := [stream for stream in streams if not self.desk.states.has(stream)]:
            for stream, loaded in load_all(self.writing, unknown):
                self.desk.states.put(stream, loaded)

    def take(self, item: Order | Together) -> None:
        """Decide one command, or all commands of one step."""
        if isinstance(item, Order):
            self._decide(item)
            return
        states = {stream: self.desk.states.get(self.writing, stream) for stream in item.streams}
        self._steps.append((item, states))
        reaction = item if isinstance(item, Progress) else None
        done = 0 if reaction is None else self.writing.position(reaction.listener)
        if reaction is not None and done >= reaction.position:
            return  # done before a crash, or by a second process: asked for again, it must not happen again
        for order in item.orders:
            if reaction is not None and order.causation is not None and int(order.causation) <= done:
                continue  # the same, where a second process went in steps of another length
            outcome = self._decide(order)
            if isinstance(outcome, Unreadable):
                raise outcome  # no refusal: it must be asked for again
            if isinstance(outcome, Problem) and reaction is not None:
                detail = f"{type(outcome).__name__}: {outcome.detail}"
                self.writing.refuse(reaction.listener, reaction.position, detail)
            elif isinstance(outcome, Exception):
                raise outcome
        if reaction is not None and reaction.ends:
            self.writing.move(reaction.listener, reaction.position)

    def write(self) -> None:
        """Insert everything decided."""
        if self.facts:
            self.writing.append(self.rows)
        if self._remembered:
            self.writing.remember(self._remembered)
        for stream, before in self.touched.items():
            loaded = self.desk.states.get(self.writing, stream)
            due = loaded.version // SNAPSHOT_EVERY > before // SNAPSHOT_EVERY
            if due and (snapshot := snapshot_of(stream, loaded)):
                self.writing.keep_snapshot(snapshot)

    def answer(self) -> None:
        """Tell everyone; only after the commit."""
        _tell(self._answers)
        for step, states in self._steps:
            step.future.set_result(states)

    def _decide(self, order: Order) -> Answer | Exception:
        try:
            outcome: Answer | Exception = self._outcome(order)
        except Problem as problem:
            outcome = problem
            self._record_refusal(order, problem)
        except Exception as error:
            log.exception("deciding %s for %s failed", order.service, order.stream)
            outcome = error
        self._answers.append((order, outcome))
        return outcome

    def _outcome(self, order: Order) -> Answer:
        key = order.key
        earlier = self._remembered.get(key) or self._earlier.get(key)
        if earlier is not None:
            if earlier.fingerprint != order.fingerprint:
                raise Invalid(
                    "this command id was used for another command", rule="G-IDEMPOTENCY", field="Idempotency-Key"
                )
            return Answer.from_bytes(earlier.answer)
        occasion, stream = self._meant.get(id(order)) or self._means(order)
        loaded = self.desk.states.get(self.writing, stream)
        if order.must_exist and loaded.version == 0:
            raise Unknown(f"there is no {stream.partition('-')[0]} {stream.partition('-')[2]!r}")
        occasion = self._authorised(order, occasion, loaded.state)
        if order.expected_version is not None and order.expected_version != loaded.version:
            raise OutOfDate(
                f"the case stands at version {loaded.version}, not {order.expected_version}",
                field="If-Match",
                way_out="look at it again, then decide",
            )
        _refuse_before_receipt(loaded.state, occasion)
        decided = list(order.decide(loaded.state, occasion, self.rules))
        rows = self._recorded(stream, decided, occasion, order)
        waited_for = order.remembered or order.future is not None
        said = tuple(_said(row) for row in rows if row.stream == stream) if waited_for else ()
        answer = Answer(stream, self.desk.states.get(self.writing, stream).version, self.head, said)
        if order.remembered and rows:
            self._remembered[key] = Answered(order.fingerprint, answer.to_bytes())
        return answer

    def _record_refusal(self, order: Order, problem: Problem) -> None:
        """An attempt against a rule is part of the trail of its case; nothing else of the command is."""
        if not order.about or not order.must_exist or not isinstance(problem, (Refused, Forbidden)):
            return
        now = self._now(order)
        occasion = Occasion(Actor(order.actor), now, now, order.command_id, order.correlation or order.command_id)
        kind, _, id = (order.stream if isinstance(order.stream, str) else order.stream(occasion)).partition("-")
        case = self.desk.states.get(self.writing, f"complaint-{id}")
        if kind not in ("complaint", "clocks") or case.version == 0:
            return
        stream = f"guard-{id}"
        event = GuardRefused(command=order.about, rule=problem.rule or "role", field=problem.field, by=order.actor)
        if self.desk.states.get(self.writing, stream).state.new(event, now):
            self._recorded(stream, [event], occasion, order, case.state.site)

    def _site(self, order: Order) -> str:
        return order.site if isinstance(order.site, str) else order.site(self.rules)

    def _policy(self, stream: str, site: str, at: datetime) -> str | None:
        """Under which policy a fact about a case is decided: it stands in every one of them."""
        if stream.partition("-")[0] not in ("complaint", "clocks", "guard") or site not in self.desk.directory.sites:
            return None
        return self.desk.directory.policy(site, at).ref or None

    def _as_of_now(self) -> datetime:
        now = self.desk.clock.now()
        return now if self.recorded_at is None else max(now, self.recorded_at)

    def _now(self, order: Order) -> datetime:
        if order.clock is not None:
            self.desk.clock.stand_at(order.clock)
            self.now = self._as_of_now()
        return self.now

    def _means(self, order: Order) -> tuple[Occasion, str]:
        occasion = self._occasion(order)
        return occasion, order.stream if isinstance(order.stream, str) else order.stream(occasion)

    def _occasion(self, order: Order) -> Occasion:
        now = self._now(order)
        at = order.occurred_at or now
        if at > now + SKEW:
            raise Invalid(f"lies in the future: it is {rfc3339(now)}", rule="G-TIME", field="occurred_at")
        if order.occurred_at is not None and not order.backdate_reason and not order.may_backdate_freely:
            raise Invalid("say why this is recorded later than it happened", rule="G-TIME", field="backdate_reason")
        return Occasion(
            Actor(order.actor), min(at, now), now, order.command_id, order.correlation or order.command_id,
            order.causation, order.backdate_reason, order.historical, order.service, self._ten_random_bytes(),
        )  # fmt: skip

    def _ten_random_bytes(self) -> bytes:
        """Asked of the system once for many: each asking costs as much as inserting a row."""
        if not self._random:
            self._random = randomness(10 * AT_ONCE)
        ten, self._random = self._random[:10], self._random[10:]
        return ten

    def _authorised(self, order: Order, occasion: Occasion, state: Any) -> Occasion:
        """Deny by default: the actor must hold one of the command's roles at the case's site."""
        if not order.roles:
            return occasion
        site = self._site(order) or str(getattr(state, "site", ""))
        directory = self.desk.directory
        lent: dict[Role, str] = {}
        if site == ANYWHERE:
            held = frozenset(role for code in directory.sites for role in directory.roles(order.actor, code))
        else:
            held = directory.roles(order.actor, self.rules.site(site).code)
            lent = directory.stood_in_for(order.actor, site, occasion.now)
        used = tuple(filter((held | lent.keys()).__contains__ if lent else held.__contains__, order.roles))
        if not used:
            raise Forbidden(
                f"{order.actor} holds none of the roles {', '.join(order.roles)} at site {site!r}",
                rule="G-SITE",
                way_out="somebody who holds one does it, or the owner grants it (casetrail person grant)",
            )
        in_place_of = None if held.intersection(used) else lent[Role(used[0])]
        actor = Actor(order.actor, tuple(map(str, used)), in_place_of)
        return Occasion(
            actor, occasion.at, occasion.now, occasion.command_id, occasion.correlation, occasion.causation,
            occasion.backdate_reason, occasion.historical, occasion.service, occasion.randomness,
        )  # fmt: skip

    def _recorded(
        self, stream: str, decided: Iterable[Event | Elsewhere | Dated], occasion: Occasion, order: Order,
        of_site: str | None = None,
    ) -> list[Row]:  # fmt: skip
        """Facts from events, folded one after another; nothing of it stays if one of them is not allowed. As they are stored."""
        facts: list[Fact[Any]] = []
        after: dict[str, Loaded] = {}
        position = self.head
        for item in decided:
            target, event, at = stream, item, occasion.at
            if isinstance(item, Elsewhere):
                target, event = item.stream, item.event
            elif isinstance(item, Dated):
                event, at = item.event, item.at
            assert isinstance(event, Event)
            loaded = after.get(target) or self.desk.states.get(self.writing, target)
            if not order.as_told:
                _refuse_out_of_order(loaded.state, event)
            position += 1
            site = of_site or self._site(order).strip(ANYWHERE) or _site_of(loaded.state, target)
            fact: Fact[Any] = Fact(
                position, target, loaded.version + 1, event, at, occasion.now, site, order.service, occasion.actor,
                order.command_id, occasion.correlation, occasion.causation, occasion.backdate_reason,
                order.historical, self.desk.ledger.identity().epoch, policy=self._policy(target, site, at),
            )  # fmt: skip
            after[target] = Loaded(kind_of(target).fold(loaded.state, fact), fact.version)
            facts.append(fact)
        rows = [row_of(fact) for fact in facts]  # first: what cannot be stored must leave no state behind
        for target, loaded in after.items():
            self.desk.states.put(target, loaded)
            self.touched.setdefault(target, loaded.version - sum(fact.stream == target for fact in facts))
        if facts:
            self.facts += facts
            self.rows += rows
            self.head, self.recorded_at = position, occasion.now
        return rows


def _refuse_out_of_order(state: Any, event: Event) -> None:
    row = LIFECYCLE.get(type(event))
    if row is None or not isinstance(state, Complaint) or state.stage in row.allowed:
        return
    possible = ", ".join(kind.__name__ for kind in allowed_in(state.stage)) or "nothing"
    raise Refused(
        f"{type(event).__name__} cannot happen while the case is {state.stage}",
        rule="G-STAGE",
        way_out=f"possible now: {possible}",
    )


def _refuse_before_receipt(state: Any, occasion: Occasion) -> None:
    if isinstance(state, Complaint) and state.received_at is not None and occasion.at < state.received_at:
        raise Invalid(f"lies before the receipt at {rfc3339(state.received_at)}", rule="G-TIME", field="occurred_at")


def _site_of(state: Any, stream: str) -> str:
    kind, _, id = stream.partition("-")
    return id if kind == "site" else str(getattr(state, "site", "")) if kind == "complaint" else ""


def _said(row: Row) -> dict[str, Any]:
    return {
        "type": row.topic.rpartition(".")[2],
        "position": row.position,
        "version": row.version,
        **orjson.loads(row.body),
    }


def _size(item: Order | Together) -> int:
    return 1 if isinstance(item, Order) else len(item.orders) + len(item.streams)


def _fail(batch: Sequence[Order | Together], error: Exception) -> None:
    _tell((item, error) for item in batch if isinstance(item, Order))
    for item in batch:
        if isinstance(item, Together):
            item.future.set_exception(error)


def _tell(outcomes: Iterable[tuple[Order, Answer | Exception]]) -> None:
    """Everybody who waits; each event loop is woken once for all of its own."""
    loops: dict[asyncio.AbstractEventLoop, list[tuple[asyncio.Future[Answer], Answer | Exception]]] = {}
    for order, outcome in outcomes:
        match order.future:
            case None:
                pass
            case Future() as future:
                _settle(future, outcome)
            case future:
                loops.setdefault(future.get_loop(), []).append((future, outcome))
    for loop, waiting in loops.items():
        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            loop.call_soon_threadsafe(_settle_all, waiting)


def _settle_all(waiting: Sequence[tuple[asyncio.Future[Answer], Answer | Exception]]) -> None:
    for future, outcome in waiting:
        _settle(future, outcome)


def _settle(future: Future[Answer] | asyncio.Future[Answer], outcome: Answer | Exception) -> None:
    if future.done():
        return  # whoever asked has gone
    if isinstance(outcome, Answer):
        future.set_result(outcome)
    else:
        future.set_exception(outcome)

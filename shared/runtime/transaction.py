"""One batch of commands inside the writer lock: looked up, decided one after another, written, answered.

One bad command never harms its neighbours: decisions are pure, and only what was decided well is inserted.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import orjson

from shared.complaint.lifecycle import LIFECYCLE, allowed_in
from shared.complaint.state import Complaint
from shared.events.guard import GuardRefused
from shared.events.organisation import Role
from shared.kernel.command import Dated, Elsewhere
from shared.kernel.errors import Forbidden, Invalid, OutOfDate, Problem, Refused, Unknown
from shared.kernel.fact import Actor, Event, Fact, Occasion
from shared.kernel.values import rfc3339
from shared.runtime.aggregates import SNAPSHOT_EVERY, Loaded, kind_of, load_all, snapshot_of
from shared.runtime.clock import randomness
from shared.runtime.codec import Row, Unreadable, row_of
from shared.runtime.directory import last_recorded
from shared.runtime.known import Known
from shared.runtime.ledger import Answered, Writing
from shared.runtime.orders import ANYWHERE, Answer, Order, Progress, Together, tell
from shared.runtime.rules_now import RulesNow

log = logging.getLogger("casetrail.desk")

SKEW = timedelta(seconds=2)
"""A caller's clock may be this much ahead of ours."""
ASKED_AT_ONCE = 256
"""For so many commands random bytes are asked of the system."""


class Transaction:
    """One batch inside the writer lock."""

    def __init__(self, known: Known, writing: Writing) -> None:
        self.known, self.writing = known, writing
        end = writing.head()
        known.catch_up(writing, end.position)
        self.head = end.position
        self.recorded_at = last_recorded(end.recorded_at)
        """Of the last fact; it never decreases, whatever the machine's clock does."""
        self.now = self._as_of_now()
        """When all of it is recorded."""
        self.facts: list[Fact[Any]] = []
        self.rows: list[Row] = []
        self.rules = RulesNow(known, writing, self.facts)
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
        if unknown := [stream for stream in streams if not self.known.states.has(stream)]:
            for stream, loaded in load_all(self.writing, unknown):
                self.known.states.put(stream, loaded)

    def take(self, item: Order | Together) -> None:
        """Decide one command, or all commands of one step."""
        if isinstance(item, Order):
            self._decide(item)
            return
        states = {stream: self.known.states.get(self.writing, stream) for stream in item.streams}
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
            loaded = self.known.states.get(self.writing, stream)
            due = loaded.version // SNAPSHOT_EVERY > before // SNAPSHOT_EVERY
            if due and (snapshot := snapshot_of(stream, loaded)):
                self.writing.keep_snapshot(snapshot)

    def answer(self) -> None:
        """Tell everyone; only after the commit."""
        tell(self._answers)
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
        loaded = self.known.states.get(self.writing, stream)
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
        answer = Answer(stream, self.known.states.get(self.writing, stream).version, self.head, said)
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
        case = self.known.states.get(self.writing, f"complaint-{id}")
        if kind not in ("complaint", "clocks") or case.version == 0:
            return
        stream = f"guard-{id}"
        event = GuardRefused(command=order.about, rule=problem.rule or "role", field=problem.field, by=order.actor)
        if self.known.states.get(self.writing, stream).state.new(event, now):
            self._recorded(stream, [event], occasion, order, case.state.site)

    def _site(self, order: Order) -> str:
        return order.site if isinstance(order.site, str) else order.site(self.rules)

    def _policy(self, stream: str, site: str, at: datetime) -> str | None:
        """Under which policy a fact about a case is decided: it stands in every one of them."""
        if stream.partition("-")[0] not in ("complaint", "clocks", "guard") or site not in self.known.directory.sites:
            return None
        return self.rules.policy(site, at).ref or None

    def _as_of_now(self) -> datetime:
        now = self.known.clock.now()
        return now if self.recorded_at is None else max(now, self.recorded_at)

    def _now(self, order: Order) -> datetime:
        if order.clock is not None:
            self.known.clock.stand_at(order.clock)
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
            self._random = randomness(10 * ASKED_AT_ONCE)
        ten, self._random = self._random[:10], self._random[10:]
        return ten

    def _authorised(self, order: Order, occasion: Occasion, state: Any) -> Occasion:
        """Deny by default: the actor must hold one of the command's roles at the case's site."""
        if not order.roles:
            return occasion
        site = self._site(order) or str(getattr(state, "site", ""))
        directory = self.known.directory
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
            loaded = after.get(target) or self.known.states.get(self.writing, target)
            if not order.as_told:
                _refuse_out_of_order(loaded.state, event)
            position += 1
            site = of_site or self._site(order).strip(ANYWHERE) or _site_of(loaded.state, target)
            fact: Fact[Any] = Fact(
                position, target, loaded.version + 1, event, at, occasion.now, site, order.service, occasion.actor,
                order.command_id, occasion.correlation, occasion.causation, occasion.backdate_reason,
                order.historical, self.known.ledger.identity().epoch, policy=self._policy(target, site, at),
            )  # fmt: skip
            after[target] = Loaded(kind_of(target).fold(loaded.state, fact), fact.version)
            facts.append(fact)
        rows = [row_of(fact) for fact in facts]  # first: what cannot be stored must leave no state behind
        for target, loaded in after.items():
            self.known.states.put(target, loaded)
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

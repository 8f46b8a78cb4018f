"""Seeded bugs: functions of the system replaced by wrong ones, each with the invariant that must catch it.

They measure the checker: one that is not found, with all that is done to make it show, would not be found when somebody makes it.
The invariants are those of the fault matrix: I1 nothing acknowledged is lost, I2 nothing is there that was not asked for, I3 order,
I4 one effect, I5 built anew it is the same, I6 each broken promise is said once and truly, I10 it recovers by itself.
"""

from __future__ import annotations

import random
import sqlite3
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from types import ModuleType
from typing import Any

from tests.faults.inject import hook
from tests.faults.inject.hook import replaced

Wrong = Callable[[Any], Any]
"""Gets the right function, gives the wrong one."""


@dataclass(frozen=True)
class Bug:
    """One of them. `scene` is the function of `seeded_bugs.py` that makes it show; `told` is what the checker must say then."""

    name: str
    says: str
    invariant: str
    scene: str
    told: str
    """A regular expression: it must be found for the right reason."""
    wrong: Mapping[str, Wrong]
    """`module:path` → what takes its place."""

    @property
    def changes(self) -> dict[str, list[Callable[[ModuleType], None]]]:
        """By module, as `hook.install` wants them."""
        found: dict[str, list[Callable[[ModuleType], None]]] = {}
        for place, wrong in self.wrong.items():
            module, _, path = place.partition(":")
            found.setdefault(module, []).append(lambda loaded, path=path, wrong=wrong: replaced(loaded, path, wrong))
        return found


# ── the desk and the ledger ───────────────────────────────────────────────────────────────────────────────────────────
def answers_before_commit(write: Any) -> Any:
    def wrong(transaction: Any) -> None:
        write(transaction)
        about_cases = [order for order, _ in transaction._answers if order.about and order.service != "intake"]
        if any(order.remembered for order in about_cases):  # people and their tokens are what the scene stands on
            transaction.answer()
            transaction._answers, transaction._steps = [], []
            time.sleep(0.1)  # the answer goes out, the commit waits for the disk
            hook.here()

    return wrong


def knows_no_earlier_answers(answered: Any) -> Any:
    return lambda writing, commands: {}


def remembers_the_last_answer(remember: Any) -> Any:
    def wrong(writing: Any, answers: Any) -> None:
        for command in answers:
            writing._do.execute("DELETE FROM commands WHERE (actor, command_id) = (?, ?)", command)
        remember(writing, answers)

    return wrong


def forgets_answers(remember: Any) -> Any:
    return lambda writing, answers: None


def dies_before_it_answers(answer: Any) -> Any:
    """No bug: where a crash makes the client ask again."""

    def same(transaction: Any) -> None:
        if transaction._remembered:
            hook.here()
        answer(transaction)

    return same


def looks_at_nobody_else(catch_up: Any) -> Any:
    def wrong(known: Any, writing: Any, head: int) -> None:
        known.directory.take_rows(writing.organisation(known._head))
        known._head = head

    return wrong


def leaves_a_gap(head: Any) -> Any:
    asked = iter(range(1_000_000_000))

    def wrong(writing: Any) -> Any:
        found = head(writing)
        skips = 45 <= next(asked) < 60
        return replace(found, position=found.position + 1) if skips else found

    return wrong


def without_backstop(migrate: Any) -> Any:
    def wrong(ledger: Any, *given: Any) -> None:
        migrate(ledger, *given)
        ledger._writer.execute("DROP TRIGGER IF EXISTS facts_have_no_gaps")

    return wrong


def expects_nothing(outcome: Any) -> Any:
    def wrong(transaction: Any, order: Any) -> Any:
        order.expected_version = None
        return outcome(transaction, order)

    return wrong


def keeps_what_failed(writing_of: Any) -> Any:
    """An error after the facts were inserted does not undo them."""

    @contextmanager
    def wrong(ledger: Any) -> Any:
        failed = False
        with writing_of(ledger) as writing:
            try:
                yield writing
            except sqlite3.OperationalError:
                failed = True
        if failed:
            from shared.kernel.errors import Unavailable

            raise Unavailable("the ledger cannot be written")

    return wrong


def fails_at_times(remember: Any) -> Any:
    """No bug: a disk."""
    counted = iter(range(1_000_000_000))

    def same(writing: Any, answers: Any) -> None:
        if next(counted) % 5 == 4:
            raise sqlite3.OperationalError("disk I/O error")
        remember(writing, answers)

    return same


def keeps_an_old_state(write: Any) -> Any:
    """The snapshot says a version that it does not hold."""

    def stale(transaction: Any) -> None:
        write(transaction)
        for stream in transaction.touched:
            transaction.writing._do.execute(
                "UPDATE snapshots SET version = version + 1 WHERE stream = ? AND version < "
                "(SELECT max(originator_version) FROM stored_events WHERE originator_id = stream)",
                (stream,),
            )

    return stale


def goes_back_in_time(now: Any) -> Any:
    from datetime import timedelta

    asked = iter(range(1_000_000_000))

    def wrong(transaction: Any, order: Any) -> Any:
        return now(transaction, order) - timedelta(seconds=5 if next(asked) % 7 == 6 else 0)

    return wrong


# ── reactions and the watcher ─────────────────────────────────────────────────────────────────────────────────────────
def moves_before_it_asks(advance: Any) -> Any:
    def wrong(reaction: Any, orders: Sequence[Any], reached: int, *, ends: bool = True) -> None:
        from shared.runtime.orders import Progress, Together

        reaction.desk.advance(Progress((), listener=reaction.name, position=reached)).result()
        if orders:
            hook.here()
            reaction.desk.advance(Together(orders)).result()

    return wrong


def never_level(level: Any) -> Any:
    async def wrong(watcher: Any) -> None:
        return None

    return wrong


def slow(apply_rows: Any) -> Any:
    """No bug: a busy machine."""

    def same(sink: Any, rows: Any) -> None:
        for row in rows:
            time.sleep(0.2)
            apply_rows(sink, [row])

    return same


def says_it_whatever_is_said(fire_all: Any) -> Any:
    def wrong(clocks: Any, passed: Any, occasion: Any, calendar: Any) -> Any:
        for one in passed:
            yield one.event

    return wrong


def asks_twice(together: Any) -> Any:
    def wrong(orders: Sequence[Any] = (), **more: Any) -> Any:
        return together([*orders, *(replace(order) for order in orders)], **more)

    return wrong


# ── the relay ─────────────────────────────────────────────────────────────────────────────────────────────────────────
def publishes_without_fence(publish: Any) -> Any:
    async def wrong(relay: Any, connection: Any, rows: Sequence[Any]) -> None:
        from shared.runtime.codec import headers, subject

        for row in rows:
            said = headers(row, relay.ledger.identity())
            await connection.request(subject(row), row.body, headers=said, timeout=10)

    return wrong


def looks_once(must_step_in: Any) -> Any:
    """A second relay that never knows that it is the second."""

    async def wrong(relay: Any, connection: Any) -> bool:
        relay._second = False
        return True

    return wrong


def begins_in_the_middle(made_for: Any) -> Any:
    def wrong(ledger: Any, replicas: int) -> Any:
        config = made_for(ledger, replicas)
        if hook.said("first"):
            config.first_seq = int(hook.said("first"))
        return config

    return wrong


def goes_on_where_it_was(agree: Any) -> Any:
    async def wrong(relay: Any, connection: Any) -> int:
        last: int = await agree(relay, connection)
        first = int(hook.said("first") or 1)
        return max(last, first - 1)

    return wrong


def knows_no_epoch(identity: Any) -> Any:
    return lambda ledger: replace(identity(ledger), epoch=1)


def always_alike(ends_alike: Any) -> Any:
    async def wrong(relay: Any, connection: Any, last: int) -> bool:
        return True

    return wrong


def loses_the_last_of_a_batch(publish: Any) -> Any:
    async def wrong(relay: Any, connection: Any, rows: Sequence[Any]) -> None:
        from shared.runtime.codec import headers, subject

        for row in rows[:-1] if len(rows) > 3 else rows:
            await connection.request(subject(row), row.body, headers=headers(row, relay.ledger.identity()), timeout=10)

    return wrong


# ── read models ───────────────────────────────────────────────────────────────────────────────────────────────────────
def commits_rows_apart(apply_rows: Any) -> Any:
    def wrong(store: Any, rows: Sequence[Any]) -> None:
        from shared.runtime.store import progress

        new = [row for row in rows if row.position > store._position]
        if not new or new[0].position != store._position + 1:
            return apply_rows(store, rows)
        with store.engine.begin() as db:
            db.execute(progress.update().values(position=new[-1].position))
        if any(row.stream.startswith("complaint-") for row in new):
            hook.here()
        with store.engine.begin() as db:
            model = store.model(db, store.memory)
            store.feed(model, new)
            model.finish()
        store._position = new[-1].position
        return None

    return wrong


def takes_facts_twice(apply_rows: Any) -> Any:
    """What it has seen before it does not drop: the batch before comes again with each, as after a lost acknowledgement."""
    before = dict[str, list[Any]]()

    def wrong(store: Any, rows: Sequence[Any]) -> None:
        new = [row for row in rows if row.position > store._position]
        if not new or new[0].position != store._position + 1:
            return apply_rows(store, rows)
        with store._moving(new[-1].position) as db:
            model = store.model(db, store.memory)
            store.feed(model, [*before.get(store.model.name, ()), *new])
            model.finish()
        store._position, before[store.model.name] = new[-1].position, new
        return None

    return wrong


def passes_by_what_fails(apply_rows: Any) -> Any:
    counted = iter(range(1_000_000_000))

    def wrong(store: Any, rows: Sequence[Any]) -> None:
        from shared.runtime.store import progress

        if next(counted) % 9 != 8:  # else the disk was busy, and it is not tried again
            return apply_rows(store, rows)
        with store.engine.begin() as db:
            db.execute(progress.update().values(position=rows[-1].position))
        store._position = rows[-1].position
        return None

    return wrong


def depends_on_chance(apply: Any) -> Any:
    def wrong(model: Any, fact: Any) -> None:
        if (
            fact.kind != "complaint" or fact.version == 1 or random.random() > 0.1
        ):  # without its receipt it would stand still
            apply(model, fact)

    return wrong


def swaps_too_early(rebuild: Any) -> Any:
    def wrong(store: Any, rows_after: Callable[[int], Sequence[Any]]) -> None:
        from shared.runtime.store import progress

        head = store.position
        rebuild(store, lambda after: [row for row in rows_after(after) if row.position <= head - 20])
        with store.engine.begin() as db:
            db.execute(progress.update().values(position=head))
        store._position = head

    return wrong


# ── files and notices ─────────────────────────────────────────────────────────────────────────────────────────────────
def is_told_before_it_is_stored(move: Any) -> Any:
    def wrong(temporary: Any, target: Any) -> None:
        import os

        kept = f"{temporary}.kept"
        os.link(temporary, kept)

        def later() -> None:
            time.sleep(0.2)
            hook.here()
            move(kept, target)

        threading.Thread(target=later, daemon=True).start()

    return wrong


def sends_twice(hand_over: Any) -> Any:
    def wrong(sender: Any, *given: Any) -> None:
        hand_over(sender, *given)
        hand_over(sender, *given)

    return wrong


def notes_before_it_sends(send: Any) -> Any:
    def wrong(sender: Any, delivery: Any, settings: Any) -> None:
        sender.log.changed(delivery.key, state="sent", sent_at=delivery.ready_at)
        hook.here()
        send(sender, delivery, settings)

    return wrong


DESK, LEDGER, WRITING = (
    "shared.runtime.transaction:",
    "shared.runtime.sqlite_ledger:",
    "shared.runtime.sqlite_ledger:SqliteWriting.",
)
RELAY, STORE = "shared.runtime.relay:", "shared.runtime.store:"
ASKED_AGAIN = {f"{DESK}Transaction.answer": dies_before_it_answers}

_ALL = (
    Bug("answer-before-commit", "the desk answers, then commits", "I1", "killed_inside",
        r"in the ledger 0 times|was said to be", {f"{DESK}Transaction.write": answers_before_commit}),
    Bug("no-idempotency", "a command asked for again is carried out again", "I1", "killed_inside",
        r"in the ledger 2 times|409", {**ASKED_AGAIN, f"{WRITING}answered": knows_no_earlier_answers,
                                       f"{WRITING}remember": remembers_the_last_answer}),
    Bug("answers-forgotten", "the first answer to a command is not kept", "I1", "killed_inside",
        r"in the ledger 2 times|409", {**ASKED_AGAIN, f"{WRITING}remember": forgets_answers}),
    Bug("no-refresh", "a writer does not look at what other processes wrote before it decides", "I3", "split",
        r"were turned away|not acknowledged|is in the ledger", {"shared.runtime.known:Known.catch_up": looks_at_nobody_else}),
    Bug("gap", "a position is left out", "I3", "quiet",
        r"position \d+ where \d+ was expected", {f"{WRITING}head": leaves_a_gap, f"{LEDGER}SqliteLedger._migrate": without_backstop}),
    Bug("no-version-check", "If-Match is not looked at", "I3", "raced",
        r"both were acknowledged", {f"{DESK}Transaction._outcome": expects_nothing}),
    Bug("half-stored", "what failed after the insert is committed all the same", "I2", "quiet",
        r"in the ledger 2 times|409|nobody asked", {f"{LEDGER}SqliteLedger.writing": keeps_what_failed, f"{WRITING}remember": fails_at_times}),
    Bug("stale-snapshot", "a snapshot says a later version than it holds", "I3", "restarted",
        r"40[49] |is given twice|a case number|version|says", {f"{DESK}Transaction.write": keeps_an_old_state}),
    Bug("back-in-time", "recorded_at follows a clock that was set back", "I3", "quiet",
        r"recorded before its predecessor", {f"{DESK}Transaction._now": goes_back_in_time}),
    Bug("reaction-moves-first", "the position of a reaction is committed before what it asks for", "I4", "killed_inside",
        r"started no promise|is due since", {"shared.runtime.reaction:Reaction._advance": moves_before_it_asks}),
    Bug("false-breach", "the watcher does not wait until it knows of every fact", "I6", "kept_while_down",
        r"was kept in time", {"services.sla_watch.watcher:Watcher._level": never_level,
                              "shared.runtime.reaction:Reaction.apply_rows": slow}),
    Bug("breach-twice", "a breach is asked for twice, and recorded without a look at the clock", "I6", "quiet",
        r"is said \d+ times", {"services.sla_watch.watcher:Together": asks_twice,
                               "services.sla_watch.watcher:fire_all": says_it_whatever_is_said}),
    Bug("no-fence", "relays publish without saying where the stream must end", "I3", "two_relays",
        r"the stream has|sequence \d+", {f"{RELAY}Relay._publish": publishes_without_fence,
                                         f"{RELAY}Relay._must_step_in": looks_once}),
    Bug("refilled-from-the-middle", "a lost stream begins where the relay was", "I3", "wiped",
        r"the stream has|sequence \d+|after \d+", {f"{RELAY}made_for": begins_in_the_middle, f"{RELAY}Relay._agree": goes_on_where_it_was}),
    Bug("epoch-ignored", "after a restore the stream and the read models of before are believed", "I3", "restored",
        r"the stream has|sequence \d+|the board|says|differs", {f"{LEDGER}SqliteLedger.identity": knows_no_epoch, f"{RELAY}Relay._ends_alike": always_alike}),
    Bug("batch-cut", "the last fact of a larger batch is not published", "I3", "quiet",
        r"the stream has|sequence \d+", {f"{RELAY}Relay._publish": loses_the_last_of_a_batch}),
    Bug("position-outside", "the position of a read model is committed before its rows", "I4", "killed_inside",
        r"the board|timeline|worklist|differs|SLA board|sla-board stands at", {f"{STORE}Store.apply_rows": commits_rows_apart}),
    Bug("no-dedupe", "a read model applies what it has seen before", "I4", "quiet",
        r"timeline|differs|level|board|IntegrityError", {f"{STORE}Store.apply_rows": takes_facts_twice}),
    Bug("passed-by", "a read model passes by what it could not apply", "I4", "quiet",
        r"the board|timeline|worklist|differs|SLA board|not shown", {f"{STORE}Store.apply_rows": passes_by_what_fails}),
    Bug("chance", "the rows of a read model depend on more than the facts", "I5", "quiet",
        r"board says|the board|worklist|differs|SLA board|not shown", {"shared.runtime.read_model:ReadModel.apply": depends_on_chance}),
    Bug("swap-too-early", "a rebuilt read model takes its place before it is level", "I5", "quiet",
        r"differs", {f"{STORE}Store.rebuild": swaps_too_early}),
    Bug("file-not-there-yet", "a file is acknowledged before it is stored", "I1", "killed_inside",
        r"the file \w+ was acknowledged|this file is not stored here", {"shared.runtime.files:os.replace": is_told_before_it_is_stored}),
    Bug("notice-twice", "a notice is sent twice", "I4", "quiet",
        r"arrived twice", {"services.notify.sender:Sender._hand_over": sends_twice}),
    Bug("notice-noted-first", "a notice is noted as sent before it is", "I1", "killed_inside",
        r"never arrived", {"services.notify.sender:Sender._send": notes_before_it_sends}),
)  # fmt: skip

BUGS: dict[str, Bug] = {bug.name: bug for bug in _ALL}

"""The sender: takes notices from the outbox into the sending log, and sends what is due. A thread of its own, so that a mail
server that does not answer keeps nobody waiting but the next notice.

What is promised: a notice is taken over once and its delivery has one key for ever. A delivery is marked as tried before it is
sent and as sent after it was taken; between the two a crash leaves it to be sent again. So everything is sent at least once,
and twice only when we were killed in that instant, or when the other side took it and its answer was lost. Then both have the
same key, as Message-ID or Idempotency-Key, by which a receiver can tell.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from smtplib import SMTPResponseException
from typing import Any, Protocol

import orjson

from services.notify import outbox
from services.notify.channels import NotSent, customer_url, send_through_apprise
from services.notify.mail import lasting, message_of, send_mail
from services.notify.recipients import Way, address_of, customer_way, language_of, ways
from services.notify.sending_log import FILE, NOTEBOOK, Delivery, SendingLog, State, delivery_of, metadata, take_in
from services.notify.settings import EMAIL, SMS, Settings, read_settings
from services.notify.words import Letter, letter
from shared.clocks.worktime import add_working_seconds
from shared.complaint.state import Complaint
from shared.kernel.errors import Problem, Unknown
from shared.kernel.ids import derived
from shared.kernel.values import parse_instant, rfc3339
from shared.policy.notice_rules import CUSTOMER, Notifications
from shared.policy.notice_texts import text_of
from shared.policy.shipped import shipped
from shared.runtime.aggregates import load
from shared.runtime.clock import seconds, wall
from shared.runtime.desk import Desk
from shared.runtime.door import Doorkeeper
from shared.runtime.readable import Readable
from shared.runtime.shelf import Shelf

log = logging.getLogger("casetrail.notify")

LOOK_AGAIN_S = 2.0
TAKES_OVER_EVERY_S = 1.0
"""While very many wait: what is urgent and new is not to wait behind them, nor whoever asks the outbox."""
LONGEST_RETRY_S = 3_600.0
SECOND = timedelta(seconds=1)


class Unreachable(Exception):
    """It can never be sent in this way; the reason is for the outbox."""


class House(Protocol):
    """What the sender is given to work with."""

    doorkeeper: Doorkeeper
    desk: Desk
    folder: Path
    shelf: Shelf


@dataclass(frozen=True)
class Tried:
    """What became of a test."""

    via: str
    error: str | None


class Sender:
    """`outbox` is the read model; the log of what was sent is a notebook."""

    def __init__(self, house: House, notices: Readable) -> None:
        self.keeper, self.desk, self.home, self.notices = house.doorkeeper, house.desk, house.folder, notices
        self.directory, self.ledger = self.desk.directory, self.desk.ledger
        self.shelf = house.shelf
        notebook, before = self.shelf.notebook(NOTEBOOK, metadata), self.home / FILE
        if not notebook.in_a_file and before.exists():
            take_in(before, notebook)  # the home was moved, or restored, into a database
        self.log = SendingLog(notebook, self.ledger.identity().ledger_id)
        self.fault: str | None = None
        self._woken, self._ended = threading.Event(), threading.Event()
        self._thread: threading.Thread | None = None

    # ── running ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def start(self) -> None:
        """Until `stop`. A daemon: whoever ends the process does not wait for somebody else's mail server."""
        self._thread = threading.Thread(target=self._run, name="notify-sender", daemon=True)
        self._thread.start()

    def stop(self) -> None:
        """After what is being sent just now, or half a second."""
        self._ended.set()
        self._woken.set()
        if self._thread is not None:
            self._thread.join(0.5)

    def wake(self) -> None:
        """The outbox has moved."""
        self._woken.set()

    def _run(self) -> None:
        while not self._ended.is_set():
            try:
                self.turn()
            except Exception as error:
                self.fault = f"{type(error).__name__}: {error}"
                log.exception("the sender failed")
            self._woken.wait(LOOK_AGAIN_S)
            self._woken.clear()

    def turn(self) -> int:
        """Take over what is new and send what is due; how many deliveries were tried. Of several processes one does it."""
        tried = 0
        while self._goes_on():
            self._woken.clear()
            self.take_over()
            try:
                settings = read_settings(self.home)
                self.fault = None
            except Problem as problem:
                if self.fault != str(problem):
                    log.error("nothing can be sent: %s", problem)
                self.fault = str(problem)
                break
            if not (due := self.log.due(self.desk.clock.now(), wall())):
                break
            tried += self._deliver_some(due, settings)
        return tried

    def _deliver_some(self, due: Sequence[Delivery], settings: Settings) -> int:
        """Until there is something new to take over; how many were tried."""
        until = seconds() + TAKES_OVER_EVERY_S
        for tried, delivery in enumerate(due):
            if self._ended.is_set() or (tried and self._woken.is_set() and seconds() >= until):
                return tried
            self._deliver(delivery, settings)
        return len(due)

    def _goes_on(self) -> bool:
        return not self._ended.is_set() and self.shelf.has_turn("notify sender")

    # ── from the outbox into the log ──────────────────────────────────────────────────────────────────────────────────
    def take_over(self) -> None:
        """Every notice once: who is it for just now, how are they reached, and when may it go out."""
        level, mark = self.notices.position, self.log.position
        if mark > (head := self.ledger.head()):
            self.log.step_back(head)  # an older ledger was put back
            mark = head
        if level <= mark:
            return
        try:
            settings = read_settings(self.home)
        except Problem as problem:  # nothing is taken over while nobody knows how people are reached
            self.fault = str(problem)
            return
        self.keeper.refresh()
        while rows := self.notices.now(lambda db, mark=mark: outbox.after(db, mark)):
            found = [delivery for row in rows for delivery in self._deliveries(row, settings)]
            mark = int(rows[-1]["position"])
            self.log.take_over(found, mark)
        if level > mark:
            self.log.take_over((), level)

    def _deliveries(self, row: Mapping[str, Any], settings: Settings) -> Iterator[Delivery]:
        if settings.silent:  # most homes, and every demonstration: one line is enough to say so
            to = row["whom"] or row["otherwise"]
            yield self._delivery(row, Way(to), State.NO_CHANNEL, row["recorded_at"])
            return
        now = self.desk.clock.now()
        recorded_at = parse_instant(row["recorded_at"])
        ready_at = recorded_at if row["at_once"] else self._in_working_hours(row["site"], recorded_at)
        found = ways(
            tuple(row["whom"].split()), tuple(row["otherwise"].split()), actor=row["actor"], site=row["site"],
            at_once=bool(row["at_once"]), now=now, directory=self.directory, settings=settings,
        )  # fmt: skip
        for way in found:
            yield self._delivery(row, way, self._first_state(way, ready_at, now, settings), rfc3339(ready_at))

    def _delivery(self, row: Mapping[str, Any], way: Way, state: State, ready_at: str) -> Delivery:
        return Delivery(
            self._key(row, way), row["position"], row["complaint_id"], row["site"], row["template"],
            bool(row["at_once"]), row["recorded_at"], row["said"], way.to, way.via, state, ready_at,
        )  # fmt: skip

    def _key(self, row: Mapping[str, Any], way: Way) -> str:
        # recorded_at: where an older ledger was put back, the same position holds another fact.
        return derived("notice", self.log.ledger, row["position"], row["recorded_at"], row["template"], way.to, way.via)

    def _first_state(self, way: Way, ready_at: datetime, now: datetime, settings: Settings) -> State:
        if not way.to:
            return State.NOBODY
        if not way.via:
            return State.NO_CHANNEL
        return State.TOO_OLD if _too_old(ready_at, now, settings) else State.WAITING

    def _in_working_hours(self, site: str, at: datetime) -> datetime:
        """The instant itself within working time, else when it next begins."""
        try:
            calendar = self.directory.calendar(self.directory.site(site).calendar)
        except Unknown:
            return at  # a site that has just been opened
        return max(at, add_working_seconds(calendar, at, 1) - SECOND)

    # ── sending ───────────────────────────────────────────────────────────────────────────────────────────────────────
    def _deliver(self, delivery: Delivery, settings: Settings) -> None:
        if _too_old(parse_instant(delivery.ready_at), self.desk.clock.now(), settings):
            state = State.GIVEN_UP if delivery.attempts else State.TOO_OLD
            self.log.changed(delivery.key, state=state)
            return
        attempts = delivery.attempts + 1
        wait = min(settings.sending.first_retry_s * 2 ** (attempts - 1), LONGEST_RETRY_S)
        again = rfc3339(wall() + timedelta(seconds=wait))
        # Marked before it is sent: whatever happens now, it is not tried again at once and for ever.
        self.log.changed(
            delivery.key, state=State.FAILED, attempts=attempts, next_attempt_at=again, error="was not finished"
        )
        try:
            self._send(delivery, settings)
        except Unreachable as reason:
            self.log.changed(delivery.key, state=State.GIVEN_UP, error=str(reason))
        except Exception as error:  # whatever it is, the others go on
            over = attempts >= settings.sending.attempts or (isinstance(error, OSError) and lasting(error))
            said = _told(error)
            self.log.changed(delivery.key, state=State.GIVEN_UP if over else State.FAILED, error=said[:300])
            log.warning("notice %s by %s: %s", delivery.key, delivery.via, said)
        else:
            self.log.changed(delivery.key, state=State.SENT, sent_at=rfc3339(wall()), error=None)

    def _send(self, delivery: Delivery, settings: Settings) -> None:
        to, via = delivery.to, delivery.via
        if to == CUSTOMER:
            case: Complaint = load(self.ledger, f"complaint-{delivery.complaint_id}").state
            way = customer_way(case.contact, settings)
            if way is None:
                raise Unreachable("the customer left no address that we could write to")
            via, address = way
            language = "zh" if (case.language or "").startswith("zh") else "en" if case.language else None
            said = self._letter(delivery, language or self.directory.site(delivery.site).language, None)
        else:
            address = address_of(to, self.directory)
            said = self._letter(delivery, language_of(to, via, delivery.site, self.directory, settings), settings)
        self._hand_over(via, address, said, delivery, settings)

    def _hand_over(self, via: str, address: str | None, said: Letter, delivery: Delivery, settings: Settings) -> None:
        if via == EMAIL:
            if settings.mail is None or address is None:
                raise Unreachable("the mail server or the address is gone")
            thread = derived("thread", delivery.complaint_id)
            send_mail(message_of(said, delivery.key, thread, address, settings.mail, wall()), settings.mail)
        elif via == SMS and settings.customers.sms is not None and address is not None:
            send_through_apprise(customer_url(settings.customers.sms, address), said, delivery.key)
        elif via in settings.by_name:
            send_through_apprise(settings.by_name[via].url, said, delivery.key, urgent=delivery.at_once)
        else:
            raise Unreachable(f"the channel {via!r} is gone from notify.toml")

    def _letter(self, delivery: Delivery, language: str, settings: Settings | None) -> Letter:
        """In the reader's words; colleagues are told where the case is found, customers are not."""
        site = self.directory.site(delivery.site)
        values = {**orjson.loads(delivery.said), "site": site.title}
        now = self.desk.clock.now()
        said = self.directory.policy(delivery.site, now).pack.notifications or shipped()["pack-base"].notifications
        words = text_of(said or Notifications(), delivery.template, language)
        made = letter(
            words, values, language, zone=site.zone, namer=self.directory.name, simulated=self.desk.clock.simulated
        )
        if settings is None or settings.sending.link is None:
            return made
        own = delivery.complaint_id == delivery.site  # what the site owes by itself is no case's
        where = f"/sla?site={delivery.site}" if own else f"/cases/{values['case_no']}"
        return Letter(made.title, f"{made.text}\n\n{settings.sending.link.rstrip('/')}{where}")

    def title_of(self, delivery: Mapping[str, Any]) -> str:
        """What it is about, in the language of its site, for lists."""
        found = delivery_of(delivery)
        try:
            return self._letter(found, self.directory.site(found.site).language, None).title
        except (KeyError, Problem):
            return found.template

    # ── trying it out ─────────────────────────────────────────────────────────────────────────────────────────────────
    def test(self, to: str) -> list[Tried]:
        """Send a test to a person by all ways there are, or by one channel. Raises Unknown when there is none."""
        settings = read_settings(self.home)
        channels = [name for name, one in settings.by_name.items() if to in (name, one.person)]
        address = address_of(to, self.directory)
        by = [*([EMAIL] if settings.mail is not None and address else []), *channels]
        if not by:
            raise Unknown(f"no way leads to {to!r}", field="to", way_out="add a channel to notify.toml in the home")
        return [Tried(via, self._tested(to, via, address, settings)) for via in by]

    def _tested(self, to: str, via: str, address: str | None, settings: Settings) -> str | None:
        now = wall()
        key = derived("test", to, via, rfc3339(now))
        said = Letter("Casetrail: a test · 测试", "This is a test of notifications.\n这是一条测试通知。")
        try:
            if via == EMAIL and settings.mail is not None and address is not None:
                send_mail(message_of(said, key, key, address, settings.mail, now), settings.mail)
            else:
                send_through_apprise(settings.by_name[via].url, said, key)
        except Exception as error:
            return _told(error)
        return None


def _told(error: Exception) -> str:
    """An error for the outbox: never an address, never what a server said of it."""
    if isinstance(error, (NotSent, Problem)):
        return str(error)
    more = error.smtp_code if isinstance(error, SMTPResponseException) else getattr(error, "strerror", None)
    return f"{type(error).__name__}: {more}" if more else type(error).__name__


def _too_old(ready_at: datetime, now: datetime, settings: Settings) -> bool:
    return now - ready_at > timedelta(hours=settings.sending.max_age_hours)

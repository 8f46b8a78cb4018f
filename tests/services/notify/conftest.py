"""A desk, its outbox and a sender, on real files; the receivers are real servers on loopback."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from pathlib import Path

import pytest

from services.notify.outbox import Outbox
from services.notify.sender import Sender
from services.notify.sending_log import Delivery, State
from shared.events import organisation as o
from shared.events.calendars import CalendarPublished, Hours
from shared.kernel.fact import Event
from shared.runtime.cases import Cases
from shared.runtime.desk import Desk
from shared.runtime.door import Doorkeeper
from shared.runtime.listener import Listener
from shared.runtime.readable import Readable
from shared.runtime.shelf import FileShelf, Shelf
from shared.runtime.store import Store
from tests.facts import MONDAY, OFFICE, received
from tests.receivers import MailBox, WebHook, mail_server, web_hook
from tests.shared.runtime.desks import SetClock, desk_at, said, saying

CASE = "0199a3b4-6c1e-7b3a-9d52-3f1c2a4b5d6e"
OFFICE_HOURS = tuple(Hours(start=opens, end=closes) for opens, closes in OFFICE)
PEOPLE = (
    o.PersonAdded(person="p-li", name="Li Na", email="li@example.com"),
    o.PersonAdded(person="p-head", name="陈静", email="head@example.com"),
    o.PersonAdded(person="p-mute", name="Nobody's Address"),
)
assert time(8) == OFFICE_HOURS[0].start


@dataclass
class PostOffice:
    """What happens is told to `happens`; `turn` is one turn of the sender."""

    folder: Path
    desk: Desk
    clock: SetClock
    doorkeeper: Doorkeeper = field(init=False)
    shelf: Shelf = field(init=False)
    sender: Sender = field(init=False)
    store: Store[Outbox] = field(init=False)

    def __post_init__(self) -> None:
        self.doorkeeper = Doorkeeper(self.desk, alone=True)
        self.shelf = FileShelf(self.folder / "read")
        self.opens()

    def opens(self) -> None:
        """As after a start of the process."""
        self.store = Store(Outbox, self.folder / "read", "L1:1", Cases(self.desk.ledger))
        readable = Readable(self.store, Listener("notify-outbox", self.store, self.desk.ledger))
        self.sender = Sender(self, readable)

    def starts_again(self) -> None:
        self.store.close()
        self.sender.log.close()
        self.opens()

    def configured(self, text: str) -> None:
        path = self.folder / "notify.toml"
        path.write_text(text, encoding="utf-8")
        path.chmod(0o600)

    def happens(self, *events: Event, by: str = "p-ana", to: str = f"complaint-{CASE}") -> int:
        """Recorded, and seen by the outbox."""
        said(self.desk, saying(to, *events, actor=by))
        while rows := self.desk.ledger.rows(self.store.position, 500):
            self.store.apply_rows(rows)
        return self.desk.ledger.head()

    def turn(self) -> int:
        return self.sender.turn()

    def passes(self, length: timedelta) -> None:
        self.clock.at += length

    def all(self, state: State | None = None) -> list[dict[str, object]]:
        return self.sender.log.page(state=state, site=None, limit=1_000, cursor=None).items

    def states(self) -> dict[str, int]:
        return self.sender.log.counts()

    def due(self, wall: datetime) -> list[Delivery]:
        return list(self.sender.log.due(self.clock.now(), wall))


@pytest.fixture
def office(tmp_path: Path) -> Iterator[PostOffice]:
    """Shenzhen on a Monday at nine, office hours from 8 to 17, a case received; p-head is head of quality."""
    clock = SetClock(MONDAY)
    with desk_at(tmp_path, clock=clock) as desk:
        calendar = CalendarPublished(
            calendar="sz", edition=1, zone="Asia/Shanghai", weekly=((OFFICE_HOURS,) * 5 + ((), ())),
            published_through=date(2030, 12, 31), source="test",
        )  # fmt: skip
        said(desk, saying("calendar-sz", calendar))
        for person in PEOPLE:
            said(desk, saying(f"person-{person.person}", person))
        said(desk, saying("person-p-head", o.RoleGranted(person="p-head", role=o.Role.QUALITY_HEAD, site="sz")))
        office = PostOffice(tmp_path, desk, clock)
        office.happens(received(contact="zhang@example.org"))
        yield office
        office.store.close()
        office.sender.log.close()


@pytest.fixture
def mailbox() -> Iterator[MailBox]:
    with mail_server() as box:
        yield box


@pytest.fixture
def hook() -> Iterator[WebHook]:
    with web_hook() as hook:
        yield hook

"""A desk with a site, people and cases, for tests of the machinery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from services.capa.domain import TOPICS as CAPA
from services.intake.domain import ReceiveComplaint, complaint_id_for
from services.intake.domain import decide as decide_intake
from shared.events import organisation as o
from shared.events.words import Channel
from shared.kernel.command import Command, by_command
from shared.kernel.fact import Event
from shared.policy.access import who_may
from shared.runtime.clock import Clock
from shared.runtime.desk import Desk
from shared.runtime.ledger import Ledger
from shared.runtime.orders import Answer, Order
from tests.facts import MONDAY
from tests.shared.runtime.ledgers import STORES

_keys = count(1)
_store = "sqlite"
ORGANISATION: tuple[tuple[str, Event], ...] = (
    ("home-L1", o.LedgerOpened(ledger_id="L1")),
    ("person-p-owner", o.PersonAdded(person="p-owner", name="Owner")),
    ("site-sz", o.SiteOpened(site="sz", title="Shenzhen", zone="Asia/Shanghai", calendar="sz", owner="p-owner")),
    ("person-p-ana", o.PersonAdded(person="p-ana", name="Ana")),
    ("person-p-ana", o.RoleGranted(person="p-ana", role=o.Role.CUSTOMER_SERVICE, site="sz")),
    ("person-p-bo", o.PersonAdded(person="p-bo", name="Bo")),
)
FIRST = len(ORGANISATION)
"""The head after the first facts."""


class SetClock(Clock):
    """A machine's clock that tests may set, also back."""

    def __init__(self, at: datetime = MONDAY) -> None:
        super().__init__()
        self.at = at

    def now(self) -> datetime:
        return self.at


@pytest.fixture(params=STORES)
def on_both_stores(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """The tests that ask for it are carried out on either."""
    monkeypatch.setattr("tests.shared.runtime.desks._store", request.param)


@contextmanager
def desk_at(path: Path, **options: Any) -> Iterator[Desk]:
    """A desk of a process; the first one at a place records the organisation."""
    ledger = STORES[_store](path)
    with desk_on(ledger, **options) as desk:
        yield desk
    ledger.close()


@contextmanager
def desk_on(ledger: Ledger, clock: Clock | None = None, **options: Any) -> Iterator[Desk]:
    desk = Desk(ledger, clock or SetClock(), **options)
    try:
        if ledger.head() == 0:
            for stream, event in ORGANISATION:
                desk.submit(saying(stream, event)).result(10)
        yield desk
    finally:
        desk.stop()


def saying(stream: str, *events: Event, **changed: Any) -> Order:
    """An order that the machinery itself gives: these events, whatever the state."""
    usual: dict[str, Any] = {"actor": "s-test", "command_id": f"k{next(_keys)}", "must_exist": False}
    site = (
        stream.removeprefix("site-") if stream.startswith("site-") else "sz" if stream.startswith("complaint-") else ""
    )
    return Order(
        "intake", stream, lambda state, occasion, rules: iter(events), **{"site": site, **usual, **changed}
    )  # fmt: skip


def receiving(by: str = "p-ana", key: str = "", description: str = "screen garbled", **changed: Any) -> Order:
    """An order to take in a complaint, as the door makes it."""
    command = ReceiveComplaint(site="sz", channel=Channel.EMAIL, description=description)
    return Order(
        "intake",
        lambda occasion: f"complaint-{complaint_id_for(command, occasion)}",
        lambda state, occasion, rules: decide_intake(state, command, occasion, rules),
        by,
        key or f"k{next(_keys)}",
        **{
            "fingerprint": description,
            "roles": who_may(ReceiveComplaint),
            "site": "sz",
            "must_exist": False,
            **changed,
        },
    )


def asking(stream: str, command: Command, by: str = "p-ana", key: str = "", **changed: Any) -> Order:
    """An order on a case that exists, as the door makes it."""
    decide: Callable[..., Any] = by_command(CAPA).get(type(command), decide_intake)
    return Order(
        "intake",
        stream,
        lambda state, occasion, rules: decide(state, command, occasion, rules),
        by,
        key or f"k{next(_keys)}",
        **{"fingerprint": repr(command), "roles": who_may(type(command)), **changed},
    )


def said(desk: Desk, order: Order) -> Answer:
    return desk.submit(order).result(20)

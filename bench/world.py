"""A ledger with a desk, a site and an owner: what the benchmarks write to."""

from __future__ import annotations

import itertools
from pathlib import Path

from services.first_start import open_ledger
from services.intake.domain import ContactCustomer, ReceiveComplaint
from services.intake.http import new_token
from services.intake.organisation import AddPerson, GrantRole, IssueToken
from services.intake.wiring import ISSUE_TOKEN, RECEIVE, SERVICE
from shared.events.organisation import Role
from shared.events.words import Channel, ContactPurpose, Direction
from shared.kernel.command import Command
from shared.runtime.clock import Clock
from shared.runtime.desk import Desk
from shared.runtime.door import Doorkeeper
from shared.runtime.home import Home
from shared.runtime.ledger import Ledger
from shared.runtime.orders import Order
from shared.runtime.service import Handles
from shared.runtime.sqlite_ledger import SqliteLedger


def _handles(command: type[Command]) -> Handles:
    return next(handles for handles in SERVICE.handles if handles.command is command)


def begun(path: Path, ledger: Ledger | None = None) -> tuple[Home, Ledger, Desk]:
    """A home with its first facts; the ledger is a file in it, unless another one is given."""
    home = Home(path)
    home.occupy()
    ledger = ledger or SqliteLedger(home / "ledger.sqlite", new_ledger_id="bench")
    desk = Desk(ledger, Clock())
    open_ledger(desk, home / "admin.token", site="sz", title="Bench", zone="Asia/Shanghai", owner="Bench", begin=None)
    return home, ledger, desk


class World:
    """Everything but the doors."""

    def __init__(self, folder: Path, ledger: Ledger | None = None) -> None:
        self.home, self.ledger, self.desk = begun(folder / "home", ledger)
        self.keeper = Doorkeeper(self.desk)
        self.by = next(person for person in self.desk.directory.people.values())
        self._keys = itertools.count()
        clerk = self._done(self._order(_handles(AddPerson), "", AddPerson(name="Clerk")))
        self._done(self._order(_handles(GrantRole), clerk, GrantRole(role=Role.CUSTOMER_SERVICE, site="sz")))
        self.token, sha256 = new_token()
        """A bearer token of the clerk."""
        self._done(self._order(ISSUE_TOKEN, clerk, IssueToken(label="bench", sha256=sha256)))
        self.by = self.desk.directory.people[clerk]
        """Whoever acts holds one role, as people do; an owner holds all of them, and each fact would name them all."""
        self._contact = _handles(ContactCustomer)

    def receiving(self, text: str) -> Order:
        """The order to take in a complaint: a new case, of two facts (its number and its receipt)."""
        return self._order(RECEIVE, "", ReceiveComplaint(site="sz", channel=Channel.EMAIL, description=text))

    def contacting(self, case: str) -> Order:
        """The order to record a contact with a customer: one fact."""
        told = ContactCustomer(
            direction=Direction.OUTBOUND, channel=Channel.EMAIL, purpose=ContactPurpose.PROGRESS, summary="told how it goes"
        )  # fmt: skip
        return self._order(self._contact, case, told)

    def receive(self, text: str) -> str:
        """Take in a complaint; its id."""
        return self._done(self.receiving(text))

    def contact(self, case: str) -> None:
        """Record a contact."""
        self._done(self.contacting(case))

    def _order(self, handles: Handles, case: str, command: Command) -> Order:
        headers = {"idempotency-key": f"k{next(self._keys)}"}
        return self.keeper.order(SERVICE, handles, case, command, self.by, headers)

    def _done(self, order: Order) -> str:
        return self.desk.submit(order).result().stream.partition("-")[2]

    def close(self) -> None:
        """Let go of everything."""
        self.desk.stop()
        self.ledger.close()
        self.home.release()

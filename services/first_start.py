"""The first facts of a new home: the ledger itself, its owner with a token, and the first site."""

from __future__ import annotations

from datetime import datetime

from services.intake.http import new_token
from shared.events.organisation import LedgerOpened, PersonAdded, SiteOpened, TokenIssued
from shared.kernel.fact import Event
from shared.runtime.clock import randomness
from shared.runtime.desk import Desk, Order
from shared.runtime.home import Home, replace_file

ACTOR = "s-casetrail"
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def new_person_id() -> str:
    """A pseudonymous id."""
    return "p-" + "".join(_LETTERS[byte % 32] for byte in randomness(6))


def open_ledger(desk: Desk, home: Home, *, site: str, title: str, zone: str, owner: str, begin: datetime | None) -> str:
    """Record the first facts; the owner's token, which is saved in `admin.token` and never stored anywhere else."""
    ledger_id = desk.ledger.identity().ledger_id
    person = new_person_id()
    token, sha256 = new_token()
    # Saved first: a crash in between leaves a token that is worth nothing, never a ledger without its owner.
    replace_file(home / "admin.token", token + "\n")
    language = "zh" if zone in ("Asia/Shanghai", "Asia/Chongqing", "Asia/Urumqi") else "en"
    first: list[tuple[str, tuple[Event, ...]]] = [
        (f"home-{ledger_id}", (LedgerOpened(ledger_id=ledger_id, simulated=begin is not None),)),
        (
            f"person-{person}",
            (
                PersonAdded(person=person, name=owner),
                TokenIssued(person=person, token_id="t1", sha256=sha256, label="owner's first token"),
            ),
        ),
        (
            f"site-{site}",
            (SiteOpened(site=site, title=title, zone=zone, calendar=site, owner=person, language=language),),
        ),
    ]
    for stream, events in first:
        order = Order(
            "intake", stream, lambda state, occasion, rules, events=events: iter(events), ACTOR, f"first-start-{stream}",
            fingerprint=stream, site=site if stream.startswith("site-") else "", must_exist=False, clock=begin,
        )  # fmt: skip
        desk.submit(order).result()
    return token

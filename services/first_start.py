"""The first facts of a new home: the ledger itself, its owner with a token, and the first site."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from datetime import datetime
from pathlib import Path

from services.intake.http import new_token
from shared.events.organisation import LedgerOpened, PersonAdded, SiteOpened, TokenIssued
from shared.kernel.command import Elsewhere
from shared.runtime.clock import randomness
from shared.runtime.desk import Desk
from shared.runtime.home import StartRefused, replace_file
from shared.runtime.orders import Order

ACTOR = "s-casetrail"
SHORTEST = 32
"""Characters of a token that somebody else has made."""
_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"


def new_person_id() -> str:
    """A pseudonymous id."""
    return "p-" + "".join(_LETTERS[byte % 32] for byte in randomness(6))


def _token(kept: Path) -> tuple[str, str]:
    with suppress(FileNotFoundError):
        if token := kept.read_text(encoding="utf-8").strip():
            if len(token) < SHORTEST or not (token.isascii() and token.isprintable()) or " " in token:
                raise StartRefused(f"{kept} holds no token: {SHORTEST} or more printable characters without a space")
            return token, hashlib.sha256(token.encode()).hexdigest()
    token, sha256 = new_token()
    # Saved first: a crash in between leaves a token that is worth nothing, never a ledger without its owner.
    replace_file(kept, token + "\n")
    return token, sha256


def open_ledger(desk: Desk, kept: Path, *, site: str, title: str, zone: str, owner: str, begin: datetime | None) -> str:
    """Record the first facts; the owner's token, which is kept in this file and never stored anywhere else.

    A token that lies there already, made by somebody who keeps secrets in a place of their own, is taken as it is.
    """
    ledger_id = desk.ledger.identity().ledger_id
    person = new_person_id()
    token, sha256 = _token(kept)
    language = "zh" if zone in ("Asia/Shanghai", "Asia/Chongqing", "Asia/Urumqi") else "en"
    opened = LedgerOpened(ledger_id=ledger_id, simulated=begin is not None)
    first = (
        opened,
        Elsewhere(f"person-{person}", PersonAdded(person=person, name=owner)),
        Elsewhere(
            f"person-{person}", TokenIssued(person=person, token_id="t1", sha256=sha256, label="owner's first token")
        ),
        Elsewhere(
            f"site-{site}",
            SiteOpened(site=site, title=title, zone=zone, calendar=site, owner=person, language=language),
        ),
    )
    # One transaction: a ledger whose owner has no site yet would be nobody's, and no later start could tell what was meant.
    order = Order(
        "intake", f"home-{ledger_id}", lambda state, occasion, rules: iter(first), ACTOR, "first-start",
        fingerprint=ledger_id, must_exist=False, clock=begin,
    )  # fmt: skip
    desk.submit(order).result()
    return token

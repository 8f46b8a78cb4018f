"""The outbox: every notice that follows from the facts, whether or not anybody could be reached.

It is a read model like the others and may be built anew at any time. What was sent stands in the sending log, which never
rewinds; so nothing goes out twice, however often this is built.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

import orjson
import sqlalchemy as sa

from services.notify.domain import Notice, notices
from shared.clocks.state import Clocks
from shared.complaint.fold import INITIAL
from shared.events.policy import PackRef, PolicyActivated, PolicyPackPublished
from shared.kernel.fact import Fact
from shared.kernel.values import rfc3339
from shared.policy.organisation import Site
from shared.policy.pack import Pack
from shared.policy.policies import NO_POLICY, Published, PublishedPack, policy_of
from shared.policy.shipped import shipped
from shared.runtime.cases import CASE_EVENTS
from shared.runtime.read_model import ReadModel, on

metadata = sa.MetaData()
NOTICES = sa.Table(
    "notices",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True),
    sa.Column("number", sa.Integer, primary_key=True),
    sa.Column("complaint_id", sa.Text, nullable=False),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("event", sa.Text, nullable=False),
    sa.Column("whom", sa.Text, nullable=False),
    sa.Column("otherwise", sa.Text, nullable=False),
    sa.Column("template", sa.Text, nullable=False),
    sa.Column("at_once", sa.Boolean, nullable=False),
    sa.Column("actor", sa.Text, nullable=False),
    sa.Column("recorded_at", sa.Text, nullable=False),
    sa.Column("said", sa.Text, nullable=False),
)
PACKS = sa.Table(
    "packs",
    metadata,
    sa.Column("pack", sa.Text, primary_key=True),
    sa.Column("version", sa.Integer, primary_key=True),
    sa.Column("digest", sa.Text, nullable=False),
    sa.Column("text", sa.Text, nullable=False),
)
ACTIVATIONS = sa.Table(
    "activations",
    metadata,
    sa.Column("position", sa.BigInteger, primary_key=True),
    sa.Column("site", sa.Text, nullable=False),
    sa.Column("body", sa.Text, nullable=False),
)
_n = NOTICES.c
_ADD = sa.insert(NOTICES)


class Outbox(ReadModel):
    """One row for each notice. The rules are those of the policy that was in effect at the site when it happened."""

    name, version, metadata = "outbox", 2, metadata
    of_sites = True

    _rows: list[dict[str, Any]]
    _policies: Policies | None

    def begin(self) -> None:
        """Policies change once a year: they are read when the first fact of a transaction asks for them."""
        self._rows, self._policies = [], None

    @on(PolicyPackPublished)
    def knows_a_pack(self, fact: Fact[PolicyPackPublished]) -> None:
        """Its rules may come into effect at any site."""
        event = fact.event
        row = {"pack": event.pack, "version": event.version, "digest": event.digest, "text": event.text}
        self.db.execute(sa.insert(PACKS).values(row))
        self._policies = None

    @on(PolicyActivated)
    def knows_what_a_site_goes_by(self, fact: Fact[PolicyActivated]) -> None:
        """From the instant that it names."""
        body = fact.event.model_dump_json()
        self.db.execute(sa.insert(ACTIVATIONS).values(position=fact.position, site=fact.subject_id, body=body))
        self._policies = None

    @on(*CASE_EVENTS)
    def tells(self, fact: Fact[Any]) -> None:
        """Whoever has to hear of it: of a case, or of what a site owes by itself."""
        if fact.kind == "duties":
            clock = self.memory.duties.take(fact).clocks[fact.event.clock_id]
            complaint, clocks = INITIAL, Clocks(fact.subject_id, {clock.clock_id: clock})
        else:
            case = self.memory.take(fact)
            complaint, clocks = case.complaint, case.clocks
        if fact.historical:
            return
        site = complaint.site or fact.site  # a case may have gone to another site
        pack = self._pack(site, fact.occurred_at)
        for notice in notices(fact, complaint, clocks, pack):
            self._rows.append(_row(fact, site, notice))

    def finish(self) -> None:
        """All at once."""
        self.write(_ADD, self._rows)

    def _pack(self, site: str, at: datetime) -> Pack:
        if self._policies is None:
            self._policies = Policies(self.db)
        return self._policies.at(site, at)


class Policies:
    """What the sites go by, as far as the facts of this read model reach."""

    def __init__(self, db: sa.Connection) -> None:
        found: dict[str, dict[int, Published]] = {}
        for row in db.execute(sa.select(PACKS)):
            ref = PackRef(pack=row.pack, version=row.version, digest=row.digest)
            found.setdefault(row.pack, {})[row.version] = Published(ref, row.text)
        self._packs = {id: PublishedPack(id, versions) for id, versions in found.items()}
        sites: dict[str, list[PolicyActivated]] = {}
        for row in db.execute(sa.select(ACTIVATIONS).order_by(ACTIVATIONS.c.position)):
            sites.setdefault(row.site, []).append(PolicyActivated.model_validate_json(row.body))
        self._sites = {code: Site(code, activations=tuple(decided)) for code, decided in sites.items()}
        self._whole: dict[str, Pack] = {}

    def at(self, code: str, instant: datetime) -> Pack:
        """The pack of a site at an instant. What it says nothing of is told as the shipped base says."""
        site = self._sites.get(code)
        activated = None if site is None else site.activation(instant)
        policy = NO_POLICY if activated is None else policy_of(activated, self._packs)
        if policy.pack.notifications is not None:
            return policy.pack
        if policy.ref not in self._whole:
            usual = {"notifications": shipped()["pack-base"].notifications}
            self._whole[policy.ref] = policy.pack.model_copy(update=usual)
        return self._whole[policy.ref]


def _row(fact: Fact[Any], site: str, notice: Notice) -> dict[str, Any]:
    return {
        "position": fact.position,
        "number": notice.number,
        "complaint_id": fact.subject_id,
        "site": site,
        "event": type(fact.event).__name__,
        "whom": " ".join(notice.to),
        "otherwise": " ".join(notice.otherwise),
        "template": notice.template,
        "at_once": notice.at_once,
        "actor": fact.actor.id,
        "recorded_at": rfc3339(fact.recorded_at),
        "said": orjson.dumps(notice.values, option=orjson.OPT_SORT_KEYS).decode(),
    }


def after(db: sa.Connection, position: int, most: int = 500) -> Sequence[Mapping[str, Any]]:
    """Notices beyond a position in order; those of one fact are never torn apart."""
    query = sa.select(NOTICES).where(_n.position > position).order_by(_n.position, _n.number)
    found = [dict(row) for row in db.execute(query.limit(most)).mappings()]
    if len(found) == most:
        last = found[-1]["position"]
        found = [row for row in found if row["position"] != last] or [
            dict(row) for row in db.execute(query.where(_n.position == last)).mappings()
        ]
    return found

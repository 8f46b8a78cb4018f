"""Who asks for which command about what, and how the form stands: put together from the address, or from what was sent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request

from services.console.choices import Choice, Situation
from services.console.forms import fresh, holds, shown
from services.console.frame import Desk, SaidNo
from services.console.giving import Giving, Sent
from services.console.offered import Offer, may, site_of, stages_of
from services.console.refusals import Told, may_not
from services.console.shapes import Shape, Widget
from services.console.telling import Telling
from services.console.views import BoardFilters, CaseView
from shared.events.labels import command_label
from shared.events.organisation import Role
from shared.events.reference import ReferenceList
from shared.kernel.errors import Unknown
from shared.policy.organisation import Person, Site
from shared.policy.pack import Pack

RECEIVE = "receive-complaint"
SUBJECT = "subject"
"""The input that names the person, site or calendar a command is about."""
LISTS = {
    "customer_no": ReferenceList.CUSTOMERS, "product_model": ReferenceList.PRODUCTS, "lot_no": ReferenceList.LOTS,
    "failure_mode": ReferenceList.FAILURE_CODES, "department_code": ReferenceList.DEPARTMENTS,
}  # fmt: skip
"""Field → the list that it names something of."""
OTHERS = 200
"""Other cases offered while somebody types a number."""


@dataclass
class Asked:
    """One request for one form."""

    telling: Telling
    person: str
    offer: Offer
    situation: Situation
    case: CaseView | None = None
    subject: str = ""
    subjects: Sequence[Choice] | None = None
    key: str = ""
    version: int | None = None
    """Of the case, as the page showed it."""
    typed: dict[str, Any] = field(default_factory=dict[str, Any])
    focus: str = ""
    told: Told | None = None
    """Why it was refused."""
    meanwhile: Sequence[Any] = ()
    """Facts of the case since the page showed it."""

    @property
    def shapes(self) -> list[Shape]:
        """What its form asks for."""
        return shown(self.offer.command)


class Asking:
    """Puts requests together. What a form offers is that of the case's site, and of no other."""

    def __init__(self, desk: Desk, giving: Giving) -> None:
        self.desk, self.giving, self.views = desk, giving, desk.views

    def asked(self, request: Request, door: str, case: str | None, sent: Sent | None = None) -> Asked:
        """The form as the address names it, or as it was sent; raises Unknown."""
        offer = self.giving.offers.get(door)
        if offer is None or offer.about_a_case != (case is not None):
            raise Unknown(f"there is no command {door!r}")
        telling, person = self.desk.telling(request), self.desk.reader(request)
        if case is not None:
            view = self.desk.case(person, case)
            situation = self.situation(view, telling, offer)
            asked = Asked(telling, person, offer, situation, view, view.complaint.complaint_id)
        else:
            asked = self._of_organisation(request, telling, person, offer, sent)
        if sent is None:
            query = {name: request.query_params.getlist(name) for name in request.query_params}
            asked.key = self.giving.new_key()
            asked.version = asked.case.version if asked.case is not None else None
            asked.typed = fresh(offer.command, asked.situation, query)
        else:
            asked.key, version = sent.one("key"), sent.one("version")
            asked.version = int(version) if version.isascii() and version.isdigit() and len(version) < 12 else None
        return asked

    def situation(self, view: CaseView, telling: Telling, offer: Offer | None = None) -> Situation:
        """About a case."""
        site = view.complaint.site
        wanted = offer is not None and any(holds(shape, Widget.CASE) for shape in shown(offer.command))
        others = self.views.board(BoardFilters(site=site, limit=OTHERS)).rows if wanted else ()
        return Situation(
            telling.language, telling.zone(site), people=_people(self.views.colleagues(site), telling),
            cases=[(row.case_no, row.summary[:60]) for row in others if row.case_no != view.complaint.case_no],
            case=view.complaint, clocks=view.clocks, pack=self.pack(site), named=self._listed(offer, site) if offer else {},
        )  # fmt: skip

    def look_again(self, asked: Asked) -> None:
        """The case as it stands by now, and what has happened since the page showed it."""
        seen = asked.version or 0
        asked.case = self.views.case(asked.subject)
        asked.situation = self.situation(asked.case, asked.telling, asked.offer)
        asked.meanwhile = [fact for fact in asked.case.facts if fact.kind == "complaint" and fact.version > seen]
        asked.version = asked.case.version

    def must_be_possible(self, asked: Asked) -> None:
        """Raises SaidNo, so that nobody fills in a form in vain."""
        telling, door, case = asked.telling, asked.offer.door, asked.case
        if case is None:
            if not self.desk.may(asked.person, door):
                raise SaidNo(403, may_not(door, telling))
            return
        if not may(door, self.desk.roles(asked.person, site_of(asked.offer, case.complaint))):
            raise SaidNo(403, may_not(door, telling))
        if case.complaint.stage not in stages_of(asked.offer.command):
            command, stage = command_label(telling.language, door), telling.label(case.complaint.stage)
            raise SaidNo(409, telling.t("not_in_stage", command=command, stage=stage))

    def visible_people(self, person: str) -> list[Person]:
        """Who works at one of somebody's sites; for an owner also those who do not work anywhere yet."""
        sites = [site.code for site in self.views.sites()]
        mine = {code: roles for code in sites if (roles := self.desk.roles(person, code))}
        seen = {one.id: one for code in mine for one in self.views.colleagues(code)}
        if any(Role.OWNER in roles for roles in mine.values()):
            for one in self.views.everybody():
                if not any(self.desk.roles(one.id, code) for code in sites):
                    seen[one.id] = one
        return sorted(seen.values(), key=lambda one: (str(one.name), one.id))

    def _listed(self, offer: Offer, site: str) -> dict[str, Sequence[Choice]]:
        """What the lists of reference data offer for the fields that name something in them."""
        asked = {shape.name for shape in shown(offer.command)} & LISTS.keys()
        return {name: self.views.listed(LISTS[name], site, (site,)) for name in asked}

    def _escalated(self, offer: Offer, site: str, sites: Sequence[str], telling: Telling) -> dict[str, list[Choice]]:
        """Duties that have climbed and that nobody has taken on: of the site that is named, or of all where one may."""
        if all(shape.name != "clock_id" for shape in shown(offer.command)):
            return {}
        owed = self.views.owed(site if site in sites else None, sites)
        climbed = dict.fromkeys(clock.clock_id for clock in owed if clock.level and not clock.taken_on)
        return {"clock_id": [(id, telling.clock_label(id)) for id in climbed]}

    def pack(self, site: str) -> Pack | None:
        """The policy of a site; None where the site itself is not known."""
        try:
            return self.views.pack(site, self.desk.clock())
        except Unknown:
            return None

    def _of_organisation(
        self, request: Request, telling: Telling, person: str, offer: Offer, sent: Sent | None
    ) -> Asked:
        def said(name: str) -> str:
            return sent.one(name) if sent is not None else request.query_params.get(name, "")

        sites = [site for site in self.views.sites() if may(offer.door, self.desk.roles(person, site.code))]
        site = next((one for one in sites if one.code == said("site")), sites[0] if sites else None)
        people = self.visible_people(person)
        calendars = [(id, id) for id in self.views.calendars()]
        about = {"people": _people(people, telling), "sites": _titles(sites), "calendars": calendars}
        tokens = [
            token for one in people if one.id == said(SUBJECT) for token in one.tokens.values() if not token.revoked
        ]
        packs = self.views.packs()
        situation = Situation(
            telling.language, site.zone if site else "UTC", about["sites"], about["people"],
            pack=self.pack(site.code) if site and offer.door == RECEIVE else None,
            named={
                "pack": _pack_titles([pack for pack in packs if not pack.meta.overlay], telling),
                "overlays": _pack_titles([pack for pack in packs if pack.meta.overlay], telling),
                "calendar": calendars, "token_id": [(token.token_id, token.label) for token in tokens],
                **(self._listed(offer, site.code) if site else {}),
                **self._escalated(offer, said(SUBJECT), [one.code for one in sites], telling),
            },
        )  # fmt: skip
        subjects = about.get(offer.about) if offer.about else None
        return Asked(telling, person, offer, situation, subject=said(SUBJECT), subjects=subjects)


def _people(people: Sequence[Person], telling: Telling) -> list[Choice]:
    """By name; where two have the same, with their ids."""
    names = [telling.name(one.id) for one in people]
    return [
        (one.id, f"{name} ({one.id})" if names.count(name) > 1 else name)
        for one, name in zip(people, names, strict=True)
    ]


def _titles(sites: Sequence[Site]) -> list[Choice]:
    return [(site.code, f"{site.title} ({site.code})" if site.title != site.code else site.code) for site in sites]


def _pack_titles(packs: Sequence[Pack], telling: Telling) -> list[Choice]:
    return [(pack.meta.id, f"{pack.meta.id} · {getattr(pack.meta.title, telling.language)}") for pack in packs]

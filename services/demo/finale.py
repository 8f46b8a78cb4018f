"""The last hours before now: promises due within the hour, today, standing still, and late, whatever the hour is."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from services.demo import capa_steps as capa
from services.demo import intake_steps as intake
from services.demo.case import Case
from services.demo.catalogue import products
from services.demo.chance import Chance
from services.demo.customers import customer
from services.demo.organisation import SITES, DemoSite, Hours
from services.demo.scenario import Step
from shared.events.words import EvidenceKind, Verdict, Where
from shared.kernel.values import Rank

COUNT = 14


def cases(until: datetime, seed: int, hours: dict[str, Hours]) -> list[Iterable[Step]]:
    """Cases that stand at `until` where somebody has to do something about them."""
    latest = min(SITES.values(), key=lambda site: until.astimezone(site.tz).time())  # most of its day is still to come
    sites = list(SITES.values())
    told: list[Iterable[Step]] = []

    def case(rank: Rank, site: DemoSite) -> Case:
        return _case(f"end-{len(told) + 1}", rank, site, hours[site.code], seed)

    def add(plot: Iterator[Step]) -> None:
        told.append(plot)

    for site, minutes in zip(sites, (17, 34, 52), strict=True):  # first response within a day, not yet given
        add(_unanswered(case(Rank.MINOR, site), until - timedelta(hours=24) + timedelta(minutes=minutes)))
    add(_assigned(case(Rank.CRITICAL, sites[2]), until - timedelta(hours=23, minutes=19)))
    add(_caused(case(Rank.MAJOR, sites[1]), until - timedelta(hours=47, minutes=35)))
    for left in (2.3, 4.6, 7.1):
        add(_assigned(case(Rank.CRITICAL, latest), until - timedelta(hours=24 - left)))
    for site in sites:
        add(_waiting(case(Rank.MINOR, site), until - timedelta(hours=30)))
    add(_late(case(Rank.CRITICAL, sites[0]), until - timedelta(hours=41), taken_on=False))
    add(_late(case(Rank.CRITICAL, sites[1]), until - timedelta(hours=52), taken_on=True))
    add(_caused(case(Rank.MAJOR, sites[2]), until - timedelta(hours=66)))
    assert len(told) == COUNT
    return told


def _case(key: str, rank: Rank, site: DemoSite, hours: Hours, seed: int) -> Case:
    chance = Chance(seed, "finale", key)
    family = chance.weighted({product: product.share[site.code] for product in products()})
    failures = [each for each in family.failures if rank in each.ranks]
    if not failures:  # nothing this grave happens to this family
        family = products()[0]
        failures = [each for each in family.failures if rank in each.ranks]
    language = chance.weighted(site.writes)
    failure, model = chance.pick(failures), chance.pick(family.models)
    buyer = customer(site.code, family, language, chance.number(1, 70))
    return Case(
        key,
        site,
        hours,
        chance,
        family,
        failure,
        rank,
        language,
        buyer,
        model,
        f"{family.lot}{chance.number(200000, 269999)}",
    )


def _unanswered(case: Case, at: datetime) -> Iterator[Step]:
    yield intake.receive(case, at, staffed=False)
    yield intake.acknowledge(case, at + timedelta(minutes=1), actor=case.site.one("web"))


def _assigned(case: Case, at: datetime) -> Iterator[Step]:
    """Assigned at that instant; under investigation since."""
    yield intake.receive(case, at - timedelta(minutes=95), staffed=False)
    yield intake.acknowledge(case, at - timedelta(minutes=80))
    yield intake.contact(case, at - timedelta(minutes=55))
    yield intake.register(case, at - timedelta(minutes=30))
    yield intake.classify(case, at - timedelta(minutes=15))
    yield intake.assign(case, at)
    yield capa.contain(case, at + timedelta(minutes=20), Where.WAREHOUSE)
    yield capa.start(case, at + timedelta(minutes=40))
    yield intake.attach(case, at + timedelta(hours=3), EvidenceKind.PHOTO, case.owner)


def _caused(case: Case, at: datetime) -> Iterator[Step]:
    """The cause is known, the plan is not yet submitted."""
    yield from _assigned(case, at)
    yield capa.found(case, at + timedelta(hours=19), Verdict.CONFIRMED, ["e1"])


def _waiting(case: Case, at: datetime) -> Iterator[Step]:
    """Nothing can be done until the customer answers."""
    yield from _assigned(case, at)
    yield intake.ask(case, at + timedelta(hours=5), "customer")


def _late(case: Case, at: datetime, *, taken_on: bool) -> Iterator[Step]:
    """The cause should have been known hours ago."""
    yield from _assigned(case, at)
    if taken_on:
        yield capa.take_on(case, at + timedelta(hours=26), "root_cause/1")

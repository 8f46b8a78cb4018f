"""A year of complaints at three sites, ending at a given instant: seeded, so always the same."""

from __future__ import annotations

import heapq
from bisect import bisect
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import lru_cache
from itertools import accumulate, takewhile

from services.demo import finale, plot
from services.demo.case import Case
from services.demo.catalogue import Failure, Product, products
from services.demo.chance import Chance
from services.demo.customers import customer
from services.demo.organisation import SITES, DemoSite, Hours
from services.demo.plot import Fate
from services.demo.scenario import Step
from shared.events.words import Verdict
from shared.kernel.values import Rank

SEED = 2_026
COMPLAINTS = 2_000
YEAR = timedelta(days=365)
PRELUDE = timedelta(days=63)
"""The worked cases are played first, so the first page has something to show within seconds; then the year begins."""

SHARE = {"sz": 0.5, "dresden": 0.28, "monterrey": 0.22}
RANKS = {Rank.CRITICAL: 4.0, Rank.MAJOR: 18.0, Rank.MINOR: 53.0, Rank.NEGLIGIBLE: 25.0}
WEEKDAYS = (1.25, 1.1, 1.0, 0.97, 0.9, 0.22, 0.14)
HOLIDAY = 0.15
ONLINE_HOURS = (2, 1, 1, 1, 1, 2, 5, 9, 14, 18, 18, 16, 12, 13, 16, 16, 15, 14, 13, 14, 15, 13, 9, 5)
COMPLAINTS_PER_BAD_LOT = 140
"""One lot in so many complaints has gone wrong, and brings about ten of them."""


@dataclass(frozen=True)
class Arrival:
    """A complaint that will come in."""

    site: DemoSite
    at: datetime
    staffed: bool
    product: Product
    failure: Failure
    rank: Rank
    lot: str
    cluster: int | None = None


def begins(until: datetime) -> datetime:
    """Where the clock of the demonstration's home stands at first: midnight, before the worked cases."""
    first = (until - YEAR - PRELUDE).astimezone(UTC)
    return first.replace(hour=0, minute=0, second=0, microsecond=0)


def steps(until: datetime, seed: int = SEED, complaints: int = COMPLAINTS) -> Iterator[Step]:
    """Every step of the year in global time order, up to `until`."""
    hours = {code: Hours(site, begins(until), until) for code, site in SITES.items()}
    told = finale.cases(until, seed, hours) + _year(until, seed, complaints - finale.COUNT, hours)
    merged = heapq.merge(*told, key=lambda step: (step.at, step.case, step.number))
    return takewhile(lambda step: step.at < until, merged)


def _year(until: datetime, seed: int, complaints: int, hours: dict[str, Hours]) -> list[Iterable[Step]]:
    told: list[Iterable[Step]] = []
    leads: dict[int, tuple[str, datetime, datetime]] = {}
    arrivals = sorted(_arrivals(until, seed, complaints, hours), key=lambda arrival: arrival.at)
    for number, arrival in enumerate(arrivals, 1):
        key = f"{arrival.site.code}-{number}"
        case = new_case(key, arrival, hours[arrival.site.code], seed)
        fate = _fate(case)
        if arrival.cluster is None:
            told.append(plot.tell(case, arrival.at, arrival.staffed, fate))
            continue
        lead = leads.get(arrival.cluster)
        if lead is None:
            # The first case of a bad lot is told to its end, because the later ones depend on when it closes.
            whole = list(plot.tell(case, arrival.at, arrival.staffed, Fate(slow_cause=fate.slow_cause)))
            closes = next(step.at for step in whole if step.path.endswith("/close"))
            leads[arrival.cluster] = key, whole[0].at, closes
            told.append(whole)
            continue
        open_long_enough = arrival.at + timedelta(days=9) < lead[2]
        merged = open_long_enough and case.chance.happens(0.75)
        fate = replace(fate, ends="merged" if merged else "closed", lead=lead[0])
        told.append(plot.tell(case, arrival.at, arrival.staffed, fate))
    return told


def new_case(key: str, arrival: Arrival, hours: Hours, seed: int) -> Case:
    """A case with its product, its customer and its people."""
    chance = Chance(seed, "case", key)
    language = chance.weighted(arrival.site.writes)
    buyer = customer(arrival.site.code, arrival.product, language, chance.number(1, 70))
    model = chance.pick(arrival.product.models)
    return Case(
        key,
        arrival.site,
        hours,
        chance,
        arrival.product,
        arrival.failure,
        arrival.rank,
        language,
        buyer,
        model,
        arrival.lot,
    )


def _fate(case: Case) -> Fate:
    chance, rank = case.chance, case.rank
    verdict = chance.weighted(
        {
            Verdict.CONFIRMED: 62 if rank in plot.GRAVE else 38,
            Verdict.PRESUMED: 20 if rank in plot.GRAVE else 30,
            Verdict.NO_TROUBLE_FOUND: 0 if rank == Rank.CRITICAL else 8 if rank == Rank.MAJOR else 20,
            Verdict.USE_ERROR: 0 if rank == Rank.CRITICAL else 6,
        }
    )
    remedied = verdict in (Verdict.CONFIRMED, Verdict.PRESUMED)
    return Fate(
        ends="withdrawn" if rank != Rank.CRITICAL and chance.happens(0.07) else "closed",
        verdict=verdict,
        failed_verification=remedied and chance.happens(0.06),
        reopened=chance.happens(0.03),
        slow_cause=chance.happens(0.07),
        slow_closure=chance.happens(0.07),
        slow_contact=chance.happens(0.05),
    )


# ── when and what ─────────────────────────────────────────────────────────────────────────────────────────────────────
def _arrivals(until: datetime, seed: int, complaints: int, hours: dict[str, Hours]) -> Iterator[Arrival]:
    chance = Chance(seed, "arrivals")
    first = until - YEAR
    clusters = list(_clusters(chance, complaints // COMPLAINTS_PER_BAD_LOT, first, until))
    in_clusters = sum(size for _, _, _, _, size, _ in clusters)
    days = {code: _Days(site, hours[code], first, until) for code, site in SITES.items()}
    for number, (site, product, failure, lot, size, window) in enumerate(clusters):
        for _ in range(size):
            at, staffed = days[site.code].pick(chance, *window)
            rank = _rank_of(chance, failure)
            yield Arrival(site, at, staffed, product, failure, rank, lot, number)
    for _ in range(complaints - in_clusters):
        site = SITES[chance.weighted(SHARE)]
        at, staffed = days[site.code].pick(chance, first, until)
        rank = chance.weighted(RANKS)
        product, failure = any_failure(chance, site, rank, at.month)
        yield Arrival(site, at, staffed, product, failure, rank, _lot(chance, product, at))


def _clusters(
    chance: Chance, count: int, first: datetime, until: datetime
) -> Iterator[tuple[DemoSite, Product, Failure, str, int, tuple[datetime, datetime]]]:
    """Lots that went wrong: the same failure again and again for some weeks."""
    for _ in range(count):
        site = SITES[chance.weighted(SHARE)]
        product = chance.weighted({product: product.share[site.code] for product in products()})
        failure = chance.pick([each for each in product.failures if "3" in each.ranks and len(each.ranks) > 1][:3])
        begin = first + timedelta(days=chance.between(10, 335))
        window = begin, min(begin + timedelta(days=chance.between(12, 40)), until)
        yield site, product, failure, _lot(chance, product, begin), chance.number(5, 17), window


def _rank_of(chance: Chance, failure: Failure) -> Rank:
    return chance.weighted(
        {rank: weight for rank, weight in RANKS.items() if rank in failure.ranks and rank != Rank.CRITICAL}
    )


def any_failure(chance: Chance, site: DemoSite, rank: Rank, month: int) -> tuple[Product, Failure]:
    """What a complaint of this grade may be about, at this site in this month."""
    return chance.weighted(_failures(site.code, rank, month))


@lru_cache(maxsize=256)
def _failures(site: str, rank: Rank, month: int) -> dict[tuple[Product, Failure], float]:
    return {
        (product, failure): product.share[site] * product.months[month - 1] * failure.weight
        for product in products()
        for failure in product.failures
        if rank in failure.ranks
    }


def _lot(chance: Chance, product: Product, at: datetime) -> str:
    made = at - timedelta(days=chance.number(20, 240))
    return f"{product.lot}{made:%y%m%d}{chance.number(1, 9):03}"


class _Days:
    """The days of the year at a site, each as busy as its weekday, its season and its holidays make it."""

    def __init__(self, site: DemoSite, hours: Hours, first: datetime, until: datetime) -> None:
        self.site, self.hours, self.first, self.until = site, hours, first, until
        self.one = first.astimezone(site.tz).date()
        days = [self.one + timedelta(days=n) for n in range((until.astimezone(site.tz).date() - self.one).days + 1)]
        self.weights = list(accumulate((self._busy(day) for day in days), initial=0.0))

    def pick(self, chance: Chance, since: datetime, before: datetime) -> tuple[datetime, bool]:
        """An instant in the window, and whether somebody is at the desk then."""
        low, high = (max(0, (at.astimezone(self.site.tz).date() - self.one).days) for at in (since, before))
        while True:
            mark = chance.between(self.weights[low], self.weights[min(high + 1, len(self.weights) - 1)])
            day = self.one + timedelta(days=min(bisect(self.weights, mark), len(self.weights) - 1) - 1)
            open_hours = self.hours.office.hours(day)
            staffed = bool(open_hours) and chance.happens(0.6)
            if staffed:
                opens, closes = chance.pick(open_hours)
                at = datetime.fromtimestamp(chance.number(opens, closes - 60), UTC)
            else:
                hour = chance.weighted(dict(enumerate(ONLINE_HOURS)))
                local = datetime.combine(day, time(hour, chance.number(0, 59), chance.number(0, 59)), self.site.tz)
                at = local.astimezone(UTC)
            if self.first <= at < self.until - timedelta(minutes=2):
                return at, staffed

    def _busy(self, day: date) -> float:
        busy = WEEKDAYS[day.weekday()]
        return busy * HOLIDAY if day in self.hours.office.holidays else busy

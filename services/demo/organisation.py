# ruff: noqa: E501  (Chinese characters count as two columns)
"""The three sites of the demonstration and the people who work there. All of them are invented."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import cached_property
from zoneinfo import ZoneInfo

from services.sla_watch.published_calendars import for_zone, published
from shared.clocks.calendars import WorkCalendar
from shared.events.organisation import Role
from shared.events.words import Department

_LETTERS = "0123456789abcdefghjkmnpqrstvwxyz"
_EVERY_DAY = (((time(7), time(21)),),) * 7


@dataclass(frozen=True)
class Staff:
    """Someone, or some service, that acts in the demonstration."""

    key: str
    name: str
    site: str
    roles: tuple[Role, ...]
    service: bool = False

    @cached_property
    def id(self) -> str:
        """Pseudonymous, and the same in every demonstration."""
        digest = hashlib.sha256(f"demo {self.key}".encode()).digest()
        return ("s-" if self.service else "p-") + "".join(_LETTERS[byte % 32] for byte in digest[:6])

    @property
    def email(self) -> str | None:
        return None if self.service else f"{self.key}@example.com"


@dataclass(frozen=True)
class DemoSite:
    """A site, the languages its customers write, and its people by post."""

    code: str
    title: str
    zone: str
    language: str
    writes: dict[str, float]
    staff: tuple[Staff, ...]
    pack: str | None = None
    """The shipped policy pack that it goes by, from before its first case; None where grades are free."""

    def holding(self, role: Role) -> list[Staff]:
        """Everyone in a post of this role."""
        return [each for each in self.staff if role in each.roles and not each.service]

    def one(self, key: str) -> Staff:
        """The person in the post, for example `qe1`."""
        return next(each for each in self.staff if each.key == f"{self.code}-{key}")

    @cached_property
    def tz(self) -> ZoneInfo:
        return ZoneInfo(self.zone)


class Hours:
    """When a site works, and when its people on duty are about for what cannot wait: every day from seven to nine."""

    def __init__(self, site: DemoSite, begins: datetime, until: datetime) -> None:
        country = for_zone(site.zone)
        assert country is not None
        years = range((begins - timedelta(days=1)).year, (until + timedelta(days=1)).year + 2)
        self.office: WorkCalendar = published(country, None, site.zone, None, years)
        self.duty = WorkCalendar("duty", 1, site.zone, _EVERY_DAY)


_POSTS: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("cs1", (Role.CUSTOMER_SERVICE,)),
    ("cs2", (Role.CUSTOMER_SERVICE,)),
    ("cs3", (Role.CUSTOMER_SERVICE,)),
    ("sup", (Role.SERVICE_SUPERVISOR,)),
    ("qe1", (Role.QUALITY_ENGINEER,)),
    ("qe2", (Role.QUALITY_ENGINEER,)),
    ("qe3", (Role.QUALITY_ENGINEER,)),
    ("qh", (Role.QUALITY_HEAD,)),
    ("rnd1", (Role.RND,)),
    ("rnd2", (Role.RND,)),
    ("prod1", (Role.PRODUCTION,)),
    ("prod2", (Role.PRODUCTION,)),
    ("sc", (Role.SUPPLY_CHAIN,)),
    ("fin", (Role.FINANCE,)),
    ("head", (Role.DEPT_HEAD,)),
    ("gm", (Role.GENERAL_MANAGER,)),
    ("aud", (Role.AUDITOR,)),
)


def _site(
    code: str, title: str, zone: str, language: str, writes: dict[str, float], portal: str, names: str
) -> DemoSite:
    people = tuple(
        Staff(f"{code}-{post}", name.strip(), code, roles)
        for (post, roles), name in zip(_POSTS, names.split(","), strict=True)
    )
    return DemoSite(
        code,
        title,
        zone,
        language,
        writes,
        (*people, Staff(f"{code}-web", portal, code, (Role.CUSTOMER_SERVICE,), service=True)),
    )


SITES: dict[str, DemoSite] = {
    site.code: site
    for site in (
        _site(
            "sz", "深圳工厂 Shenzhen", "Asia/Shanghai", "zh", {"zh": 82, "en": 18}, "客户门户 (Customer portal)",
            "林晓雯, 何嘉欣, 周子轩, 郑丽华, 王建国, 刘思敏, 陈浩然, 许文静, 黄志强, 吴雨桐, 孙大勇, 马春燕, 高俊杰, 罗雪梅, 谢国栋, 梁振宇, 宋慧",
        ),
        _site(
            "dresden", "Werk Dresden", "Europe/Berlin", "en", {"de": 78, "en": 22}, "Kundenportal",
            "Katrin Vogel, Jonas Seidel, Miriam Böhme, Uwe Lehmann, Stefan Krause, Anja Hartmann, Tobias Nitzsche, Dr. Sabine Roth,"
            "Felix Baumgart, Lena Scholz, Jürgen Pohl, Heike Ziegler, Markus Thiele, Birgit Arnold, Carsten Lorenz, Dr. Henrik Sommer,"
            "Ines Kühn",
        ),
        _site(
            "monterrey", "Planta Monterrey", "America/Monterrey", "en", {"es": 80, "en": 20}, "Portal de clientes",
            "María Fernanda Garza, Luis Cantú, Ximena Treviño, Patricia Elizondo, Alejandro Villarreal, Sofía Cavazos, Raúl Montemayor,"
            "Gabriela Salinas, Héctor Zambrano, Daniela Leal, José Luis Rangel, Lucía Ochoa, Ricardo Sada, Verónica Guajardo,"
            "Eduardo Benavides, Guadalupe Martínez, Óscar Quiroga",
        ),
    )
}  # fmt: skip

PEOPLE: dict[str, Staff] = {each.key: each for site in SITES.values() for each in site.staff}

INVESTIGATES: dict[Department, Role] = {
    Department.RND: Role.RND,
    Department.PRODUCTION: Role.PRODUCTION,
    Department.SUPPLY_CHAIN: Role.SUPPLY_CHAIN,
    Department.LOGISTICS: Role.SUPPLY_CHAIN,
    Department.AFTERSALES: Role.DEPT_HEAD,
    Department.QUALITY: Role.QUALITY_ENGINEER,
}

"""The organisation around the cases: this installation, its sites, people, calendars and numbers."""

from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from shared.events.complaint import Says
from shared.events.policy import PolicyActivated, PolicyMigrated
from shared.kernel.fact import Event
from shared.kernel.personal import Employee, Personal
from shared.kernel.values import Code, ComplaintId, Day, Instant, Line, PersonId, Sha256, SiteCode, Text


class Role(StrEnum):
    """The canonical roles (domain §1.3), each held at named sites."""

    OWNER = "owner"
    CUSTOMER_SERVICE = "customer_service"
    SERVICE_SUPERVISOR = "service_supervisor"
    QUALITY_ENGINEER = "quality_engineer"
    QUALITY_HEAD = "quality_head"
    RND = "rnd"
    PRODUCTION = "production"
    SUPPLY_CHAIN = "supply_chain"
    FINANCE = "finance"
    DEPT_HEAD = "dept_head"
    GENERAL_MANAGER = "general_manager"
    AUDITOR = "auditor"
    CUSTOMER_LIAISON = "customer_liaison"
    AFTERSALES_MANAGER = "aftersales_manager"
    MARKETING_HEAD = "marketing_head"
    TECHNICAL = "technical"
    RND_HEAD = "rnd_head"
    PROJECT_PLANNING = "project_planning"
    PURCHASING = "purchasing"
    LOGISTICS = "logistics"
    WAREHOUSE = "warehouse"
    DEPT_SUPERVISOR = "dept_supervisor"
    CHAIRMAN = "chairman"
    FIELD_ENGINEER = "field_engineer"
    PROJECT_MANAGER = "project_manager"


# ── the installation ──────────────────────────────────────────────────────────────────────────────────────────────────
class LedgerOpened(Event):
    """The first fact of every ledger: which ledger this is, and whether its time is simulated for ever."""

    TOPIC: ClassVar[str] = "home.LedgerOpened"
    SAYS: ClassVar[Says] = {
        "en": "Ledger {ledger_id} opened, simulated: {simulated}",
        "zh": "账本{ledger_id}启用，模拟：{simulated}",
    }

    ledger_id: Line
    simulated: bool = False


class ClockSet(Event):
    """The simulated clock was moved forward, to stand still there or to run on from there."""

    TOPIC: ClassVar[str] = "home.ClockSet"
    SAYS: ClassVar[Says] = {
        "en": "Simulated clock set to {to}, running: {running}",
        "zh": "模拟时钟拨到{to}，运行：{running}",
    }

    to: Instant
    running: bool = False
    real_at: Instant | None = None
    """The machine's own time at that moment, so that a restart knows how far the clock has run since."""


class LedgerRestored(Event):
    """The ledger was put back from a backup. What was recorded after that position had been lost, acknowledged or not.

    Ours (trust.md, matrix row 18): a restore is told in the ledger itself, as the first fact of its new epoch, so that
    whoever has read further before knows what never happened in this history.
    """

    TOPIC: ClassVar[str] = "home.LedgerRestored"
    SAYS: ClassVar[Says] = {
        "en": "Ledger restored from a backup of {taken_at}: what followed position {position} then is not in it",
        "zh": "账本由{taken_at}的备份恢复：当时位置{position}之后的记录不在其中",
    }

    position: Annotated[int, Field(ge=0)]
    """The last one in the backup."""
    taken_at: Instant
    from_epoch: Annotated[int, Field(ge=1)]


# ── sites ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def _zone(name: str) -> str:
    from zoneinfo import available_timezones

    if name not in available_timezones():
        raise ValueError("is not an IANA time zone; for example Asia/Shanghai")
    return name


Zone = Annotated[str, Field(max_length=64), AfterValidator(_zone)]


class SiteOpened(Event):
    """A site takes complaints from now on, in its zone; its owner holds every role there that nobody else holds."""

    TOPIC: ClassVar[str] = "site.SiteOpened"
    SAYS: ClassVar[Says] = {"en": "Site {site} opened: {title}, {zone}", "zh": "工厂{site}启用：{title}，{zone}"}

    site: SiteCode
    title: Line
    zone: Zone
    calendar: Code
    owner: PersonId
    language: Annotated[str, Field(pattern="^(en|zh)$")] = "en"


class CalendarAssigned(Event):
    """A site works by another calendar from now on."""

    TOPIC: ClassVar[str] = "site.CalendarAssigned"
    SAYS: ClassVar[Says] = {
        "en": "Site {site} works by calendar {calendar} instead of {was}: {reason}",
        "zh": "工厂{site}改用日历{calendar}（原{was}）：{reason}",
    }

    site: SiteCode
    calendar: Code
    was: Code
    reason: Line


# ── people ────────────────────────────────────────────────────────────────────────────────────────────────────────────
class PersonAdded(Event):
    """A person or service may act from now on; roles and tokens follow."""

    TOPIC: ClassVar[str] = "person.PersonAdded"
    SAYS: ClassVar[Says] = {"en": "{name} added as {person}", "zh": "添加{name}（{person}）"}

    person: PersonId
    name: Personal[Line, Employee]
    email: Personal[Line, Employee] | None = None
    service: bool = False


class PersonChanged(Event):
    """What a person is called, or can be written to at, is another now; everything else stays."""

    TOPIC: ClassVar[str] = "person.PersonChanged"
    SAYS: ClassVar[Says] = {
        "en": "{person} is now called {name}, e-mail {email}",
        "zh": "{person}现名{name}，电子邮件{email}",
    }

    person: PersonId
    name: Personal[Line, Employee]
    email: Personal[Line, Employee] | None = None


class RoleGranted(Event):
    """The person holds a role at a site from now on."""

    TOPIC: ClassVar[str] = "person.RoleGranted"
    SAYS: ClassVar[Says] = {"en": "{person} granted {role} at {site}", "zh": "授予{person}在{site}的{role}"}

    person: PersonId
    role: Role
    site: SiteCode


class RoleEnded(Event):
    """The person no longer holds a role at a site."""

    TOPIC: ClassVar[str] = "person.RoleEnded"
    SAYS: ClassVar[Says] = {
        "en": "{role} of {person} at {site} ended: {reason}",
        "zh": "终止{person}在{site}的{role}：{reason}",
    }

    person: PersonId
    role: Role
    site: SiteCode
    reason: Text


class StandInNamed(Event):
    """The person stands in for another one in a role at a site, up to and including a day (approval chains: delegates)."""

    TOPIC: ClassVar[str] = "person.StandInNamed"
    SAYS: ClassVar[Says] = {
        "en": "{person} stands in for {of} as {role} at {site} until {until}: {reason}",
        "zh": "{person}代理{of}在{site}的{role}，至{until}：{reason}",
    }

    person: PersonId
    of: PersonId
    role: Role
    site: SiteCode
    until: Day
    reason: Text


class StandInEnded(Event):
    """The person no longer stands in for another one."""

    TOPIC: ClassVar[str] = "person.StandInEnded"
    SAYS: ClassVar[Says] = {
        "en": "{person} no longer stands in for {of} as {role} at {site}: {reason}",
        "zh": "{person}不再代理{of}在{site}的{role}：{reason}",
    }

    person: PersonId
    of: PersonId
    role: Role
    site: SiteCode
    reason: Text


class TokenIssued(Event):
    """A bearer token was made for the person; only the SHA-256 of its 256 random bits is kept."""

    TOPIC: ClassVar[str] = "person.TokenIssued"
    SAYS: ClassVar[Says] = {
        "en": "Token {token_id} issued to {person}: {label}",
        "zh": "为{person}签发令牌{token_id}：{label}",
    }

    person: PersonId
    token_id: Code
    sha256: Sha256
    label: Line
    expires_at: Instant | None = None


class TokenRevoked(Event):
    """A token is worth nothing from now on."""

    TOPIC: ClassVar[str] = "person.TokenRevoked"
    SAYS: ClassVar[Says] = {"en": "Token {token_id} of {person} revoked", "zh": "吊销{person}的令牌{token_id}"}

    person: PersonId
    token_id: Code


# ── numbers ───────────────────────────────────────────────────────────────────────────────────────────────────────────
class NumberTaken(Event):
    """The next case number of a site and period; taken in the same transaction as `Received`, so without gaps."""

    TOPIC: ClassVar[str] = "numbers.NumberTaken"
    SAYS: ClassVar[Says] = {"en": "Number {case_no} taken", "zh": "取号{case_no}"}

    case_no: Line
    complaint: ComplaintId


HomeEvent = LedgerOpened | ClockSet | LedgerRestored
SiteEvent = SiteOpened | CalendarAssigned | PolicyActivated | PolicyMigrated
PersonEvent = (
    PersonAdded | PersonChanged | RoleGranted | RoleEnded | StandInNamed | StandInEnded | TokenIssued | TokenRevoked
)
NumbersEvent = NumberTaken

"""A policy pack: one company's procedure as data. Everything a site may decide differently stands here, nothing in code.

A pack says only what it changes; the rest comes from the pack it `extends` (domain §4.7). `effective` lays them over one another.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Annotated, Any, Literal, cast

from pydantic import AfterValidator, Field

from shared.events.words import ActionKind, Category, Demand, Department, Meaning, Method, Verdict
from shared.kernel.values import Code, Line
from shared.policy.conditions import Condition
from shared.policy.notice_rules import Notifications
from shared.policy.promise_terms import Both, ClauseTerms, Rebase, RoleName, Rung, Section, TargetText, Times
from shared.policy.reply_templates import Wording

ANY_GRADE = ("all", "other", "rank1", "rank2", "rank3", "rank4")


def _condition(text: str) -> str:
    Condition.parse(text)
    return text


def _share(text: str) -> str:
    over, _, under = text.partition("/")
    if int(under or 1) == 0 or Fraction(int(over), int(under or 1)) > 1:
        raise ValueError(f"{text} is no share; it lies between 0 and 1, for example 1/5")
    return text


ConditionText = Annotated[str, AfterValidator(_condition)]
RankNo = Annotated[int, Field(ge=1, le=4)]
UpToRank = Annotated[int, Field(ge=0, le=4)]
"""Holds for this rank and graver ones; 0 means for none."""


class Meta(Section):
    """Which pack it is."""

    id: Code
    version: Annotated[int, Field(ge=1, le=9_999)]
    title: Both
    source: Line | None = None
    extends: Code | None = None
    overlay: bool = False
    """Laid over the pack of a site, whichever it is, for what the law or a customer demands: that goes before the site's own."""


class Level(Section):
    """One grade of a scheme."""

    code: Code
    rank: RankNo
    label: Both
    inferred: bool = False
    """The source does not name it; it was added to make the scheme whole."""


class GradeRule(Section):
    """If the condition holds, and none before it did, the grade is `code`."""

    id: Code
    when: ConditionText
    code: Code


class GradeScheme(Section):
    """The grades of a pack, gravest first, and the rules that find them."""

    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=12)]
    rules: Annotated[tuple[GradeRule, ...], Field(min_length=1, max_length=60)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    """What the rules count `unit_price_minor` in. Without it the price of a product has to be given with the facts."""
    presumed_at_intake: bool = False
    """A grade given before registration is presumed, whatever is known (S4-89)."""

    def level(self, code: str) -> Level | None:
        """The level of a code."""
        return next((level for level in self.levels if level.code == code), None)


class ChainStep(Section):
    """One signature of an approval chain (domain §1.4)."""

    role: RoleName
    meaning: Meaning
    may_be_pending: bool = False
    """May sign after the fact (S2-29)."""
    when_compensation: bool = False
    """Only asked for when money is paid (S4-61)."""
    within: TargetText | None = None


class Guards(Section):
    """Parameters of the guards (domain §4.4.3)."""

    min_8d_rank: UpToRank | None = None
    min_capa_rank: UpToRank | None = None
    """Up to this rank a plan holds a corrective or preventive action besides the correction."""
    preventive_rank: UpToRank | None = None
    """Up to this rank a plan holds both a corrective and a preventive action (S2-41)."""
    smart_rank: UpToRank | None = None
    """Up to this rank every action names its resources and a metric with target and window (S0-39, S3-30)."""
    milestones_after_days: Annotated[int, Field(ge=1, le=3_650)] | None = None
    """An action that takes longer has days on its way (S0-43)."""
    require_pre_validation: bool | None = None
    final_grade: bool | None = None
    min_soak: Annotated[str, Field(pattern=r"^(PT0S|PT\d+[HM]|wd\d+|cd\d+)$")] | None = None
    reopen_window_days: Annotated[int, Field(ge=0, le=3_650)] | None = None
    least_symptom_width: Annotated[int, Field(ge=1, le=200)] | None = None
    evidence_per_cause: Annotated[int, Field(ge=0, le=20)] | None = None
    occurrence_and_escape_rank: UpToRank | None = None
    containment_rank: UpToRank | None = None
    standards_updated_rank: UpToRank | None = None
    read_across_rank: UpToRank | None = None
    reportability_required: bool | None = None
    waiver_requires_similar_case: bool | None = None
    case_study_rank: UpToRank | None = None


class Remedy(Section):
    """One thing offered to the customer (S1-36 to S1-38)."""

    kind: Demand | Literal["warranty_extension", "coupon", "gift", "cosmetic_repair_note", "loan_unit"]
    amount_minor: Annotated[int, Field(ge=0, le=10**12)] | None = None
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] | None = None
    months: Annotated[int, Field(ge=1, le=240)] | None = None
    percent: Annotated[int, Field(ge=1, le=100)] | None = None
    free: bool | None = None


Share = Annotated[str, Field(pattern=r"^\d{1,6}(/\d{1,6})?$"), AfterValidator(_share)]
"""An exact fraction such as 1/5; never a float."""


class Tier(Section):
    """One tier of the allocation: fixed + (cost − from) × rate, up to and including `upto` (minor units)."""

    upto: Annotated[int, Field(ge=1)] | None
    from_: Annotated[int, Field(ge=0, alias="from")]
    fixed: Annotated[int, Field(ge=0)]
    rate: Share


Tiers = Annotated[tuple[Tier, ...], Field(min_length=1, max_length=12)]
Currency = Annotated[str, Field(pattern=r"^[A-Z]{3}$")]


class LogisticsAllocation(Section):
    """How the cost of freight and loss is shared (S2-50 to S2-53); every ambiguity has a name (domain §1.6)."""

    base: Literal["freight_plus_loss", "freight"]
    scope: Literal["item", "department_week"]
    tiers: Tiers
    currency: Currency
    other_currencies: dict[Currency, Tiers] = Field(default_factory=dict)
    """The same bounds in other money: nothing is converted."""
    bounds: Literal["inclusive", "exclusive"] = "inclusive"
    """Whether a tier holds its upper bound (Civil Code art. 1259: it does); continuous tiers give the same either way."""
    supervisor_share: Share
    share_of: Literal["item", "department_total"] = "item"
    """Whether the supervisor's share is rounded for each item, or once for the total of the department."""
    rounding: Literal["half_up"]
    multi_department: Literal["split_then_tier", "tier_then_split"]
    persons: Literal["equal_unless_recorded"]

    def tiers_in(self, currency: str) -> tuple[Tier, ...]:
        """The tiers for costs in a currency; empty when the policy has none."""
        return self.tiers if currency == self.currency else self.other_currencies.get(currency, ())


class DelayCharge(Section):
    """What a department is charged for each day of delay (S2-47, S2-48), in minor units."""

    plan_late_per_day: Annotated[int, Field(ge=0, le=10**9)]
    execution_late_per_day: Annotated[int, Field(ge=0, le=10**9)]
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")]
    day_count: Literal["started_working_days", "started_calendar_days", "full_days"]
    stop_at: Literal["submitted", "approved"]


class MoneyRules(Section):
    """Which charges a site may propose at all. Charges against persons need `legal_ack` besides (domain §1.6, Legal guard)."""

    person_level_enabled: bool | None = None
    department_level_enabled: bool | None = None
    delay_charge_enabled: bool | None = None
    legal_ack: Line | None = None
    delay_charge: DelayCharge | None = None
    logistics_allocation: LogisticsAllocation | None = None


class Stocktake(Section):
    """How an evidence dispute is counted (domain §1.7)."""

    counters: Annotated[tuple[RoleName, ...], Field(min_length=2, max_length=6)]
    include_lineside: bool
    tolerance: Annotated[int, Field(ge=0)]


class Entry(Section):
    """One thing that may be chosen, with its name in both languages."""

    code: Code
    label: Both


Entries = Annotated[tuple[Entry, ...], Field(min_length=1, max_length=200)]


class Catalogs(Section):
    """What may be chosen at a site, of the vocabularies there are."""

    categories: tuple[Category, ...] | None = None
    subcategories: dict[Category, Entries] | None = None
    """The second level below a category; of one that is not named here it is free text."""
    failure_modes: dict[Category, Entries] | None = None
    """The third level, likewise by category."""
    cause_patterns: dict[Code, Entries] | None = None
    """Causes that come up again and again, by domain: product, service, logistics, people, process (S4-02 to S4-04)."""
    departments: tuple[Department, ...] | None = None
    action_kinds: tuple[ActionKind, ...] | None = None
    verdicts: tuple[Verdict, ...] | None = None


class Routing(Section):
    """Which departments a category goes to, and whom the gravest cases reach at once (S0-24 to S0-27, S1-24)."""

    departments: dict[Category, Annotated[tuple[Department, ...], Field(min_length=1)]] | None = None
    rank1_notify: tuple[RoleName, ...] | None = None
    rank1_owner: tuple[RoleName, ...] | None = None


class Pack(Section):
    """A pack as it is written. Only `meta` must be there; see `effective` for a whole policy."""

    meta: Meta
    numbering: Annotated[str, Field(pattern=r"^[A-Za-z0-9{}:_/-]{3,60}$")] | None = None
    calendar_default: Code | None = None
    grade_scheme: GradeScheme | None = None
    tags: GradeScheme | None = None
    """A second, coarser scheme that every case is graded in as well, for the summary of the day (S3-13)."""
    required_fields: tuple[Code, ...] | None = None
    vague_terms: tuple[Line, ...] | None = None
    catalogs: Catalogs | None = None
    routing: Routing | None = None
    customer_voice: tuple[RoleName, ...] | None = None
    clauses: dict[str, ClauseTerms] | None = None
    ladders: dict[Literal["A", "B", "C", "D", "E"], tuple[Rung, ...]] | None = None
    rebase: Rebase | None = None
    time: Times | None = None
    approval_chains: dict[Code, Annotated[tuple[ChainStep, ...], Field(min_length=1, max_length=12)]] | None = None
    methods: tuple[Method | Literal["8d"], ...] | None = None
    guards: Guards | None = None
    remedy_matrix: dict[str, tuple[Remedy, ...]] | None = None
    reviews: tuple[Code, ...] | None = None
    money_rules: MoneyRules | None = None
    stocktake: Stocktake | None = None
    kpi_targets: dict[Code, Line] | None = None
    reply_templates: dict[Code, Wording] | None = None
    report_templates: tuple[Code, ...] | None = None
    distribution: tuple[RoleName, ...] | None = None
    retention_years: Annotated[int, Field(ge=1, le=100)] | None = None
    notifications: Notifications | None = None


def effective(packs: Sequence[Pack]) -> Pack:
    """One pack from several, each laid over those before it: what it says wins, key by key; lists are taken whole.

    The fields an overlay requires are asked for besides the others: it knows nothing of the pack below it.
    """
    whole: dict[str, Any] = {}
    for pack in packs:
        said = pack.model_dump(mode="json", exclude_unset=True, by_alias=True)
        if pack.meta.overlay and said.get("required_fields"):
            said["required_fields"] = [
                *dict.fromkeys([*(whole.get("required_fields") or ()), *said["required_fields"]])
            ]
        whole = _over(whole, said)
    return Pack.model_validate(whole)


def _over(under: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    found = dict(under)
    for key, value in over.items():
        there = found.get(key)
        if isinstance(there, dict) and isinstance(value, dict) and key not in WHOLE:
            found[key] = _over(cast("dict[str, Any]", there), cast("dict[str, Any]", value))
        else:
            found[key] = value
    return found


WHOLE = frozenset({"grade_scheme", "tags", "targets", "regimes", "stops_at", "meta", "remedy_matrix"})
"""Sections that mean something only as a whole: a scheme is not mixed from two."""

"""What must be true of a pack beyond its form: whatever it names exists, every case gets a grade, every target can be met."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence

from shared.clocks.lead import MOST_WARNINGS
from shared.policy.clause_names import CLAUSE_NAMES
from shared.policy.completeness import RECORD_FIELDS
from shared.policy.conditions import Condition, combinations
from shared.policy.notice_rules import faults as notice_faults
from shared.policy.notice_texts import shipped_codes
from shared.policy.pack import (
    ANY_GRADE,
    Catalogs,
    Entry,
    GradeScheme,
    Pack,
    Tier,
    effective,
)
from shared.policy.pack_file import Fault, PackFile, Path
from shared.policy.reply_templates import BLANKS, Wording, blanks

_NEVER = "{} can never match: a rule before it always does, or it contradicts itself"
_TOKENS = re.compile(r"\{(yyyy|mm|dd|site|seq:[1-9])\}")

Packs = Mapping[str, Pack]
"""Id → the latest version known."""


class Unresolvable(Exception):
    """A pack stands on one that is not there, or on itself."""


def lineage(pack: Pack, known: Packs) -> list[Pack]:
    """The pack and what it extends, the most general first; raises Unresolvable."""
    line, seen = [pack], {pack.meta.id}
    while (parent := line[0].meta.extends) is not None:
        if parent in seen:
            raise Unresolvable(f"extends itself by way of {' → '.join(each.meta.id for each in reversed(line))}")
        if parent not in known:
            raise Unresolvable(f"there is no pack {parent!r}; known are {', '.join(sorted(known)) or 'none'}")
        line.insert(0, known[parent])
        seen.add(parent)
    return line


def check(file: PackFile, known: Packs) -> list[Fault]:
    """Every fault of a pack, by line; empty when it can be published."""
    pack = file.pack
    if pack is None:
        return list(file.faults)
    try:
        line = lineage(pack, known)
    except Unresolvable as error:
        return [file.fault(("meta", "extends"), str(error))]
    found = [*_own(pack, effective(line))]
    return sorted({file.fault(path, detail) for path, detail in found})


def _own(pack: Pack, whole: Pack) -> Iterator[tuple[Path, str]]:
    """Faults of what the pack itself says, in the light of the whole."""
    if pack.grade_scheme is not None:
        yield from _scheme(pack.grade_scheme)
    if pack.tags is not None:
        yield from _scheme(pack.tags, "tags")
    if pack.catalogs is not None:
        yield from _catalogs(pack.catalogs, whole)
    codes = {level.code for level in whole.grade_scheme.levels} if whole.grade_scheme else set[str]()
    # An overlay or a base is laid over or under schemes it cannot know.
    grades = None if pack.meta.overlay or not codes else codes
    for name, clause in (pack.clauses or {}).items():
        if name not in CLAUSE_NAMES:
            yield ("clauses", name), f"there is no clause {name}; there are {', '.join(CLAUSE_NAMES)}"
        if clause.regimes is not None:
            yield from _regimes(name, clause.regimes, clause.targets or {})
        elif clause.targets is not None:
            yield from _of_grades(("clauses", name, "targets"), clause.targets, grades)
            if grades is not None:
                yield from _every_grade_has_a_target(name, clause.targets, whole)
        if isinstance(clause.stops_at, dict):
            yield from _of_grades(("clauses", name, "stops_at"), clause.stops_at, grades)
        if not pack.meta.overlay and clause.ladder is not None and clause.ladder not in (whole.ladders or {}):
            yield ("clauses", name, "ladder"), f"there is no ladder {clause.ladder}"
        if len(clause.warn or ()) + len(clause.reminders) > MOST_WARNINGS:
            yield ("clauses", name), f"warns more than {MOST_WARNINGS} times, reminders included"
        if clause.never_pause and (clause.reminders or clause.override_by):
            yield ("clauses", name), "never pauses, so nothing may override it"
    for field in pack.required_fields or ():
        if field not in RECORD_FIELDS:
            yield (
                ("required_fields", (pack.required_fields or ()).index(field)),
                f"there is no field {field!r} in the intake record",
            )
    yield from _of_grades(("remedy_matrix",), pack.remedy_matrix or {}, grades)
    if pack.numbering is not None:
        yield from _numbering(pack.numbering)
    for name, wording in (pack.reply_templates or {}).items():
        yield from _wording(("reply_templates", name), wording)
    if pack.routing is not None and pack.routing.departments is not None and whole.catalogs is not None:
        yield from _routing(pack, whole)
    if pack.money_rules is not None:
        yield from _money(pack)
    if pack.notifications is not None and whole.notifications is not None:
        yield from notice_faults(pack.notifications, whole.notifications, shipped_codes())


def _scheme(scheme: GradeScheme, section: str = "grade_scheme") -> Iterator[tuple[Path, str]]:
    codes = [level.code for level in scheme.levels]
    ranks = [level.rank for level in scheme.levels]
    if len(set(codes)) < len(codes):
        yield (section, "levels"), "two grades have the same code"
    if ranks != sorted(ranks):
        yield (section, "levels"), "the gravest comes first: ranks rise from 1 to 4"
    ids = [rule.id for rule in scheme.rules]
    for number, rule in enumerate(scheme.rules):
        if rule.code not in codes:
            yield (
                (section, "rules", number, "code"),
                f"there is no grade {rule.code!r}; there are {', '.join(codes)}",
            )
        if ids.index(rule.id) < number:
            yield (section, "rules", number, "id"), f"{rule.id} is given twice"
    conditions = tuple(Condition.parse(rule.when) for rule in scheme.rules)
    matched = _matched(conditions)
    if matched is None:
        return
    for number, rule in enumerate(scheme.rules):
        if number not in matched:
            yield (
                (section, "rules", number, "when"),
                _NEVER.format(rule.id),
            )
    if None in matched:
        last = len(scheme.rules) - 1
        yield (section, "rules", last, "when"), 'some cases match no rule; let the last one be `when: "true"`'


def _matched(conditions: Sequence[Condition]) -> set[int | None] | None:
    """Which rules are ever the first to hold (None: there are cases for which none does); None when nobody can say."""
    every = combinations(conditions)
    if every is None:
        return None
    return {next((n for n, condition in enumerate(conditions) if condition.holds(known)), None) for known in every}


def _of_grades(path: Path, by_grade: Mapping[str, object], grades: set[str] | None) -> Iterator[tuple[Path, str]]:
    for grade in by_grade:
        if grades is not None and grade not in grades and grade not in ANY_GRADE:
            yield (*path, grade), f"is no grade of this pack: {', '.join(sorted(grades))}"


def _regimes(name: str, regimes: Mapping[str, object], targets: Mapping[str, str]) -> Iterator[tuple[Path, str]]:
    for regime in targets.keys() - regimes.keys():
        yield ("clauses", name, "targets", regime), f"is no regime of this clause: {', '.join(regimes)}"
    for regime in regimes.keys() - targets.keys():
        yield ("clauses", name, "regimes", regime), "has no target"


def _every_grade_has_a_target(name: str, targets: Mapping[str, str], whole: Pack) -> Iterator[tuple[Path, str]]:
    assert whole.grade_scheme is not None
    if targets.keys() & {"all", "other"}:
        return
    missing = [
        level.code
        for level in whole.grade_scheme.levels
        if level.code not in targets and f"rank{level.rank}" not in targets
    ]
    if missing and len(missing) < len(whole.grade_scheme.levels) and name not in _GRAVE_ONLY:
        yield ("clauses", name, "targets"), f"says nothing of {', '.join(missing)}; add them, or `other`"


_GRAVE_ONLY = frozenset({"CL-NOTIFY-QH", "CL-RECALL", "CL-STOP", "CL-RCA", "CL-PLAN", "CL-CONT"})
"""Promises that may be made for the graver cases alone."""


def _numbering(pattern: str) -> Iterator[tuple[Path, str]]:
    rest = _TOKENS.sub("", pattern)
    if "{" in rest or "}" in rest:
        yield ("numbering",), "allowed in braces: yyyy, mm, dd, site, seq:4"
    if not re.search(r"\{seq:[1-9]\}", pattern):
        yield ("numbering",), "needs {seq:4}, or every case would have the same number"
    elif not re.search(r"(^|[-_])\{seq:[1-9]\}$", pattern):
        yield ("numbering",), "the count comes last, after - or _, so that a number can be found again"
    if "/" in rest or ":" in rest:
        yield ("numbering",), "a number stands in addresses, so it has neither / nor :"


def _wording(path: Path, wording: Wording) -> Iterator[tuple[Path, str]]:
    for language, text in (("en", wording.en), ("zh", wording.zh)):
        for unknown in sorted(blanks(text) - BLANKS):
            yield (*path, language), f"there is no blank {{{unknown}}}; there are {', '.join(sorted(BLANKS))}"


def _catalogs(catalogs: Catalogs, whole: Pack) -> Iterator[tuple[Path, str]]:
    known = whole.catalogs.categories if whole.catalogs is not None else None
    for level, by_category in (("subcategories", catalogs.subcategories), ("failure_modes", catalogs.failure_modes)):
        for category, entries in (by_category or {}).items():
            if known is not None and category not in known:
                yield ("catalogs", level, category.value), "is not among catalogs.categories"
            yield from _told_once(("catalogs", level, category.value), entries, set())
    seen = set[str]()
    for domain, entries in (catalogs.cause_patterns or {}).items():
        yield from _told_once(("catalogs", "cause_patterns", domain), entries, seen)


def _told_once(path: Path, entries: Sequence[Entry], seen: set[str]) -> Iterator[tuple[Path, str]]:
    for number, entry in enumerate(entries):
        if entry.code in seen:
            yield (*path, number, "code"), f"{entry.code} is given twice"
        seen.add(entry.code)


def _routing(pack: Pack, whole: Pack) -> Iterator[tuple[Path, str]]:
    assert pack.routing is not None and whole.catalogs is not None
    for category, departments in (pack.routing.departments or {}).items():
        if whole.catalogs.categories is not None and category not in whole.catalogs.categories:
            yield ("routing", "departments", category.value), "is not among catalogs.categories"
        for department in departments:
            if whole.catalogs.departments is not None and department not in whole.catalogs.departments:
                yield ("routing", "departments", category.value), f"{department} is not among catalogs.departments"


def _money(pack: Pack) -> Iterator[tuple[Path, str]]:
    rules = pack.money_rules
    assert rules is not None
    if rules.person_level_enabled and rules.legal_ack is None:
        yield (
            ("money_rules", "person_level_enabled"),
            "charges against persons need legal_ack: who has examined the law, and when",
        )
    if (allocation := rules.logistics_allocation) is not None:
        yield from _tiers(("money_rules", "logistics_allocation", "tiers"), allocation.tiers)
        for currency, tiers in allocation.other_currencies.items():
            yield from _tiers(("money_rules", "logistics_allocation", "other_currencies", currency), tiers)


def _tiers(path: Path, tiers: Sequence[Tier]) -> Iterator[tuple[Path, str]]:
    for number, tier in enumerate(tiers):
        if (tier.upto is None) != (number == len(tiers) - 1):
            yield (*path, number), "only the last tier is open (upto: null)"
        if tier.from_ != (tiers[number - 1].upto if number else 0):
            yield (
                (*path, number, "from"),
                "begins where the tier before ends" if number else "the first tier begins at 0",
            )
        if tier.fixed > tier.from_:
            yield (*path, number, "fixed"), "more than the cost would be shared"

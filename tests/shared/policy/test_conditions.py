"""Conditions over the fact vocabulary: what can be said, what is refused, and what follows from facts that are not known."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.policy.conditions import LONGEST, VOCABULARY, Condition, combinations


def holds(text: str, **known: Any) -> bool | None:
    return Condition.parse(text).holds(known)


# ── what can be said ──────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("safety_hazard", {"safety_hazard": True}, True),
        ("not safety_hazard", {"safety_hazard": True}, False),
        ("units_affected > 1", {"units_affected": 1}, False),
        ("units_affected >= 1", {"units_affected": 1}, True),
        ("units_affected < 1", {"units_affected": 0}, True),
        ("units_affected <= 1", {"units_affected": 2}, False),
        ("units_affected != 1", {"units_affected": 2}, True),
        ("case_kind == 'suggestion'", {"case_kind": "suggestion"}, True),
        ("case_kind != 'suggestion'", {"case_kind": "suggestion"}, False),
        ('origin == "internal_audit"', {"origin": "internal_audit"}, True),
        ("downtime and (spoilage or units_affected == 3)", {"downtime": True, "spoilage": False, "units_affected": 3}, True),
        ("safety_hazard or downtime and spoilage", {"safety_hazard": True, "downtime": False, "spoilage": False}, True),
        ("true", {}, True),
        ("false or true", {}, True),
        ("True", {}, True),
        ("  safety_hazard  ", {"safety_hazard": True}, True),
    ],
)  # fmt: skip
def test_a_condition_holds_or_does_not(text: str, known: dict[str, Any], expected: bool):
    assert holds(text, **known) is expected


def test_it_names_the_facts_it_asks_for_in_the_order_of_the_vocabulary():
    assert Condition.parse("units_affected > 1 or not safety_hazard or true").facts == (
        "safety_hazard",
        "units_affected",
    )


# ── what is not known ─────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "known", "expected"),
    [
        ("safety_hazard", {}, None),
        ("not safety_hazard", {}, None),
        ("units_affected > 1", {}, None),
        ("case_kind == 'suggestion'", {"case_kind": None}, None),
        ("safety_hazard or downtime", {"downtime": True}, True),
        ("safety_hazard or downtime", {"downtime": False}, None),
        ("safety_hazard and downtime", {"downtime": False}, False),
        ("safety_hazard and downtime", {"downtime": True}, None),
        ("safety_hazard or true", {}, True),
    ],
)
def test_what_is_not_known_leaves_open_only_what_depends_on_it(text: str, known: dict[str, Any], expected: bool | None):
    assert holds(text, **known) is expected


FACTS = {name: kind for name, kind in VOCABULARY.items() if kind in (bool, int)}
WHOLE_NUMBERS = st.integers(0, 4)
ATOMS = st.one_of(
    st.sampled_from([name for name, kind in FACTS.items() if kind is bool]),
    st.builds(
        "{} {} {}".format,
        st.sampled_from([name for name, kind in FACTS.items() if kind is int]),
        st.sampled_from(["==", "!=", "<", "<=", ">", ">="]),
        WHOLE_NUMBERS,
    ),
    st.sampled_from(["true", "false", "case_kind == 'enquiry'", "case_kind != 'praise'"]),
)
CONDITIONS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.builds("not ({})".format, inner),
        st.builds("({}) {} ({})".format, inner, st.sampled_from(["and", "or"]), inner),
    ),
    max_leaves=6,
).filter(lambda text: len(text) <= LONGEST)
EVERYTHING = st.fixed_dictionaries(
    {
        **{name: st.booleans() if kind is bool else WHOLE_NUMBERS for name, kind in FACTS.items()},
        "case_kind": st.sampled_from(["enquiry", "praise", "complaint"]),
    }
)


@given(CONDITIONS, EVERYTHING, st.sets(st.sampled_from([*FACTS, "case_kind"])))
def test_learning_more_never_contradicts_a_definite_answer(text: str, everything: dict[str, Any], unknown: set[str]):
    condition = Condition.parse(text)
    before = condition.holds({name: value for name, value in everything.items() if name not in unknown})
    after = condition.holds(everything)
    assert after is not None
    assert before in (None, after)


@given(CONDITIONS, EVERYTHING)
def test_a_condition_means_what_it_means_in_the_language_it_looks_like(text: str, everything: dict[str, Any]):
    words = {"true": True, "false": False, **everything}
    assert Condition.parse(text).holds(everything) is eval(text, {"__builtins__": {}}, words)


@given(CONDITIONS, EVERYTHING)
def test_the_values_tried_make_every_difference_there_is(text: str, everything: dict[str, Any]):
    condition = Condition.parse(text)
    tried = combinations([condition])
    assert tried is not None
    assert condition.holds(everything) in {condition.holds(known) for known in tried}


def test_too_many_combinations_are_not_tried():
    yes_or_no = [name for name, kind in VOCABULARY.items() if kind is bool]
    numbers = [name for name, kind in VOCABULARY.items() if kind is int]
    everything = " or ".join([*yes_or_no, *(f"{name} == 5" for name in numbers)])
    assert combinations([Condition.parse(everything)]) is None


# ── what is refused ───────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "is not a condition; for example: safety_hazard or units_affected > 1"),
        ("safety_hazard or", "is not a condition"),
        ("safety_hazard; downtime", "is not a condition"),
        ("safety_hazard\ndowntime", "is not a condition"),
        ("safety_hazard \x00", "is not a condition"),
        ("x = 1", "is not a condition"),
        ("(" * 240 + "true" + ")" * 240, "is not a condition"),
        ("true or " * 70 + "true", f"is longer than {LONGEST} characters"),
        ("-" * 490 + "1", "is nested too deeply"),
        ("hazard", "there is no fact 'hazard'; there are safety_hazard, spoilage"),
        ("hazard > 1", "there is no fact 'hazard'"),
        ("units_affected", "units_affected is not yes or no; compare it, for example: units_affected >= 1"),
        ("case_kind", "case_kind is not yes or no"),
        ("safety_hazard == true", "'safety_hazard == true' is not understood"),
        ("safety_hazard == True", "safety_hazard is yes or no: write safety_hazard, or not safety_hazard"),
        ("units_affected > 1.5", "units_affected is a whole number"),
        ("units_affected > '1'", "units_affected is a whole number"),
        ("units_affected > True", "units_affected is a whole number"),
        ("units_affected is 1", "units_affected can be compared with ==, !=, <, <=, >, >= only"),
        ("units_affected in 1", "can be compared with ==, !=, <, <=, >, >= only"),
        ("case_kind == 'rumour'", "case_kind is one of complaint, enquiry, suggestion, praise, internal_nonconformity"),
        ("case_kind > 'praise'", "case_kind can be compared with == and != only"),
        ("1 < units_affected", "'1 < units_affected' is not understood; allowed are facts, and, or, not"),
        ("1 < units_affected < 3", "is not understood"),
        ("0 < 1", "is not understood"),
        ("units_affected > customers_affected", "is not understood"),
        ("units_affected > -1", "is not understood"),
        ("units_affected + 1 > 2", "is not understood"),
        ("1", "'1' is not understood"),
        ("'text'", "is not understood"),
        ("print(1)", "is not understood"),
        ("safety_hazard.__class__", "is not understood"),
        ("[safety_hazard][0]", "is not understood"),
        ("lambda: true", "is not understood"),
        ("safety_hazard if downtime else spoilage", "is not understood"),
        ("(safety_hazard := true)", "is not understood"),
        ("safety_hazard or __import__('os').system('true')", "is not understood"),
        ("{safety_hazard for x in downtime}", "is not understood"),
        ("f'{safety_hazard}'", "is not understood"),
    ],
)  # fmt: skip
@pytest.mark.filterwarnings("ignore::SyntaxWarning")
def test_anything_else_is_refused_and_says_why(text: str, why: str):
    with pytest.raises(ValueError) as refused:
        Condition.parse(text)
    assert why in str(refused.value)

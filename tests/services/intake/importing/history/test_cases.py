"""From the rows of a case to its history: in which order, with which events, and what speaks against it."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any, get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake.history import TELLABLE, NotTellable, Telling
from services.sla_watch.replaying import replay
from shared.complaint.state import Stage
from shared.events import complaint as e
from shared.kernel.fact import Actor, Fact
from tests.examples import example
from tests.facts import MONDAY, OneSite, received
from tests.services.intake.importing.history.conftest import MAPPING, Read, Rejected, row, told

OPENED = row(2, "Opened", "2026-01-05 09:00")


def test_a_row_is_an_event_and_a_changed_column_another(read: Read) -> None:
    history = read(
        OPENED, row(3, "Called back", "2026-01-05 10:00", who="agent 7"), row(4, "Viewed", "2026-01-05 10:30"),
        row(5, "Spoke", "2026-01-06 09:00", prio="P1"),
    )  # fmt: skip
    assert told(history) == [
        ("Received", "2026-01-05 08:00"), ("Classified", "2026-01-05 08:00"), ("Acknowledged", "2026-01-05 09:00"),
        ("CustomerContacted", "2026-01-06 08:00"), ("GradeChanged", "2026-01-06 08:00"),
    ]  # fmt: skip
    assert history.steps[-1].fields == {
        "was": "P3", "grade": "P1", "rank": "1", "basis": "confirmed", "reason": "changed there"
    }  # fmt: skip
    assert [step.by for step in history.steps] == [None, None, "agent 7", None, None]


def test_what_happened_at_the_same_time_stands_in_file_order(read: Read) -> None:
    at = "2026-01-05 09:00"
    one = read(OPENED, row(3, "Called back", at), row(4, "Spoke", at))
    other = read(OPENED, row(3, "Spoke", at), row(4, "Called back", at))
    assert [step.event for step in one.steps][2:] == ["Acknowledged", "CustomerContacted"]
    assert [step.event for step in other.steps][2:] == ["CustomerContacted", "Acknowledged"]


def test_a_counter_orders_rows_where_the_file_does_not(read: Read) -> None:
    counted = MAPPING.replace('resource = "who"', 'resource = "who"\nsequence = "step"')
    at = "2026-01-05 09:00"
    rows = row(2, "Called back", at, step="10"), row(3, "Spoke", at, step="9"), row(4, "Opened", at, step="0")
    assert [step.event for step in read(*rows, mapping=counted).steps] == [
        "Received", "Classified", "CustomerContacted", "Acknowledged"
    ]  # fmt: skip


@pytest.mark.parametrize("step", ["", "x", "1.5", "9" * 30])
def test_a_counter_is_a_number(rejected: Rejected, step: str) -> None:
    counted = MAPPING.replace('resource = "who"', 'resource = "who"\nsequence = "step"')
    (fault,) = rejected(row(2, "Opened", "2026-01-05 09:00", step=step), mapping=counted)
    assert (fault.row, fault.column, fault.reason) == (2, "step", "log.sequence: is not a whole number")


def test_time_that_goes_back_is_named_with_its_row(rejected: Rejected) -> None:
    (fault,) = rejected(
        row(2, "Opened", "2026-01-05 09:00"), row(7, "Spoke", "2026-01-05 08:59"), row(8, "Closed", "2026-01-06 09:00")
    )
    assert (fault.row, fault.column) == (7, "when")
    assert "when row 2 of this case says 2026-01-05T08:00:00Z" in fault.reason


def test_rows_are_sorted_by_time_only_where_the_mapping_says_so(read: Read) -> None:
    by_time = MAPPING.replace('resource = "who"', 'resource = "who"\norder = "time"')
    history = read(row(2, "Spoke", "2026-01-05 10:00"), row(3, "Opened", "2026-01-05 09:00"), mapping=by_time)
    assert [step.event for step in history.steps] == ["Received", "Classified", "CustomerContacted"]


@pytest.mark.parametrize(
    ("when", "why"),
    [
        ("", "time: is empty"),
        ("yesterday", "time: does not fit '%Y-%m-%d %H:%M' or 'iso'"),
        ("1969-12-31 23:59", "time: must lie in the years 1970 to 9998"),
        ("2026-11-02 09:00", "time: lies in the future"),
        ("2026-03-29 02:30", "time: does not exist in Europe/Berlin: clocks were put forward"),
    ],
)
def test_a_time_that_cannot_be_is_named(rejected: Rejected, when: str, why: str) -> None:
    (fault,) = rejected(OPENED, row(9, "Closed", when))
    assert (fault.row, fault.column, fault.reason) == (9, "when", why)


def test_a_time_without_zone_is_refused_where_the_mapping_has_none(rejected: Rejected, read: Read) -> None:
    """With an offset in the value it needs none."""
    nowhere = MAPPING.replace('zone = "Europe/Berlin"', "").replace('["%Y-%m-%d %H:%M", "iso"]', '"iso"')
    (fault,) = rejected(row(2, "Opened", "2026-01-05T09:00"), mapping=nowhere)
    assert fault.reason == "time: has no offset, and the mapping declares no source.zone"
    history = read(row(2, "Opened", "2026-01-05T09:00+08:00"), mapping=nowhere)
    assert history.steps[0].at == datetime(2026, 1, 5, 1, tzinfo=UTC)


def test_in_the_hour_that_comes_twice_the_order_of_the_rows_tells_which_is_meant(read: Read) -> None:
    night = "2026-10-25 "
    history = read(
        row(2, "Opened", night + "02:30"), row(3, "Called back", night + "02:50"), row(4, "Spoke", night + "02:10"),
        row(5, "Closed", night + "03:05"),
    )  # fmt: skip
    assert [at for _, at in told(history)] == [
        f"2026-10-25 {at}" for at in ("00:30", "00:30", "00:50", "01:10", "02:05")
    ]


def test_a_case_whose_beginning_the_log_does_not_have_is_rejected(rejected: Rejected) -> None:
    (fault,) = rejected(row(40, "Spoke", "2026-01-05 09:00"), row(41, "Closed", "2026-01-05 10:00"))
    assert (fault.row, fault.column, fault.value) == (40, "what", "Spoke")
    assert "no beginning of this case" in fault.reason


def test_what_the_receipt_needs_must_be_there(rejected: Rejected) -> None:
    (fault,) = rejected(row(2, "Opened", "2026-01-05 09:00", text=""))
    assert (fault.row, fault.column, fault.reason) == (2, "text", "Received.description: is empty and needs a value")


def test_the_receipt_may_lie_before_the_first_row_but_not_after_it(read: Read, rejected: Rejected) -> None:
    earlier = MAPPING.replace(
        'event = "Received"\n', 'event = "Received"\nat = { column = "step", format = "%Y-%m-%d %H:%M" }\n'
    )
    history = read(row(2, "Opened", "2026-01-05 09:00", step="2026-01-02 16:00"), mapping=earlier)
    assert told(history)[:2] == [("Received", "2026-01-02 15:00"), ("Classified", "2026-01-05 08:00")]
    (fault,) = rejected(row(2, "Opened", "2026-01-05 09:00", step="2026-01-05 09:01"), mapping=earlier)
    assert (fault.row, fault.column) == (2, "step") and "lies after the case's first row" in fault.reason


def test_what_has_no_field_stays_beside_the_receipt(read: Read) -> None:
    history = read(row(2, "Opened", "2026-01-05 09:00", step="counter 3", via="mail"))
    receipt = history.telling.told[0].event
    assert isinstance(receipt, e.Received)
    assert (receipt.also, receipt.external_ref) == ({"step": "counter 3"}, "17")
    assert (receipt.source, receipt.channel) == ("old-desk", "email")


# ── what our rules would have refused ─────────────────────────────────────────────────────────────────────────────────
def test_an_activity_that_stands_nowhere_is_noted_and_never_dropped(read: Read) -> None:
    history = read(OPENED, row(3, "Put in the yellow box", "2026-01-05 10:00"))
    assert history.telling.told[-1].event == e.HistoryNoted(
        activity="Put in the yellow box",
        attributes=(e.Attribute(name="text", value="flickers"), e.Attribute(name="prio", value="P3")),
        rule="G-ACTIVITY",
    )
    assert [(row, one.rule, one.detail) for row, one in history.deviations()] == [
        (3, "G-ACTIVITY", "Put in the yellow box is only noted")
    ]


def test_a_change_that_no_rule_means_is_noted(read: Read) -> None:
    only_to_others = MAPPING.replace('from = "*"\n', 'from = "*"\nto = "*"\n')
    history = read(OPENED, row(3, "Viewed", "2026-01-05 10:00", prio=""), mapping=only_to_others)
    (noted,) = (one.event for one in history.telling.told if isinstance(one.event, e.HistoryNoted))
    assert noted.activity == "prio: P3 → –"


def test_somebody_whom_nobody_knows_here_becomes_nobody(read: Read) -> None:
    known = read(OPENED, row(3, "Given to", "2026-01-05 10:00", who="Wang Fang"))
    assert known.telling.case.owner == "p-wang"
    unknown = read(OPENED, row(3, "Given to", "2026-01-05 10:00", who="Resolver 31"))
    assert unknown.telling.case.owner is None
    noted = unknown.telling.told[-1].event
    assert noted == e.HistoryNoted(
        activity="Assigned", attributes=(e.Attribute(name="who", value="Resolver 31"),), rule="G-PERSON"
    )


def test_what_the_lifecycle_would_refuse_is_told_and_marked(read: Read) -> None:
    at = ("2026-01-06 09:00", "2026-01-07 09:00", "2026-01-08 09:00", "2026-01-09 09:00")
    history = read(
        OPENED, *(row(3 + n, what, at[n]) for n, what in enumerate(("Closed", "Closed", "Reopened", "Reopened")))
    )
    assert history.telling.case.stage == Stage.INVESTIGATING and history.telling.case.cycle == 3
    assert [(one.version, one.rule, one.detail) for one in history.telling.deviations] == [
        (3, "G-STAGE", "Closed while the case is received"), (4, "G-STAGE", "Closed while the case is closed"),
        (6, "G-STAGE", "Reopened while the case is investigating"),
    ]  # fmt: skip


def test_names_within_the_case_are_given_by_us(read: Read) -> None:
    history = read(
        OPENED, row(3, "Asked", "2026-01-06 09:00", text="a photo; the serial number"), row(4, "Answered", "2026-01-07 09:00"),
        row(5, "Asked", "2026-01-08 09:00"), row(6, "Answered", "2026-01-09 09:00"), row(7, "Answered", "2026-01-09 10:00"),
    )  # fmt: skip
    assert [step.fields.get("request_id") for step in history.steps[2:]] == ["i1", "i1", "i2", "i2", None]
    assert history.telling.case.answered_requests == ("i1", "i2")
    last = history.telling.told[-1].event
    assert isinstance(last, e.HistoryNoted)
    assert last.activity == "InformationProvided: there is no open request for information"


# ── whatever a log says ───────────────────────────────────────────────────────────────────────────────────────────────
ACTIVITIES = ("Called back", "Spoke", "Given to", "Reopened", "Asked", "Answered", "Closed", "Viewed", "Danced")
ROWS = st.lists(
    st.tuples(
        st.sampled_from(ACTIVITIES), st.integers(0, 3_000), st.sampled_from(("P1", "P2", "P3")),
        st.sampled_from(("Wang Fang", "Resolver 31", "")),
    ), max_size=25,
)  # fmt: skip


@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(said=ROWS)
def test_every_log_is_told_whole_in_its_order_and_its_promises_too(
    read: Read, said: list[tuple[str, int, str, str]]
) -> None:
    at, rows = datetime(2026, 1, 5, 9, tzinfo=UTC), [OPENED]
    for number, (what, minutes, prio, who) in enumerate(said, 3):
        at += timedelta(minutes=minutes)
        rows.append(row(number, what, f"{at:%Y-%m-%d %H:%M}", prio=prio, who=who))
    history = read(*rows)
    times = [step.at for step in history.steps]
    assert times == sorted(times)
    assert [step.row for step in history.steps] == sorted(step.row for step in history.steps)
    kinds = [step.event for step in history.steps]
    assert kinds.count("Closed") == sum(what == "Closed" for what, *_ in said)
    assert kinds.count("Reopened") == sum(what == "Reopened" for what, *_ in said)
    prios = ["P3", *(prio for _, _, prio, _ in said)]
    assert kinds.count("GradeChanged") == sum(one != after for one, after in pairwise(prios))
    facts: list[Fact[Any]] = [
        Fact(n, "complaint-c", n, one.event, one.at, times[-1], "sz", "intake", Actor("p-ana"), "", "", historical=True)
        for n, one in enumerate(history.telling.told, 1)
    ]
    promises = list(replay(facts, OneSite(), times[-1]))
    instants = [when for _, when in promises]
    assert instants == sorted(instants) and all(when <= times[-1] for when in instants)


KINDS = [kind for name, kind in sorted(TELLABLE.items()) if kind is not e.Received]


@settings(max_examples=200, deadline=None)
@given(chosen=st.lists(st.sampled_from(KINDS), max_size=12), full=st.booleans())
def test_events_in_any_order_are_told_or_named_and_their_promises_never_fail(chosen: list[Any], full: bool) -> None:
    """A fold that would fail rejects the case; what it takes, the clocks take too."""
    telling = Telling("c", "sz", Actor("p-ana"))
    telling.tell(1, received(), MONDAY)
    for number, kind in enumerate(chosen, 2):
        try:
            telling.tell(number, example(kind, full=full), MONDAY + timedelta(hours=number))
        except NotTellable as no:
            assert no.row == number and kind.__name__ in no.reason
    facts: list[Fact[Any]] = [
        Fact(n, "complaint-c", n, one.event, one.at, MONDAY, "sz", "intake", Actor("p-ana"), "", "", historical=True)
        for n, one in enumerate(telling.told, 1)
    ]
    list(replay(facts, OneSite(), MONDAY + timedelta(days=90)))


def test_nothing_that_must_be_made_here_can_be_told() -> None:
    """Signatures, files, money, other cases."""
    left_out = {kind.__name__ for kind in get_args(e.ComplaintEvent)} - set(TELLABLE)
    assert {
        "StepSigned", "EvidenceAttached", "ReportIssued", "Merged", "CompensationPaid", "HistoryTakenOver", "Archived"
    } <= left_out  # fmt: skip
    for kind in TELLABLE.values():
        fields = " ".join(str(field.annotation) for field in kind.model_fields.values())
        assert "FileRef" not in fields, kind.__name__


def test_a_case_of_too_many_rows_is_no_case(rejected: Rejected) -> None:
    (fault,) = rejected(OPENED, *(row(n, "Spoke", "2026-01-06 09:00") for n in range(3, 5_010)))
    assert fault.row == 2 and "which is no case" in fault.reason


def test_control_characters_are_named(rejected: Rejected) -> None:
    (fault,) = rejected(OPENED, row(3, "Danced\x1b[2J", "2026-01-06 09:00"))
    assert fault.row == 3 and "control character" in fault.reason

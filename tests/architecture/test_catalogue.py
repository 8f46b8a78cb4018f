"""The language is complete: every event has its name, its sentences, its definition, its fold and its row."""

from __future__ import annotations

import string
from typing import Any, get_args

import pytest

from shared.complaint.lifecycle import TABLE
from shared.events import catalogue, clocks, complaint, organisation
from shared.events.catalogue import CATALOGUE, UNIONS
from shared.events.sentences import sentence
from shared.kernel.fact import Event
from shared.kernel.say import LANGUAGES, say
from shared.runtime.aggregates import KINDS, fold_fingerprint
from tests.examples import example
from tests.facts import Log, Story

MODULES = {"complaint": complaint, "clocks": clocks, "organisation": organisation}


def events(below: type[Event] = Event) -> set[type[Event]]:
    """Every event class of the language; commands that borrow an event's fields are none."""
    return {
        kind
        for one in below.__subclasses__()
        for kind in (one, *events(one))
        if kind.__module__.startswith("shared.events.")
    }


def test_every_event_is_in_the_catalogue_once():
    listed = [kind for union in UNIONS.values() for kind in (get_args(union) or (union,))]
    assert len(listed) == len(set(listed)) == len(CATALOGUE)
    assert set(listed) == events()


@pytest.mark.parametrize("topic", CATALOGUE)
def test_a_topic_is_the_kind_of_stream_and_the_name_of_the_class(topic: str):
    kind, _, name = topic.partition(".")
    assert name == CATALOGUE[topic].__name__ and kind in KINDS
    assert CATALOGUE[topic] in (get_args(UNIONS[kind]) or (UNIONS[kind],))


@pytest.mark.parametrize("kind", CATALOGUE.values(), ids=lambda kind: kind.__name__)
class TestEveryEvent:
    def test_has_a_definition(self, kind: type[Event]):
        assert kind.__doc__ and kind.__doc__.strip().split("\n")[0].endswith((".", ")", "…")), "a sentence"
        assert kind.__doc__ != Event.__doc__

    def test_is_told_in_both_languages(self, kind: type[Event]):
        assert set(kind.SAYS) == set(LANGUAGES)
        for language in LANGUAGES:
            for full in (True, False):
                sentence = say(example(kind, full=full), language, zone="Asia/Shanghai")
                assert len(sentence) > 3 and "{" not in sentence and "None" not in sentence

    def test_is_told_to_readers_whatever_was_left_out(self, kind: type[Event]):
        for full in (True, False):
            assert len(sentence(example(kind, full=full), "zh", zone="Asia/Shanghai")) > 3

    def test_tells_the_same_in_both_languages(self, kind: type[Event]):
        named = [{field for _, field, _, _ in string.Formatter().parse(kind.SAYS[one]) if field} for one in LANGUAGES]
        assert named[0] == named[1] and named[0] <= set(kind.model_fields)

    def test_is_frozen_strict_and_refuses_what_it_does_not_know(self, kind: type[Event]):
        config = kind.model_config
        assert (config.get("frozen"), config.get("strict"), config.get("extra")) == (True, True, "forbid")
        assert kind.SHAPE >= 1

    def test_holds_no_floats(self, kind: type[Event]):
        assert "'type': 'number'" not in repr(kind.model_json_schema()), "money and measures are integers or text"

    def test_is_folded(self, kind: type[Event]):
        stream = f"{kind.TOPIC.partition('.')[0]}-x"
        fold = KINDS[kind.TOPIC.partition(".")[0]].fold
        fact = Log().append(stream, example(kind), Story().now, site="sz")
        state = before(kind)
        assert fold(state, fact) is not None


def before(kind: type[Event]) -> Any:
    """A state in which the event may be folded: with the clock, the action or the token it speaks of."""
    of = kind.TOPIC.partition(".")[0]
    state = KINDS[of].initial
    opening: dict[str, type[Event]] = {
        "clocks": clocks.ClockStarted, "person": organisation.TokenIssued, "complaint": complaint.ActionPlanned,
    }  # fmt: skip
    if kind in get_args(complaint.ContainmentEvent):
        opening["complaint"] = complaint.ContainmentDefined
    if kind in get_args(complaint.ReportEvent):
        opening["complaint"] = complaint.ReportDrafted
    if of not in opening:
        return state
    first = example(opening[of])
    if of == "person":
        first = first.model_copy(update={"token_id": example(organisation.TokenRevoked).token_id})
    if isinstance(first, complaint.ActionPlanned):
        first = first.model_copy(update={"action_id": example(complaint.ActionCompleted).action_id})
    return KINDS[of].fold(state, Log().append(f"{of}-x", first, Story().now, site="sz"))


def test_the_lifecycle_lists_each_event_of_a_complaint_once():
    assert [row.event for row in TABLE].count(complaint.Received) == 1
    assert sorted(row.event.__name__ for row in TABLE) == sorted(
        kind.__name__ for kind in get_args(complaint.ComplaintEvent)
    )


def test_a_changed_fold_makes_old_snapshots_worthless():
    assert len(fold_fingerprint()) == 16
    assert catalogue.__doc__

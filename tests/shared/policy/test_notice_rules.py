"""The section `notifications` of a pack: what may be said in it, and what is wrong with what is said."""

from __future__ import annotations

import pytest

from shared.policy.notice_rules import PLACE, PLACES
from shared.policy.notice_texts import shipped_codes, shipped_texts
from shared.policy.pack_check import check
from shared.policy.pack_file import read_pack
from shared.policy.shipped import shipped

META = "meta: {id: ours, version: 1, title: {en: o, zh: o}, extends: pack-base}\nnotifications:\n"


def said_to(text: str) -> list[str]:
    return [str(fault) for fault in check(read_pack(META + text), shipped())]


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("  events: {Assigned: [{to: [case_owner], template: assigned}]}", None),
        ("  events: {Assigned: []}", None),
        ("  enabled: false", None),
        ("  events: {Asigned: [{to: [case_owner], template: assigned}]}", "there is no event 'Asigned'"),
        ("  events: {PersonAdded: [{to: [owner], template: assigned}]}", "there is no event 'PersonAdded'"),
        ("  events: {Assigned: [{to: [the_boss], template: assigned}]}", "nobody is called 'the_boss'"),
        ("  events: {Assigned: [{to: [], template: assigned}]}", "at least 1"),
        ("  events: {Assigned: [{to: [owner], template: asigned}]}", "there is no text 'asigned'"),
        ("  events: {Assigned: [{to: [owner], template: assigned, needs: promise}]}", "Assigned has no field 'promise'"),
        ("  events: {Assigned: [{to: [customer, owner], template: assigned}]}", "a rule of its own"),
        ("  hours: {rank1: sometimes}", "'always' or 'business'"),
        ("  hours: {rank9: always}", "rank9"),
        ("  templates: {x: {en: {title: t, text: '{description}'}, zh: {title: t, text: t}}}", "nothing is known as {description}"),
        ("  templates: {x: {en: {title: t, text: t}}}", "templates.x.zh"),
        ("  nobody: true", "unknown key"),
    ],
)  # fmt: skip
def test_what_may_be_said(text: str, fault: str | None):
    found = said_to(text)
    assert found == [] if fault is None else len(found) >= 1 and fault in " ".join(found), found


def test_a_fault_is_named_with_its_line():
    (fault,) = said_to("  events:\n    Assigned:\n      - {to: [case_owner], template: nothing}")
    assert fault.startswith("line 5: notifications.events.Assigned.0.template: ")


def test_every_shipped_text_is_there_in_both_languages_and_names_only_what_is_known():
    texts = shipped_texts()
    assert texts["en"].keys() == texts["zh"].keys() == shipped_codes()
    for code in shipped_codes():
        both = [texts[language][code] for language in ("en", "zh")]
        places = [set(PLACE.findall(text.title + text.text)) for text in both]
        assert places[0] <= set(PLACES) and places[1] <= set(PLACES)
        assert all("{case_no}" in text.title for text in both), "a reply finds its case by it"


def test_every_shipped_text_is_used_by_the_rules_that_ship():
    rules = shipped()["pack-base"].notifications
    assert rules is not None and rules.events is not None
    assert {rule.template for each in rules.events.values() for rule in each} == shipped_codes()

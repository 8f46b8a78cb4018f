"""The pages' questions get from the read models what folding the facts by hand gives."""

from __future__ import annotations

import pytest

from services.console.views import BoardFilters
from shared.clocks.state import Clocks, ClockStatus, fold_clocks
from shared.complaint.fold import INITIAL, fold
from shared.complaint.state import OPEN, Stage
from shared.kernel.errors import Invalid, Unknown
from tests.services.console.world import NOW, World


def test_a_case_at_every_position_is_the_fold_of_its_facts(world: World):
    case, clocks, version = INITIAL, Clocks(), 0
    for fact in (fact for fact in world.log.facts if fact.subject_id == world.story.id):
        if fact.kind == "complaint":
            case, version = fold(case, fact), fact.version
        else:
            clocks = fold_clocks(clocks, fact)
        seen = world.views.case(world.story.case_no, fact.position)
        assert seen.complaint == case
        assert {clock.clock_id: clock for clock in seen.clocks} == clocks.clocks
        assert (seen.version, seen.position) == (version, fact.position)


def test_what_is_not_there_is_unknown(world: World):
    for case, position in (("nope", None), ("", None), (world.story.case_no, 1)):
        with pytest.raises(Unknown):
            world.views.case(case, position)
    with pytest.raises(Invalid):
        world.views.board(BoardFilters(cursor="nonsense"))


def test_the_board_tells_of_each_case_what_its_facts_tell(world: World):
    stories = {story.case_no: story for story in (world.story, world.hostile, *world.crowd)}
    rows = world.views.board(BoardFilters(limit=1000)).rows
    assert {row.case_no for row in rows} == stories.keys()
    for row in rows:
        story = stories[row.case_no]
        late = [clock.due_at for clock in story.clocks.open() if clock.status == ClockStatus.BREACHED]
        assert (row.stage, row.rank, row.owner) == (story.case.stage, story.case.rank, story.case.owner)
        assert row.overdue_since == min(late, default=None)


def test_counts_agree_with_the_board(world: World):
    counts = world.views.counts("sz")
    for stage in Stage:
        rows = world.views.board(BoardFilters(site="sz", stage=stage, limit=1000)).rows
        assert counts.by_stage.get(stage, 0) == len(rows)
    assert sum(counts.by_rank.values()) == sum(n for stage, n in counts.by_stage.items() if stage in OPEN)
    assert counts.overdue == len(world.views.board(BoardFilters(site="sz", overdue=True, limit=1000)).rows)


def test_the_wall_holds_every_open_clock_in_the_order_in_which_it_is_due(world: World):
    stories = (world.story, world.hostile, *world.crowd)
    wall = world.views.clocks(None, None)
    wanted = {(story.case_no, clock.clock_id) for story in stories for clock in story.clocks.open()}
    assert {(clock.case_no, clock.clock_id) for clock in wall.clocks} == wanted
    assert [clock.due_at for clock in wall.clocks] == sorted(clock.due_at for clock in wall.clocks)
    assert wall.complete
    breached = world.views.clocks(None, "breached").clocks
    assert breached
    assert all(clock.due_at <= NOW for clock in breached)


def test_kept_counts_what_came_to_its_end(world: World):
    stories = (world.story, world.hostile, *world.crowd)
    clocks = [clock for story in stories for clock in story.clocks.clocks.values()]
    for kept in world.views.kept(None):
        of_clause = [clock for clock in clocks if clock.clause == kept.clause]
        assert kept.met == sum(clock.status == ClockStatus.MET for clock in of_clause)
        assert kept.broken == sum(clock.breached_at is not None and not clock.excused for clock in of_clause)
    assert [kept.clause for kept in world.views.kept(None)][:2] == ["acknowledgement", "first_response"]


def test_where_no_lists_are_kept_nothing_is_missing_in_them(world: World):
    case = world.story.case
    assert case.customer_no and case.product_model and case.lot_no
    assert world.views.listings(case, None) == {}

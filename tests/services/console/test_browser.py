"""The pages in real Chromium: replay, filters and refreshing work, the policy holds, and markup stays text."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import pytest

from shared.complaint.state import Stage
from tests.services.console.at_a_screen import IN_A_BROWSER
from tests.services.console.screens import SIZES, Screen, Screens
from tests.services.console.world import World
from tests.serving import serving

if TYPE_CHECKING:
    from playwright.sync_api import Page

pytestmark = IN_A_BROWSER


@dataclass
class Open:
    """A page of a browser that is signed in, and the screen that it is on."""

    page: Page
    base: str
    screen: Screen

    @property
    def complaints(self) -> list[str]:
        return self.screen.complaints

    def goes(self, path: str) -> Open:
        self.page.goto(self.base + path)
        return self

    def at(self) -> str:
        return self.page.locator("#replay-at .at").inner_text()

    def shown(self, position: int) -> None:
        """Waits until the replay shows the position."""
        self.page.locator(f'#replay[data-shown="{position}"]').wait_for()

    def stage(self) -> str:
        return self.page.locator("#case-head .badge.stage").inner_text()


@pytest.fixture(scope="module")
def base(world: World) -> Iterator[str]:
    with serving(world.app) as address:
        yield address


@pytest.fixture
def opened(request: pytest.FixtureRequest, world: World, base: str, screens: Screens) -> Iterator[Open]:
    screen = screens.take(getattr(request, "param", "wide"))
    found = Open(screen.page, base, screen)
    found.page.goto(base + world.sign_in_path())
    yield found
    # Nothing is fetched from elsewhere, no policy is violated, no script fails: on no page, in no test.
    complaints = [said for said in screen.complaints if "status of 404" not in said]
    asked = list(screen.asked)
    screens.give_back(screen)
    assert not complaints
    assert not [url for url in asked if not url.startswith(base)]


def positions(world: World) -> list[int]:
    return [fact.position for fact in world.log.facts if fact.subject_id == world.story.id]


# ── documents ─────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize("opened", ["wide", "narrow"], indirect=True)
@pytest.mark.parametrize(("language", "title"), [("en", "8D report"), ("zh", "8D报告")])
def test_a_document_is_shown_in_the_style_it_brings(world: World, opened: Open, language: str, title: str):
    page = opened.goes(f"/cases/{world.story.case_no}/documents/8d?lang={language}").page
    assert page.locator("h1").inner_text() == title
    assert page.evaluate("getComputedStyle(document.querySelector('h2')).borderBottomStyle") == "solid"
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.pdf()[:5] == b"%PDF-"


# ── replay ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_the_slider_shows_the_case_as_it_stood(world: World, opened: Open):
    page = opened.goes(f"/cases/{world.story.case_no}").page
    assert opened.stage() == "implementing"
    at = positions(world)
    page.locator("#slider").fill("0")
    opened.shown(at[0])
    assert opened.stage() == "received"
    assert opened.at().startswith(f"fact 1 of {len(at)} · v1 · 02 Mar 2026 09:00")
    assert page.locator("svg.fishbone").count() == 0
    assert page.url.endswith(f"?position={at[0]}")
    page.locator("#slider").fill(str(len(at) - 1))
    opened.shown(at[-1])
    assert page.url.endswith(f"/cases/{world.story.case_no}")
    assert page.locator("svg.fishbone").count() == 1


def test_clocks_are_replayed_too(world: World, opened: Open):
    page = opened.goes(f"/cases/{world.story.case_no}").page
    breached = page.locator(".promise.breached")
    assert breached.count() == 2
    opened.goes(f"/cases/{world.story.case_no}?position={positions(world)[12]}")
    assert breached.count() == 0
    assert page.locator(".promise").count() == len(world.views.case(world.story.case_no, positions(world)[12]).clocks)


def test_arrow_keys_step_and_keep_explanations_open(world: World, opened: Open):
    at = positions(world)
    page = opened.goes(f"/cases/{world.story.case_no}").page
    page.locator("#why-closure-1 summary").click()
    page.locator("body").press("ArrowLeft")
    opened.shown(at[-2])
    assert page.locator("#why-closure-1").get_attribute("open") is not None
    page.locator("body").press("ArrowRight")
    opened.shown(at[-1])
    page.locator("#slider").focus()
    page.keyboard.press("ArrowLeft")
    opened.shown(at[-2])
    assert page.locator("#slider").get_attribute("aria-valuetext") == opened.at()


def test_what_only_the_clocks_say_can_be_left_out_while_breaches_stay(world: World, opened: Open):
    page = opened.goes(f"/cases/{world.story.case_no}").page
    plain = page.locator(".fact.clocks:not(.bad, .chosen)")
    broken = page.locator(".fact.clocks.bad")
    assert plain.first.is_visible() and broken.count() > 1
    page.get_by_label("deadlines too").uncheck()
    assert plain.count() > 5 and not plain.first.is_visible() and not plain.last.is_visible()
    assert broken.first.is_visible() and page.locator(".fact.complaint").first.is_visible()
    page.locator("body").press("ArrowLeft")
    opened.shown(positions(world)[-2])
    assert not plain.first.is_visible(), "it stays so during a replay"


def test_deadlines_that_were_kept_are_folded_away(world: World, opened: Open):
    page = opened.goes(f"/cases/{world.story.case_no}").page
    assert page.locator(".promises > .promise.breached").first.is_visible()
    kept = page.locator("#ended-clocks .promise")
    assert kept.count() > 1 and not kept.first.is_visible()
    assert page.locator("#ended-clocks .promise.breached").count() == 0
    page.locator("#ended-clocks > summary").click()
    assert kept.first.is_visible()
    page.locator("body").press("ArrowLeft")
    opened.shown(positions(world)[-2])
    assert kept.first.is_visible(), "what was unfolded stays so during a replay"


def test_play_runs_from_the_first_fact_and_stops_when_told(world: World, opened: Open):
    at = positions(world)
    page = opened.goes(f"/cases/{world.story.case_no}").page
    page.get_by_role("button", name="Play").click()
    opened.shown(at[0])
    opened.shown(at[1])
    page.get_by_role("button", name="Pause").click()
    assert page.get_by_role("button", name="Play").is_visible()


def test_a_point_of_the_timeline_goes_to_its_fact(world: World, opened: Open):
    at = positions(world)
    page = opened.goes(f"/cases/{world.story.case_no}").page
    page.locator(f'.lanes a[data-position="{at[30]}"] .hit').click(force=True)
    page.locator("#replay[data-shown]").wait_for()
    chosen = int(page.locator("#replay").get_attribute("data-shown") or 0)
    assert page.locator(".fact.chosen .where").inner_text().find(f"#{chosen}") >= 0


def test_without_scripts_the_links_do_the_same(world: World, base: str, screens: Screens):
    screen = screens.take("wide", scripts=False)
    page = screen.page
    page.goto(base + world.sign_in_path())
    page.goto(f"{base}/cases/{world.story.case_no}")
    assert page.locator("#slider").is_hidden()
    page.get_by_label("First fact").click()
    assert page.locator("#case-head .badge.stage").inner_text() == "received"
    page.get_by_label("Next fact").click()
    assert "fact 2 of" in page.locator("#replay-at .at").inner_text()
    screens.give_back(screen)


# ── board and wall ────────────────────────────────────────────────────────────────────────────────────────────────────
def test_filters_swap_the_list_and_go_into_the_address(opened: Open):
    page = opened.goes("/").page
    page.locator("select[name=stage]").select_option(Stage.PLANNING.value)
    page.wait_for_url("**/?stage=planning")
    assert set(page.locator("td .badge.stage").all_inner_texts()) == {"planning"}
    page.locator("#q").fill("SZ-2026-00666")
    page.wait_for_url("**q=SZ-2026-00666")
    assert page.locator("tbody tr").count() == 1
    page.go_back()
    page.wait_for_url("**/?stage=planning")
    page.locator("tbody tr").nth(1).wait_for()
    assert page.locator("select[name=stage]").input_value() == "planning"


def test_more_adds_rows_without_losing_any(opened: Open):
    page = opened.goes("/").page
    before = page.locator("tbody th").all_inner_texts()
    page.get_by_role("link", name="Show more").click()
    page.locator("tbody th").nth(len(before)).wait_for()
    after = page.locator("tbody th").all_inner_texts()
    assert after[: len(before)] == before
    assert len(after) == len(set(after))


def test_the_wall_refreshes_itself_and_keeps_what_was_scrolled(opened: Open):
    page = opened.page
    page.clock.install()
    opened.screen.spoilt = True  # no other clock will ever run in it
    opened.goes("/sla")
    page.evaluate("document.getElementById('clocks-later').scrollTop = 300")
    page.evaluate("document.getElementById('wall').dataset.old = 'yes'")
    page.clock.run_for(16_000)
    page.locator("#wall:not([data-old])").wait_for()
    assert page.evaluate("document.getElementById('clocks-later').scrollTop") == 300


# ── every page ────────────────────────────────────────────────────────────────────────────────────────────────────────
PATHS = ("/", "/sla", "/cases/SZ-2026-00001", "/cases/SZ-2026-00666", "/cases/nope")


@pytest.mark.parametrize("opened", SIZES, indirect=True)
@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_page_fits_its_window_in_both_languages(opened: Open, language: str):
    for path in PATHS:
        page = opened.goes(f"{path}?lang={language}").page
        overflow = page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overflow <= 0, path
        assert page.locator("html").get_attribute("lang") == ("zh-Hans" if language == "zh" else "en")


def test_markup_that_people_write_does_nothing(opened: Open):
    for path in (
        "/cases/SZ-2026-00666",
        "/?q=SZ-2026-00666",
        "/sla?site=sz&state=running",
        "/cases/SZ-2026-00666?position=100",
    ):
        page = opened.goes(path).page
        assert page.evaluate("window.pwned") is None
        assert page.locator("img").count() == 0
        assert page.locator("body script").count() == 0
    page = opened.goes("/cases/SZ-2026-00666").page
    assert "<script>window.pwned=1</script>" in page.locator("h1").inner_text()
    page.locator("#slider").fill("1")
    page.locator("#replay[data-shown]").wait_for()
    assert page.evaluate("window.pwned") is None


def test_the_policy_stops_inline_scripts_and_styles(world: World, opened: Open):
    page = opened.goes("/").page
    page.evaluate(
        "() => { const made = document.createElement('script'); made.textContent = 'window.pwned = 1';"
        " document.body.append(made); const styled = document.createElement('p');"
        " styled.setAttribute('style', 'color: red'); document.body.append(styled); }"
    )
    assert page.evaluate("window.pwned") is None
    stopped = [said for said in opened.complaints if re.search("Content.Security.Policy", said)]
    assert len(stopped) == 2
    opened.complaints.clear()


def test_a_link_signs_in_and_out(world: World, opened: Open):
    page = opened.goes("/").page
    assert page.locator(".who").inner_text() == "Ana Lindqvist"
    page.get_by_role("button", name="Sign out").click()
    assert page.get_by_text("casetrail sign-in").is_visible()
    opened.complaints[:] = [said for said in opened.complaints if "status of 401" not in said]

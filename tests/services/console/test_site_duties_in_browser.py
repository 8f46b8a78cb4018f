"""What a site owes, in real Chromium: seen by whom the policy names, late, climbing, taken on, kept, and then told on its page."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime

import pytest

from services.console.texts import text
from shared.events.labels import command_label, label
from shared.policy.shipped import text_of
from tests.house import RunningHouse, running_house, until
from tests.services.console.at_a_screen import IN_A_BROWSER, Signs, Worker

pytestmark = IN_A_BROWSER

SYMPTOM = "The screen is garbled"
NAMES = ("林勇", "何梅", "Li Na", SYMPTOM)


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningHouse]:
    begins = datetime.fromisoformat("2026-03-02T08:00:00+08:00")
    with running_house(tmp_path_factory.mktemp("duties"), simulated=begins) as house:
        for pack in ("pack-base", "pack-s3"):
            house.owner.does("/sla-watch/policies", text=text_of(pack))
        house.owner.does("/sla-watch/sites/sz/activate-policy", pack="pack-s3")
        yield house


def it_is(house: RunningHouse, at: str) -> None:
    house.owner.does("/sla-watch/simulation/advance", to=f"{at}:00+08:00")
    house.ready()


def owed(worker: Worker, duty: str) -> list[str]:
    """What My work says of such duties."""
    return worker.glances_at(f"/work?duty={duty}", "#work tbody th")


def test_a_digest_is_seen_late_taken_on_and_kept(house: RunningHouse, signed_in: Signs):
    supervisor = house.person("林勇", "service_supervisor")
    manager = house.person("何梅", "aftersales_manager")
    case = house.owner.does("/intake/complaints", site="sz", channel="email", description=SYMPTOM)["case_no"]
    for language, day in (("en", "2026-03-02"), ("zh", "2026-03-03")):
        lin, he = signed_in(supervisor, language), signed_in(manager, language)
        digest, review = label(language, "daily_digest"), label(language, "monday_review")
        it_is(house, f"{day}T16:00")
        until(lambda lin=lin: owed(lin, "site_duty"), "the digest is owed")

        # Each has what the policy names for the role: by_role, and chair.
        assert any(digest in said for said in owed(lin, "site_duty"))
        assert not any(digest in said for said in owed(he, "site_duty"))
        if language == "en":
            assert any(review in said for said in owed(he, "site_duty"))
            assert not any(review in said for said in owed(lin, "site_duty"))
            he.goes("/work?duty=site_duty").page.locator("#work tbody th", has_text=review).locator("a").first.click()
            he.page.locator("#command h1").wait_for()
            filled = [he.page.locator(f'#command [name="{name}"]').input_value() for name in ("site", "kind")]
            assert filled == ["sz", "monday_review"]
        assert owed(lin, "site_escalation") == []

        # Nobody publishes it: at five it is late and climbs to the supervisor, who takes it on.
        it_is(house, f"{day}T17:30")
        until(lambda lin=lin: owed(lin, "site_escalation"), "it has climbed")
        assert owed(he, "site_escalation") == [], "four hours later it would be his"
        lin.goes("/work").finds_nothing_strange(NAMES)
        take_on = f'#work a[href*="acknowledge-duty-escalation"][href*="{day}"]'
        lin.page.locator(take_on).click()
        lin.page.locator("#command h1").wait_for()
        lin.finds_nothing_strange(NAMES)
        lin.types(decision="the second shift does it").sends()
        assert command_label(language, "acknowledge-duty-escalation") in lin.page.locator("[role=status]").inner_text()
        until(lambda lin=lin: owed(lin, "site_escalation") == [], "it has been taken on")

        # The wall shows it, with the way to the form; from there it is kept.
        it_is(house, f"{day}T23:00")
        lin.goes("/sla?still=true").finds_nothing_strange(NAMES)
        row = lin.page.locator(".owed tbody tr", has_text=day).first
        assert text(language, "taken_on") in row.inner_text()
        assert text(language, "escalated_to", n=1) in row.inner_text(), "taken on, it climbs no further"
        row.get_by_role("link", name=command_label(language, "publish-digest"), exact=True).click()
        lin.page.locator("#command h1").wait_for()
        assert lin.page.locator('[name="subject"]').input_value() == "sz"
        assert lin.page.locator('[name="kind"]').input_value() == "daily_digest"
        lin.finds_nothing_strange(NAMES).sends()
        assert lin.page.locator("[role=status]").count() == 1
        until(lambda lin=lin, day=day: not any(day in said for said in owed(lin, "site_duty")), "it is kept")

        # And it stands on the page of the site.
        lin.goes("/sites/sz/duties").finds_nothing_strange(NAMES)
        first = lin.page.locator(".digest").first
        assert digest.lower() in first.inner_text().lower() and day in first.inner_text()
        if language == "en":
            first.get_by_role("link", name=case, exact=True).click()
            lin.page.locator("#case-head").wait_for()
        assert he.goes("/sites/nowhere/duties").page.title().startswith(text(language, "problem_404"))

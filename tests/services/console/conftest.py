"""What the tests of the pages share: one small world, nothing in which is changed but sessions; a browser; people who sign in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from tests.house import RunningHouse, Someone
from tests.services.console.at_a_screen import ARGUMENTS, CHROMIUM, SIZES, USUAL, Signs, Worker
from tests.services.console.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    made = World(tmp_path_factory.mktemp("world"), simulated=True)
    yield made
    made.close()


@pytest.fixture
def empty(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path, told=False)
    yield made
    made.close()


@pytest.fixture(scope="module")
def chromium() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield browser
        browser.close()


@pytest.fixture
def signed_in(house: RunningHouse, chromium: Browser) -> Iterator[Signs]:
    contexts: list[BrowserContext] = []
    workers: list[Worker] = []
    asked: list[str] = []

    def sign(who: Someone, language: str = "en", size: str = "wide", **how: Any) -> Worker:
        width, height = SIZES.get(size, USUAL)
        context = chromium.new_context(viewport={"width": width, "height": height}, locale="en-GB", **how)
        contexts.append(context)
        worker = Worker(context.new_page(), house.url, language, [])
        workers.append(worker)
        complains = {"error", "warning"}
        worker.page.on("console", lambda said: worker.complaints.append(said.text) if said.type in complains else None)
        worker.page.on("pageerror", lambda error: worker.complaints.append(str(error)))
        worker.page.on("request", lambda request: asked.append(request.url))
        worker.page.goto(who.does("/console/sign-in-links")["url"])
        return worker.goes(f"/?lang={language}")

    yield sign
    # Nothing is fetched from elsewhere, no policy is violated, no script fails: on no page, in no test.
    complaints = [said for each in workers for said in each.complaints if not re.search(r"status of 4\d\d", said)]
    for context in contexts:
        context.close()
    assert not complaints
    assert not [url for url in asked if not url.startswith(house.url)]

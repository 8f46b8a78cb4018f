"""What the tests of the pages share: one small world, nothing in which is changed but sessions; a browser; people who sign in."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from tests.house import RunningHouse, Someone
from tests.services.console.at_a_screen import ARGUMENTS, CHROMIUM, Signs, Worker
from tests.services.console.screens import Screen, Screens
from tests.services.console.world import World

if TYPE_CHECKING:
    from playwright.sync_api import Browser


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


@pytest.fixture(scope="module")
def screens(chromium: Browser) -> Screens:
    return Screens(chromium)


@pytest.fixture
def signed_in(house: RunningHouse, screens: Screens) -> Iterator[Signs]:
    taken: list[Screen] = []

    def sign(who: Someone, language: str = "en", size: str = "wide", scripts: bool = True) -> Worker:
        screen = screens.take(size, scripts)
        taken.append(screen)
        worker = Worker(screen.page, house.url, language)
        worker.page.goto(who.does("/console/sign-in-links")["url"])
        return worker.goes(f"/?lang={language}")

    yield sign
    # Nothing is fetched from elsewhere, no policy is violated, no script fails: on no page, in no test.
    complaints = [said for each in taken for said in each.complaints if not re.search(r"status of 4\d\d", said)]
    asked = [url for each in taken for url in each.asked]
    for each in taken:
        screens.give_back(each)
    assert not complaints
    assert not [url for url in asked if not url.startswith(house.url)]

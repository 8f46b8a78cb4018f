"""Somebody at a screen in real Chromium: goes to pages, clicks what is offered, fills in forms as a person would."""

from __future__ import annotations

import os
import re
import shutil
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import pytest

from services.console.texts import text
from shared.events.labels import command_label, field_label, label
from tests.services.console.screens import SIZES, USUAL

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

CHROMIUM = shutil.which("chromium")
ARGUMENTS = [
    "--no-sandbox", "--disable-gpu", "--no-first-run", "--disable-background-networking", "--disable-component-update",
    "--disable-sync", "--disable-quic",
]  # fmt: skip

SAID = """() => {
  const body = document.body.cloneNode(true);
  body.querySelectorAll("noscript, .hash, [lang=en]").forEach(each => each.remove());
  const spoken = [...body.querySelectorAll("[aria-label], [placeholder], [title]")].flatMap(
    each => [each.ariaLabel, each.placeholder, each.title]);
  return [document.title, body.textContent, ...spoken].filter(Boolean).join("\\n");
}"""
"""Everything that a page says, also what is folded away or only spoken; not hashes, nor what is marked as English."""

GLANCE = """async ([path, what]) => {
  const answer = await fetch(path);
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page.querySelector("main")) throw new Error(`${path} is no page`);
  return [...page.querySelectorAll(what)].map(each => each.textContent.trim());
}"""
"""A page fetched with the reader's own session and read, but not drawn."""

IN_A_BROWSER = [
    pytest.mark.browser,
    pytest.mark.skipif(CHROMIUM is None and not os.environ.get("CI"), reason="Chromium is not installed"),
]
"""For `pytestmark`."""


_CODE = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b|\{\w*\}|\b(?:None|True|False|undefined|NaN)\b(?!\.)|&(?:amp|lt|gt|#)")
"""Raw codes, places where nothing was put in, and what a program says for nothing."""
_LATIN = re.compile(r"[A-Za-z][a-z]{2,}")
LATIN_IN_CHINESE = frozenset({"Casetrail", "English", "Why", "Asia", "Shanghai", "png", "min"})
"""All Latin words of three letters that may stand on a Chinese page: names, and what is called so in Chinese too."""
_HAN = re.compile(r"[\u4e00-\u9fff]+")
HAN_IN_ENGLISH = frozenset({"中文"})


def strange(text: str, language: str, names: Collection[str] = ()) -> list[str]:
    """What should not stand on a page in this language."""
    for name in names:
        text = text.replace(name, "")
    found: list[str] = _CODE.findall(text)
    if language == "zh":
        return found + [word for word in _LATIN.findall(text) if word not in LATIN_IN_CHINESE]
    return found + [word for word in _HAN.findall(text) if word not in HAN_IN_ENGLISH]


@dataclass
class Worker:
    """Somebody at a screen, in a language."""

    page: Page
    base: str
    language: str
    looks_for: Collection[str] | None = None
    """With names that may stand on any page: looks at every page that it comes to whether anything else is strange."""

    def goes(self, path: str) -> Worker:
        self.page.goto(self.base + path)
        return self.arrives()

    def glances_at(self, path: str, what: str) -> list[str]:
        """What a page says there, to this person in this browser, without going to it."""
        return self.page.evaluate(GLANCE, [path, what])

    def arrives(self) -> Worker:
        """At a page."""
        if self.looks_for is not None:
            self.page.wait_for_load_state()
            self.finds_nothing_strange(self.looks_for)
        return self

    def finds_nothing_strange(self, names: Collection[str]) -> Worker:
        """No raw code, no missing text, nothing in another language but these names; and no page is wider than its window."""
        found = strange(self.page.evaluate(SAID), self.language, names)
        assert not found, (self.page.url, found)
        for width, height in (SIZES["narrow"], USUAL):
            self.page.set_viewport_size({"width": width, "height": height})
            wider = self.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
            assert wider <= 0, f"{self.page.url} is {wider} px wider than {width}"
        return self

    def t(self, door: str) -> str:
        return command_label(self.language, door)

    def stage(self) -> str:
        return self.page.locator("#case-head .badge.stage").inner_text()

    # ── what is offered ───────────────────────────────────────────────────────────────────────────────────────────────
    def offered(self) -> list[str]:
        """On the page of a case, what is next and what stands under “more”."""
        return [link.strip() for link in self.page.locator("#case-do a").all_text_contents()]

    def is_offered(self, case: str, door: str) -> bool:
        """Whether the page of the case has it, as next or under “more”."""
        return self.t(door) in self.glances_at(case, "#case-do a")

    def clicks_command(self, door: str) -> Worker:
        """On the page of a case: what is next, or what stands under “more”."""
        link = self.page.locator("#case-do").get_by_role("link", name=self.t(door), exact=True)
        if not link.is_visible():
            self.page.locator("#do-more summary").click()
        link.click()
        self.page.locator("#command h1").wait_for()
        return self.arrives()

    def has_to(self, case: str, door: str) -> bool:
        """Whether it stands on the worklist."""
        return self.glances_at("/work", f'#work a[href^="{case}/do/{door}"]') != []

    def open_points(self) -> list[str]:
        """What the page of a case says is still to be done before it ends."""
        return [said.partition("(")[0].strip() for said in self._open_points().all_text_contents()]

    def clicks_open_point(self, door: str) -> Worker:
        """One of them, by the command that does it."""
        self.page.locator(".checklist").get_by_role("link", name=self.t(door), exact=True).click()
        self.page.locator("#command h1").wait_for()
        return self.arrives()

    def _open_points(self) -> Locator:
        return self.page.locator(".checklist ul .open > span:last-child")

    def takes_up(self, case: str, door: str) -> Worker:
        """From the worklist: what waits there for this person."""
        with self.page.expect_navigation():
            self.page.locator("header nav").get_by_role("link", name=text(self.language, "work"), exact=True).click()
        self.arrives().page.locator(f'#work a[href^="{case}/do/{door}"]').click()
        self.page.locator("#command h1").wait_for()
        return self.arrives()

    # ── forms ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    def types(self, **typed: Any) -> Worker:
        """By the label of each field: texts ticked in a list, True and False as yes and no, groups and rows as they are nested."""
        for name, value in typed.items():
            self._types(self.page.locator("#command"), "f", name, value)
        return self

    def _types(self, within: Locator, path: str, name: str, value: Any) -> None:
        said = field_label(self.language, name)
        match value:
            case dict():
                group = self.page.locator(f"#{path}-{name}")
                if group.evaluate("each => each.tagName === 'DETAILS' && !each.open"):
                    group.locator("summary").first.click()
                for part, each in value.items():
                    self._types(group, f"{path}-{name}", part, each)
            case [dict(), *_]:
                for number, row in enumerate(value):
                    self._row(f"{path}-{name}", number)
                    for part, each in row.items():
                        self._types(
                            self.page.locator(f"#{path}-{name} .row").nth(number), f"{path}-{name}-{number}", part, each
                        )
            case list():
                group = within.get_by_role("group", name=re.compile(f"^{re.escape(said)}"))
                for code in value:
                    group.get_by_role("checkbox", name=re.compile(f"^{re.escape(label(self.language, code))}")).check()
            case bool():
                radios = within.get_by_role("radiogroup", name=re.compile(f"^{re.escape(said)}"))
                answer = label(self.language, "yes" if value else "no")
                radios.get_by_role("radio", name=answer, exact=True).check()
            case _:
                field = within.get_by_role("textbox", name=said, exact=True).or_(
                    within.get_by_role("combobox", name=said, exact=True)
                )
                if field.evaluate("each => each.tagName") == "SELECT":
                    field.select_option(value)
                else:
                    field.fill(value)

    def _row(self, rows: str, number: int) -> None:
        """The row is there, or is added."""
        if self.page.locator(f"#{rows} .row").count() <= number:
            self.page.locator(f'#{rows} > button[value^="add:"]').click()
            self.page.locator(f"#{rows} .row").nth(number).wait_for()

    def sends(self) -> Worker:
        with self.page.expect_navigation():  # a new page in any case: of the case, or of the form with what is wrong
            self.page.locator("#command .send button").click()
        return self.arrives()

    def is_recorded(self) -> Worker:
        assert self.page.locator("#case-do [role=status]").count() == 1, self.page.locator("main").inner_text()[:600]
        return self

    def does(self, door: str, **typed: Any) -> Worker:
        return self.clicks_command(door).types(**typed).sends().is_recorded()


Signs = Callable[..., Worker]
"""Signs somebody in by a link of their own: `signed_in(who, language="en", size="wide")`."""

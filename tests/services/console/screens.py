"""Screens in real Chromium, used again: each new context costs it two processes, a second of work and more than most tests."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

SIZES = {"wide": (1360, 1000), "narrow": (390, 844)}
USUAL = (1280, 900)


@dataclass
class Screen:
    """A page in a context of its own, what it has complained about, and what it has asked for."""

    page: Page
    scripts: bool
    complaints: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    spoilt: bool = False
    """Something was done to it that does not end when whoever sits at it leaves."""

    def sized(self, size: str) -> Screen:
        width, height = SIZES.get(size, USUAL)
        self.page.set_viewport_size({"width": width, "height": height})
        return self


class Screens:
    """Whoever takes one is the first to sit at it, for all that can be seen: no cookies, nothing stored, nothing shown."""

    def __init__(self, chromium: Browser) -> None:
        self._chromium = chromium
        self._free: defaultdict[bool, list[Screen]] = defaultdict(list)

    def take(self, size: str = "usual", scripts: bool = True) -> Screen:
        screen = self._free[scripts].pop() if self._free[scripts] else self._new(scripts)
        return screen.sized(size)

    def give_back(self, screen: Screen) -> None:
        page, context = screen.page, screen.page.context
        if screen.spoilt:
            context.close()
            return
        page.evaluate("sessionStorage.clear(); localStorage.clear()")
        page.goto("about:blank")  # so that nothing on it asks for more
        context.clear_cookies()
        screen.complaints.clear()
        screen.asked.clear()
        self._free[screen.scripts].append(screen)

    def _new(self, scripts: bool) -> Screen:
        context = self._chromium.new_context(locale="en-GB", java_script_enabled=scripts)
        screen = Screen(context.new_page(), scripts)
        complains = {"error", "warning"}
        screen.page.on("console", lambda said: screen.complaints.append(said.text) if said.type in complains else None)
        screen.page.on("pageerror", lambda error: screen.complaints.append(str(error)))
        screen.page.on("request", lambda request: screen.asked.append(request.url))
        return screen

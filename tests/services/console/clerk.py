"""Somebody at a browser without scripts: opens pages of a real house, fills in forms, sends them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any

import httpx

from tests.house import RunningHouse, Someone
from tests.services.console.drawn import Page


def words_of(html: str) -> str:
    """What a reader reads."""
    return " ".join(unescape(re.sub(r"<[^>]*>", " ", html)).split())


@dataclass
class Sheet:
    """A page with a form on it."""

    clerk: Clerk
    path: str
    answer: httpx.Response

    @property
    def html(self) -> str:
        return self.answer.text

    @property
    def says(self) -> str:
        return words_of(self.html)

    @property
    def holds(self) -> dict[str, list[str]]:
        """What its form would send."""
        (form,) = re.findall(r'<form class="card command".*?</form>', self.html, re.DOTALL)
        return Page(form).sent

    def errors(self, field: str) -> str:
        """What is said at a field."""
        found = re.search(rf'id="f-{re.escape(field)}-error">(.*?)</div>', self.html, re.DOTALL)
        return words_of(found[1]) if found else ""

    def sends(self, do: str = "give", files: Any = None, **typed: Any) -> Sheet:
        """The form with what is typed into it; `five_whys__0__why` is a path."""
        held = self.holds
        for name, value in typed.items():
            held[name.replace("__", ".")] = value if isinstance(value, list) else [value]
        held["do"] = [do]
        how: dict[str, Any] = {"files": files} if files else {}
        answer = self.clerk.http.post(self.path, data=held, **how)
        return Sheet(self.clerk, self.path, answer)


@dataclass
class Clerk:
    """A session."""

    http: httpx.Client

    @staticmethod
    def of(house: RunningHouse, who: Someone, language: str = "en") -> Clerk:
        """Signed in by a link."""
        http = httpx.Client(
            base_url=house.url, headers={"accept": "text/html"}, follow_redirects=True, timeout=30,
            verify=False,  # plain HTTP: reading all authorities would take longer than most pages
        )  # fmt: skip
        assert http.get(who.does("/console/sign-in-links")["url"]).status_code == 200
        http.get("/", params={"lang": language})
        return Clerk(http)

    def opens(self, path: str) -> Sheet:
        return Sheet(self, path, self.http.get(path))

"""A form as a browser sees it: the template drawn on its own, and what it would send when nothing is changed."""

from __future__ import annotations

from collections.abc import Mapping
from html.parser import HTMLParser
from types import SimpleNamespace
from typing import Any

from services.console.choices import Situation
from services.console.forms import Form, form
from services.console.telling import templates
from services.console.texts import text
from shared.events.labels import field_label, label
from shared.kernel.command import Command

WORDS = {"none": "–", "choose": "please choose", "not_known": "not known", "new_one": "a new one"}
VOID = {"input", "br"}
CONTROLS = {"input", "select", "textarea"}


def drawn(
    command: type[Command], situation: Situation, typed: Mapping[str, Any], errors: Any = None
) -> tuple[Form, str]:
    """The fields of a form as HTML."""
    made = form(command, situation, typed, WORDS, errors)
    told: dict[str, Any] = {
        "t": lambda key, **values: text(situation.language, key, **values), "language": situation.language,
        "label": lambda code: label(situation.language, code), "field_label": lambda name: field_label(situation.language, name),
        "user": str, "size": str, "action": "/cases/X/do/it", "form": made, "session": SimpleNamespace(),
    }  # fmt: skip
    each = "{{ field(one) }}{% endfor %}"
    fields = "{% for one in form.fields %}" + each + "{% for one in form.when %}" + each
    source = '{% from "fields.html" import field with context %}' + fields
    return made, templates().from_string(source).render(told)


class Page(HTMLParser):
    """Its controls with their names, values and labels; and what it would send."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.sent: dict[str, list[str]] = {}
        self.controls: list[dict[str, str]] = []
        self.labels: dict[str, str] = {}
        self.ids: list[str] = []
        self.open: list[tuple[str, dict[str, str]]] = []
        self._text = ""
        self._chosen: str | None = None
        self.feed(html)
        assert self.open == [], f"not closed: {self.open}"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        assert len(told) == len(attrs), f"an attribute is given twice: {attrs}"
        if "id" in told:
            self.ids.append(told["id"])
        if tag in CONTROLS and told.get("type") != "hidden":
            inside = [
                each["class"] for name, each in self.open if name == "label" and "option" in each.get("class", "")
            ]
            self.controls.append({"tag": tag, "labelled": "yes" if inside else "", **told})
        if tag == "input":
            self._input(told)
        if tag == "select":
            self._chosen = None
        if tag == "option" and self._in("select") and ("selected" in told or self._chosen is None):
            self._chosen = told["value"]
        if tag not in VOID:
            self.open.append((tag, told))
            self._text = ""

    def handle_data(self, data: str) -> None:
        self._text += data

    def handle_endtag(self, tag: str) -> None:
        name, told = self.open.pop()
        assert name == tag, f"</{tag}> closes <{name}>"
        if tag == "textarea":
            self._send(told["name"], self._text.removeprefix("\n"))
        if tag == "select":
            self._send(told["name"], self._chosen or "")
        if tag == "label" and "for" in told:
            self.labels[told["for"]] = self._text

    def unlabelled(self) -> list[str]:
        """Controls that nothing names."""
        return [
            each.get("name", "?")
            for each in self.controls
            if not (each["labelled"] or each.get("aria-label") or each.get("id") in self.labels)
        ]

    def _in(self, tag: str) -> bool:
        return any(name == tag for name, _ in self.open)

    def _input(self, told: dict[str, str]) -> None:
        if told.get("type") == "file" or (told.get("type") in ("checkbox", "radio") and "checked" not in told):
            return
        self._send(told["name"], told.get("value", ""))

    def _send(self, name: str, value: str) -> None:
        self.sent.setdefault(name, []).append(value)

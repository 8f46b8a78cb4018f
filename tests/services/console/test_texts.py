"""Every text stands in both languages, every text is used, and nothing that is used is missing."""

from __future__ import annotations

import re
from string import Formatter

from services.console.telling import HERE
from services.console.texts import TEXTS

USED = re.compile(r"""\bt\(\s*["'](\w+)["']""")
MADE = {
    "group_": "sla_page", "m_": "fishbone", "w_": "case_cause", "problem_": "frame", "wrong_": "refusals",
    "duty_": "work_page", "digest_cases_": "site_duties", "count_": "counting", "point_": "checklist", "before_": "case_checklist",
}  # fmt: skip
"""Keys that are put together from these beginnings."""


def used() -> set[str]:
    sources = [*HERE.glob("templates/*.html"), *HERE.glob("*.py")]
    text = "\n".join(path.read_text(encoding="utf-8") for path in sources if path.name != "texts.py")
    found = set(USED.findall(text)) - MADE.keys()
    found |= {key for key in TEXTS["en"] if f'"{key}"' in text}
    return found | {key for key in TEXTS["en"] if key.startswith(tuple(MADE))}


def test_nothing_is_missing_and_nothing_left_over():
    assert used() - TEXTS["en"].keys() == set()
    assert TEXTS["en"].keys() - used() == set()


def test_both_languages_say_everything_with_the_same_values():
    assert TEXTS["en"].keys() == TEXTS["zh"].keys()
    for key, english in TEXTS["en"].items():
        chinese = TEXTS["zh"][key]
        assert english.strip() and chinese.strip(), key
        assert _values(english) == _values(chinese), key


def test_chinese_is_chinese():
    assert not [key for key, text in TEXTS["zh"].items() if not re.search("[\u4e00-\u9fff]", text)]


def test_no_template_holds_words_of_its_own():
    for path in HERE.glob("templates/*.html"):
        unfilled = re.sub(r"{%.*?%}|{{.*?}}|{#.*?#}", " ", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        bare = re.sub(r"<[^>]*>", " ", unfilled)
        words = set(re.findall(r"[A-Za-z\u4e00-\u9fff]{2,}", bare))
        assert words <= {"Casetrail", "casetrail", "sign", "in", "SHA", "doctype"}, path.name


def test_no_template_holds_a_style_or_a_script():
    for path in [*HERE.glob("templates/*.html"), *HERE.glob("static/*.svg")]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"\sstyle\s*=|<style|\son\w+\s*=|javascript:|hx-on|\|\s*safe", text), path.name
        assert not re.search(r"<script(?! src=)", text), path.name
        assert not re.search(r"""(?:src|href)=["'](?:https?:)?//""", text), path.name


def _values(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}

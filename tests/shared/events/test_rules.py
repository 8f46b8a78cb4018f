"""Every rule that refuses something says in both languages what it wants."""

from __future__ import annotations

import ast
import re
from pathlib import Path

import services
import shared
from shared.events.labels import rule_label
from shared.events.labels.rules import RULES

BESIDE = {"role", "S1-50"}
"""Rules that are no guards of the domain: the table of access, and a sentence of a source."""


def rules_in_use() -> set[str]:
    """Every `G-…` that stands by itself in the code."""
    found: set[str] = set()
    for folder in (services, shared):
        for path in Path(folder.__path__[0]).rglob("*.py"):
            if path.name == "rules.py" and path.parent.name == "labels":
                continue
            texts = (
                node.value for node in ast.walk(ast.parse(path.read_text("utf-8"))) if isinstance(node, ast.Constant)
            )
            found |= {text for text in texts if isinstance(text, str) and re.fullmatch(r"G-[A-Z0-9]+", text)}
    return found


def test_every_rule_in_use_has_its_words_and_none_is_left_over():
    used = rules_in_use()
    assert len(used) > 60
    assert used - RULES.keys() == set()
    assert RULES.keys() - used == BESIDE


def test_what_a_rule_wants_is_told_in_both_languages():
    for rule, (english, chinese) in RULES.items():
        assert rule_label("en", rule) == english and rule_label("zh", rule) == chinese
        assert re.search("[\u4e00-\u9fff]", chinese), rule
        assert english[0].isupper() and not english.endswith("."), rule
    assert rule_label("zh", "G-NEW") == "G-NEW"

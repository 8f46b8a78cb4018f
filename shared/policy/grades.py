"""What is too vague to work with (G-DESC); grading rules themselves follow with the policy packs."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from functools import lru_cache

VAGUE = frozenset(
    {
        "不好用", "不工作", "坏了", "有问题", "不行", "用不了", "质量差", "不满意",
        "does not work", "doesn't work", "not working", "broken", "bad", "defective", "faulty", "problem", "no good",
        "funktioniert nicht", "kaputt", "defekt", "geht nicht", "no funciona", "malo", "defectuoso", "roto",
    }
)  # fmt: skip
FILLERS = (
    "这个", "那个", "产品", "设备", "机器", "东西", "我们", "我的", "你们", "非常", "很", "太", "了", "的", "是", "您好", "请",
    "the", "this", "that", "my", "our", "your", "a", "an", "it", "is", "are", "was", "very", "just", "simply", "at", "all", "again",
    "product", "device", "unit", "item", "thing", "machine", "please", "hello", "with", "has", "have", "i", "we", "you",
    "das", "der", "die", "ist", "sehr", "gerät", "produkt", "bitte", "el", "la", "es", "está", "muy", "producto", "equipo",
)  # fmt: skip
"""Words that add nothing to a vague one."""
LEAST_WIDTH = 10
"""Columns a description must fill: ten Latin letters, or five Chinese characters, which say about as much."""


def too_vague(text: str, more: tuple[str, ...] = (), least: int = LEAST_WIDTH) -> str | None:
    """Why a description cannot be worked with, or None when it can (S1-14, G-DESC).

    `more` are the vague terms of a policy besides ours, `least` is the width that it asks for.
    """
    plain = text.strip().strip(".!?。！？ ").casefold().replace("’", "'")
    terms, vague_in, nothing_said = _terms(more)
    said = nothing_said.sub(" ", plain)
    vague = plain in terms or (vague_in.search(plain) is not None and _width("".join(said.split())) < LEAST_WIDTH)
    if vague:
        return f"“{text.strip()[:80]}” does not say what the product does or fails to do"
    if _width(plain) < least:
        return "the description is too short to say what happens, when, and how far it reaches"
    return None


def _width(text: str) -> int:
    return sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text)


def _any_of(words: Iterable[str]) -> str:
    """Latin words as whole words; Chinese ones wherever they stand."""
    longest = sorted(words, key=len, reverse=True)
    return "|".join(rf"\b{re.escape(word)}\b" if word.isascii() else re.escape(word) for word in longest)


@lru_cache(maxsize=64)
def _terms(more: tuple[str, ...]) -> tuple[frozenset[str], re.Pattern[str], re.Pattern[str]]:
    terms = VAGUE | {term.casefold().replace("’", "'") for term in more}
    return terms, re.compile(_any_of(terms)), re.compile(f"{_any_of((*terms, *FILLERS))}|[\\W_]+")

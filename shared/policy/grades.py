"""What is too vague to work with (G-DESC); grading rules themselves follow with the policy packs."""

from __future__ import annotations

import unicodedata

VAGUE = frozenset(
    {
        "不好用", "不工作", "坏了", "有问题", "不行", "用不了", "质量差", "不满意",
        "does not work", "doesn't work", "not working", "broken", "bad", "defective", "faulty", "problem", "no good",
        "funktioniert nicht", "kaputt", "defekt", "geht nicht", "no funciona", "malo", "defectuoso", "roto",
    }
)  # fmt: skip
LEAST_WIDTH = 10
"""Columns a description must fill: ten Latin letters, or five Chinese characters, which say about as much."""


def too_vague(text: str) -> str | None:
    """Why a description cannot be worked with, or None when it can (S1-14, G-DESC)."""
    plain = text.strip().strip(".!?。！？ ").casefold()
    if plain in VAGUE:
        return f"“{text.strip()}” does not say what the product does or fails to do"
    width = sum(2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in plain)
    if width < LEAST_WIDTH:
        return "the description is too short to say what happens, when, and how far it reaches"
    return None

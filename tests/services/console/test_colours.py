"""Every pair of text and ground keeps the contrast of WCAG 2 AA, in both colour schemes."""

from __future__ import annotations

import re

import pytest

from services.console.telling import HERE

PAIRS = [
    *((ink, ground) for ink in ("ink", "soft", "blue", "red", "amber", "green") for ground in ("card", "ground")),
    *((f"{hue}", f"{hue}-soft") for hue in ("blue", "red", "amber", "green", "violet")),
    ("soft", "faint"), ("ink", "faint"), ("ink", "blue-soft"), ("soft", "blue-soft"), ("on-act", "act"),
]  # fmt: skip
MARKS = [(f"bar-{hue}", "card") for hue in ("green", "red", "blue")]


def schemes() -> dict[str, dict[str, str]]:
    css = (HERE / "static" / "console.css").read_text(encoding="utf-8")
    blocks = re.findall(r":root {(.*?)}", css, re.DOTALL)
    light, dark = (dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block)) for block in blocks)
    return {"light": light, "dark": {**light, **dark}}


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_text_can_be_read(scheme: str):
    colours = schemes()[scheme]
    weak = {pair: round(contrast(*(colours[name] for name in pair)), 2) for pair in PAIRS}
    assert not {pair: ratio for pair, ratio in weak.items() if ratio < 4.5}


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_bars_and_points_can_be_seen(scheme: str):
    colours = schemes()[scheme]
    assert all(contrast(*(colours[name] for name in pair)) >= 3 for pair in MARKS)

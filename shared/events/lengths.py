"""How lengths of time are told to people."""

from __future__ import annotations

from datetime import timedelta

MINUTE, HOUR, DAY = timedelta(minutes=1), timedelta(hours=1), timedelta(days=1)
UNITS = {"en": (" d", " h", " min"), "zh": ("天", "小时", "分钟")}
_JUST = {"en": "less than a minute", "zh": "不到1分钟"}


def lasts(language: str, length: timedelta) -> str:
    """A length in its two largest units."""
    days, hours, minutes = length // DAY, length % DAY // HOUR, length % HOUR // MINUTE
    parts = [f"{n}{unit}" for n, unit in zip((days, hours, minutes), UNITS[language], strict=True) if n]
    # Beyond ten days nobody minds the hours.
    told = parts[:1] if days >= 10 else parts[:2]
    return ("" if language == "zh" else " ").join(told) or _JUST[language]

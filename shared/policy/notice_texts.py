"""The words of notices that ship with Casetrail, in both languages; a pack may have its own in their place."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib.resources import files

from shared.kernel.say import LANGUAGES
from shared.policy.notice_rules import NoticeText, Notifications


@cache
def shipped_texts() -> dict[str, dict[str, NoticeText]]:
    """Language → template → its words."""
    folder = files("shared.policy").joinpath("templates")
    read = {lang: tomllib.loads(folder.joinpath(f"notice.{lang}.toml").read_text("utf-8")) for lang in LANGUAGES}
    return {
        language: {code: NoticeText.model_validate(text) for code, text in texts.items()}
        for language, texts in read.items()
    }


def shipped_codes() -> frozenset[str]:
    """The templates that every pack may name."""
    return frozenset(shipped_texts()["en"])


def text_of(said: Notifications, template: str, language: str) -> NoticeText:
    """A template's words in a language; KeyError when there is none of that name."""
    own = (said.templates or {}).get(template)
    if own is not None:
        return own.zh if language == "zh" else own.en
    return shipped_texts()[language][template]

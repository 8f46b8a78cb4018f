"""Everything but mail goes through Apprise: WeCom, DingTalk, Teams, Slack, SMS gateways, webhooks, and a hundred more."""

from __future__ import annotations

import re
from typing import Any
from urllib.parse import quote, unquote

from services.notify.words import Letter
from shared.kernel.errors import Invalid

KEY_HEADER = "Idempotency-Key"
"""Web hooks get the key of the notice so, and can tell a notice that comes twice."""


class NotSent(Exception):
    """The other side did not take it. What is said here names no address, no token and no password."""


def send_through_apprise(url: str, letter: Letter, key: str, *, urgent: bool = False) -> None:
    """Raises NotSent when it was not taken, Invalid when the URL is none that Apprise knows."""
    import apprise as imported  # a tenth of a second, and only whoever has channels needs it

    apprise: Any = imported  # its types are known in part
    # Nothing of Apprise's own is kept on the disk, and what it logs shows no secrets.
    asset = apprise.AppriseAsset(app_id="Casetrail", app_desc="Casetrail", app_url="", async_mode=False)
    service = apprise.Apprise.instantiate(url, asset=asset)
    if service is None:
        raise Invalid("Apprise does not know this URL", way_out="the URLs it knows: https://github.com/caronc/apprise")
    if isinstance(getattr(service, "headers", None), dict):
        service.headers[KEY_HEADER] = key
    house = apprise.Apprise(asset=asset)
    house.add(service)
    kind = apprise.NotifyType.WARNING if urgent else apprise.NotifyType.INFO
    # Plain text, said so: else each service would read * and < in its own way.
    result = house.notify(title=letter.title, body=letter.text, notify_type=kind, body_format="text")
    if not result:
        told = " ".join(str(getattr(entry, "message", entry)) for entry in result.logs())
        raise NotSent(without_secrets(told, url) or "it was not taken")


def customer_url(pattern: str, number: str) -> str:
    """The URL of an SMS gateway with the number in its place."""
    return pattern.replace("{to}", quote(number, safe=""))


def without_secrets(told: str, url: str) -> str:
    """An error in one line, without any part of the URL it is about."""
    split = [part for part in re.split(r"[/:@?&=+#\s]+", url) if len(part) > 3]
    parts = {*split, *map(unquote, split)}
    for part in sorted(parts, key=len, reverse=True):
        told = told.replace(part, "…")
    return " ".join(told.split())[:200]

"""A start. What is in its way is told at once: before the house is loaded, which takes a second, and before anything is made."""

from __future__ import annotations

import os

from services.start_options import StartOptions
from shared.kernel.errors import Invalid
from shared.runtime.home import Home, StartRefused, require_port

PRIVATE = 0o077
"""Whatever is written in a home, by us or by nats-server, can be read by its owner alone: it holds customers' names."""


def start(options: StartOptions) -> None:
    """Start a home and block until it is stopped; raises StartRefused with one line that names the way out."""
    os.umask(PRIVATE)
    home = Home(options.home)
    if options.site is not None or options.zone is not None:
        check_site(options.site, options.zone)
    home.occupy()
    try:
        require_port(options.port, options.host)
        from shared.runtime import schemas

        schemas.when_needed()
        from services.composition import run  # everything there is

        run(home, options)
    finally:
        home.release()


def check_site(site: str | None, zone: str | None) -> None:
    """Raises StartRefused when there can be no such site, before anything is made."""
    try:
        _checked((site or "main").strip().lower(), zone or "UTC")
    except Invalid as problem:
        raise StartRefused(problem.line) from None


def _checked(site: str, zone: str) -> None:
    from zoneinfo import available_timezones

    from pydantic import TypeAdapter, ValidationError

    from shared.kernel.values import SiteCode

    try:
        TypeAdapter(SiteCode).validate_python(site)
    except ValidationError:
        raise Invalid(f"{site!r} is not a site code", way_out="1 to 32 of a-z, 0-9 and -") from None
    if zone not in available_timezones():
        raise Invalid(f"{zone!r} is not an IANA time zone", way_out="for example --zone Asia/Shanghai") from None

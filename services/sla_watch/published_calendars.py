"""First calendars for a site, from the public holidays its country has published. People amend them; they are not law.

The package `holidays` computes any year one asks for. Where a country moves working days by decree each year (China's
调休), a year without moved days has no decree yet: it is computed all the same, but counts as unpublished. So does a
year with estimated days.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, time
from typing import TYPE_CHECKING

from shared.clocks.calendars import Hours, Week, WorkCalendar

if TYPE_CHECKING:
    from holidays import HolidayBase

_USUAL: Hours = ((time(8), time(12)), (time(12, 30), time(16, 30)))
_CHINESE: Hours = ((time(8, 30), time(12)), (time(13), time(17, 30)))

_COUNTRIES = {
    "AT": "Europe/Vienna",
    "AU": "Australia/Sydney Australia/Melbourne Australia/Brisbane Australia/Adelaide Australia/Perth",
    "BE": "Europe/Brussels",
    "BR": "America/Sao_Paulo",
    "CA": "America/Toronto America/Vancouver America/Montreal America/Edmonton",
    "CH": "Europe/Zurich",
    "CN": "Asia/Shanghai Asia/Chongqing Asia/Harbin Asia/Urumqi PRC",
    "CZ": "Europe/Prague",
    "DE": "Europe/Berlin",
    "DK": "Europe/Copenhagen",
    "ES": "Europe/Madrid",
    "FI": "Europe/Helsinki",
    "FR": "Europe/Paris",
    "GB": "Europe/London",
    "HK": "Asia/Hong_Kong",
    "HU": "Europe/Budapest",
    "ID": "Asia/Jakarta",
    "IE": "Europe/Dublin",
    "IN": "Asia/Kolkata Asia/Calcutta",
    "IT": "Europe/Rome",
    "JP": "Asia/Tokyo",
    "KR": "Asia/Seoul",
    "MX": "America/Monterrey America/Mexico_City America/Tijuana America/Ciudad_Juarez America/Chihuahua",
    "MY": "Asia/Kuala_Lumpur",
    "NL": "Europe/Amsterdam",
    "NO": "Europe/Oslo",
    "PH": "Asia/Manila",
    "PL": "Europe/Warsaw",
    "PT": "Europe/Lisbon",
    "RO": "Europe/Bucharest",
    "SE": "Europe/Stockholm",
    "SG": "Asia/Singapore",
    "SK": "Europe/Bratislava",
    "TH": "Asia/Bangkok",
    "TR": "Europe/Istanbul",
    "TW": "Asia/Taipei",
    "US": "America/New_York America/Chicago America/Denver America/Los_Angeles America/Detroit America/Phoenix",
    "VN": "Asia/Ho_Chi_Minh Asia/Saigon",
    "ZA": "Africa/Johannesburg",
}
_ZONES = {zone: country for country, zones in _COUNTRIES.items() for zone in zones.split()}


def for_zone(zone: str) -> str | None:
    """The country (ISO 3166) whose holidays a site in this zone most likely keeps; None when nobody should guess."""
    return _ZONES.get(zone)


def default_week(country: str) -> Week:
    """Monday to Friday, eight hours."""
    return (_CHINESE if country == "CN" else _USUAL,) * 5 + ((), ())


def published(
    country: str, subdivision: str | None, zone: str, weekly: Week | None, years: Iterable[int]
) -> WorkCalendar:
    """The calendar of these years (consecutive), with holidays named in the country's own language.

    Raises ValueError for a country or subdivision the package does not know. `published_through` is the end of the last
    year that is published; when none is, the eve of the first.
    """
    wanted = sorted(set(years))
    if not wanted or wanted != list(range(wanted[0], wanted[-1] + 1)):
        raise ValueError(f"years must follow one another, not {wanted}")
    known = _holidays(country, subdivision, wanted)
    last = max((year for year in wanted if _is_published(known, year)), default=wanted[0] - 1)
    return WorkCalendar(
        id="-".join(part.lower() for part in (country, subdivision, "std") if part),
        version=1,
        zone=zone,
        weekly=default_week(country) if weekly is None else weekly,
        holidays=dict(known),
        extra_working_days=frozenset(day for day in known.weekend_workdays if day.year in wanted),
        published_from=date(wanted[0], 1, 1),
        published_through=date(last, 12, 31),
    )


def _holidays(country: str, subdivision: str | None, years: list[int]) -> HolidayBase:
    from holidays import country_holidays  # only when it is asked for: its calendars would be a part of each start

    def named(language: str | None) -> HolidayBase:
        return country_holidays(country, subdiv=subdivision, years=years, expand=False, language=language)

    try:  # without a language the names would follow the environment (LANG) of whoever asks
        return named(named(None).default_language)
    except NotImplementedError as cause:
        raise ValueError(f"no holidays known for {country} {subdivision or ''}".rstrip()) from cause


def _is_published(known: HolidayBase, year: int) -> bool:
    if not known.start_year <= year <= known.end_year:
        return False
    if known.has_substituted_holidays:  # errs on the safe side for a country that once moved days and no longer does
        return any(day.year == year for day in known.weekend_workdays)
    estimated = known.tr(getattr(known, "estimated_label", "")).strip(
        "%s ()"
    )  # days that wait for the sighting of the moon
    return not estimated or not any(estimated in name for day, name in known.items() if day.year == year)

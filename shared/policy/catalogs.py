"""What a site may choose from: classes of problems in three levels, and causes that come up again and again."""

from __future__ import annotations

from collections.abc import Mapping

from shared.events.words import Category
from shared.kernel.errors import Refused
from shared.policy.pack import Entries, Entry, Pack


def must_be_listed(pack: Pack, category: Category, subcategory: str | None, failure_mode: str | None) -> None:
    """Raises Refused, naming the level, when the catalogue of the policy does not have it (G-CATALOG).

    Where the policy lists nothing, anything may be said; what is left out is not asked for.
    """
    catalogs = pack.catalogs
    if catalogs is None:
        return
    if catalogs.categories is not None and category not in catalogs.categories:
        raise _not_listed("category", category, catalogs.categories)
    for field, said, listed in (
        ("subcategory", subcategory, catalogs.subcategories),
        ("failure_mode", failure_mode, catalogs.failure_modes),
    ):
        codes = [entry.code for entry in _of(listed, category)]
        if said is not None and codes and said not in codes:
            raise _not_listed(field, said, codes)


def cause_patterns(pack: Pack) -> dict[str, Entry]:
    """Code → pattern, of all domains; empty where the policy lists none."""
    listed = (pack.catalogs.cause_patterns if pack.catalogs is not None else None) or {}
    return {entry.code: entry for entries in listed.values() for entry in entries}


def _of(listed: Mapping[Category, Entries] | None, category: Category) -> Entries:
    return (listed or {}).get(category, ())


def _not_listed(field: str, said: str, listed: tuple[Category, ...] | list[str]) -> Refused:
    return Refused(
        f"{said!r} is not in the catalogue of this site", rule="G-CATALOG", field=field,
        way_out=f"choose one of: {', '.join(listed)}; or add it to the policy (catalogs)",
    )  # fmt: skip

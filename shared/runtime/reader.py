"""Who reads, and of which sites: no list, case or file shows anything of a site at which the reader holds no role."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection
from dataclasses import dataclass
from typing import Annotated, Any, TypeVar

import sqlalchemy as sa
from fastapi import Depends, Request

from shared.kernel.errors import Forbidden, Unknown
from shared.policy.access import QUERIES
from shared.policy.organisation import Person
from shared.runtime.directory import Directory
from shared.runtime.http import SignedIn

Sites = Collection[str] | None
"""The sites that an answer may show; None means every site there is, so nothing needs to be asked."""


S = TypeVar("S", bound="sa.Select[*tuple[Any, ...]]")


@dataclass(frozen=True)
class Reader:
    """A person, and the sites of which they may read something."""

    person: Person
    sites: frozenset[str]
    everywhere: bool = False
    """These are all sites."""

    def at(self, site: str | None) -> Sites:
        """The sites of an answer: the one asked for, or all that may be seen; raises Forbidden."""
        if site is None:
            return None if self.everywhere else self.sites
        if site not in self.sites:
            raise Forbidden(
                f"{self.person.id} holds no role at site {site!r} that may read this",
                rule="G-SITE",
                field="site",
                way_out=f"sites: {', '.join(sorted(self.sites)) or 'none'}",
            )
        return (site,)

    def must_see(self, sites: Collection[str], what: str) -> None:
        """Raises Unknown, as if it were not there, when it belongs to other sites alone."""
        if not self.sites.intersection(sites):
            raise Unknown(f"there is no {what}", way_out="casetrail board")


def reader_of(directory: Directory, person: Person, what: str, now: Any) -> Reader:
    """Where a person may read one kind of thing, in roles of their own or standing in for somebody."""
    may = frozenset(QUERIES[what])
    sites = frozenset(
        code
        for code in directory.sites
        if may & directory.roles(person.id, code) or may & directory.stood_in_for(person.id, code, now).keys()
    )
    return Reader(person, sites, everywhere=len(sites) == len(directory.sites))


def reading(what: str) -> Callable[[Request, Person], Awaitable[Reader]]:
    """The dependency of a read: raises Unauthenticated, or Forbidden when it may be read nowhere."""

    async def reader(request: Request, person: SignedIn) -> Reader:
        desk = request.app.state.doorkeeper.desk
        found = reader_of(desk.directory, person, what, desk.clock.now())
        if not found.sites:
            raise Forbidden(
                f"{person.id} holds no role that may read this anywhere", rule="G-SITE",
                way_out="the owner of a site grants one (casetrail person grant)",
            )  # fmt: skip
        return found

    return reader


CaseReader = Annotated[Reader, Depends(reading("cases"))]
LedgerReader = Annotated[Reader, Depends(reading("ledger"))]
CostReader = Annotated[Reader, Depends(reading("costs"))]
ReferenceReader = Annotated[Reader, Depends(reading("reference"))]


def only(query: S, column: sa.ColumnElement[Any], sites: Sites) -> S:
    """The query, of these sites alone."""
    if sites is None:
        return query
    few = sorted(sites)
    if not few:
        return query.where(sa.false())
    return query.where(column == few[0] if len(few) == 1 else column.in_(few))

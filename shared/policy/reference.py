"""Reference data as decisions see it: one thing of a list, folded from its own stream, and how that stream is called."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, assert_never
from urllib.parse import quote, unquote

from shared.events import reference as e
from shared.events.reference import ProductRecorded, Recorded, ReferenceList, in_normal_form
from shared.kernel.fact import Fact


@dataclass(frozen=True)
class Listed:
    """How a list is kept: which event makes a version, and which of its fields tell one thing from another."""

    event: type[Recorded]
    key: tuple[str, ...]


LISTS: dict[ReferenceList, Listed] = {
    ReferenceList.DEPARTMENTS: Listed(e.DepartmentDefined, ("site", "code")),
    ReferenceList.POSTS: Listed(e.PostDefined, ("site", "code")),
    ReferenceList.CUSTOMERS: Listed(e.CustomerRecorded, ("customer_no",)),
    ReferenceList.PRODUCTS: Listed(e.ProductRecorded, ("product_model",)),
    # Many works number their lots by day and count, so the same number turns up under several products.
    ReferenceList.LOTS: Listed(e.LotRecorded, ("product_model", "lot_no")),
    ReferenceList.FAILURE_CODES: Listed(e.FailureCodeRecorded, ("code",)),
}
KIND_OF: dict[type[Recorded], ReferenceList] = {listed.event: kind for kind, listed in LISTS.items()}


def stream_of(kind: ReferenceList, *key: str) -> str:
    """`reference-lots/A1/20250310001`: where the versions of one thing stand, whatever letters its codes are made of."""
    return "-".join(("reference", "/".join((kind.value, *(quote(in_normal_form(part), safe="") for part in key)))))


def named_by(stream: str) -> tuple[ReferenceList, tuple[str, ...]]:
    """The list and the codes that a stream's name was made of."""
    kind, *key = stream.removeprefix("reference-").split("/")
    return ReferenceList(kind), tuple(map(unquote, key))


def stream_for(item: Recorded) -> str:
    """The stream that a version belongs to."""
    kind = KIND_OF[type(item)]
    return stream_of(kind, *(getattr(item, name) for name in LISTS[kind].key))


@dataclass(frozen=True)
class Reference:
    """One thing of a list: its latest version, and whether it is still in use."""

    item: Recorded | None = None
    retired: bool = False

    @property
    def known(self) -> bool:
        """Whether it was ever recorded; what is retired is known all the same."""
        return self.item is not None


def fold_reference(reference: Reference, fact: Fact[e.ReferenceEvent]) -> Reference:
    """The thing after one more fact."""
    match fact.event:
        case e.ReferenceRetired():
            return Reference(reference.item, retired=True)
        case (
            e.DepartmentDefined() | e.PostDefined() | e.CustomerRecorded() | e.ProductRecorded() | e.LotRecorded()
            | e.FailureCodeRecorded() as item
        ):  # fmt: skip
            return Reference(item)
        case _ as never:
            assert_never(never)


class References(Protocol):
    """What looks something up in the lists, inside the writer lock and without loading the rest."""

    def reference(self, kind: ReferenceList, *key: str) -> Reference:
        """The thing with these codes; one that nobody recorded is not `known`."""
        ...


def product_of(rules: References, model: str | None) -> ProductRecorded | None:
    """The product that a text names; None where nothing of that name is recorded."""
    if model is None:
        return None
    item = rules.reference(ReferenceList.PRODUCTS, model).item
    return item if isinstance(item, ProductRecorded) else None

"""Departments, posts, customers, products, lots and failure codes: each version of them is a fact, decided here."""

from typing import Any, assert_never

from shared.events import reference as events
from shared.events.reference import Recorded, ReferenceList
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Forbidden, Invalid, Refused, Unknown
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.policy.access import who_may
from shared.policy.reference import LISTS, Reference, stream_of
from shared.policy.rules import Rules, must_know


class DefineDepartment(events.DepartmentDefined, Command):
    """Define a department of a site, or change it; given again unchanged, it changes nothing."""


class DefinePost(events.PostDefined, Command):
    """Define a post in a department, with what it answers for, or change it (S0-35, S4-22)."""


class RecordCustomer(events.CustomerRecorded, Command):
    """Record a customer, or what has changed about one (S0-09, S3-07)."""


class RecordProduct(events.ProductRecorded, Command):
    """Record a product, or what has changed about one (S0-12, S1-20)."""


class RecordLot(events.LotRecorded, Command):
    """Record a lot and to whom it was shipped, or what has changed about it (S4-76)."""


class RecordFailureCode(events.FailureCodeRecorded, Command):
    """Record a failure code, or what has changed about one."""


class RetireReference(events.ReferenceRetired, Command):
    """Take something out of use; cases that name it stay as they are. Whoever may record it may retire it."""


RecordCommand = DefineDepartment | DefinePost | RecordCustomer | RecordProduct | RecordLot | RecordFailureCode
ReferenceCommand = RecordCommand | RetireReference

COMMAND: dict[ReferenceList, type[RecordCommand]] = {
    ReferenceList.DEPARTMENTS: DefineDepartment,
    ReferenceList.POSTS: DefinePost,
    ReferenceList.CUSTOMERS: RecordCustomer,
    ReferenceList.PRODUCTS: RecordProduct,
    ReferenceList.LOTS: RecordLot,
    ReferenceList.FAILURE_CODES: RecordFailureCode,
}
"""List → the command that records a version of one of its things."""
_LIST: dict[type[Any], ReferenceList] = {command: kind for kind, command in COMMAND.items()}
OF_A_SITE = frozenset({ReferenceList.DEPARTMENTS, ReferenceList.POSTS, ReferenceList.LOTS})
"""Lists whose things belong to a site; the others are the same everywhere."""


def stream_for(command: ReferenceCommand) -> str:
    """The stream of the thing that a command names; raises Invalid when it does not name it whole."""
    if isinstance(command, RetireReference):
        _named_whole(command)
        *before, _ = LISTS[command.kind].key
        return stream_of(command.kind, *(getattr(command, name) for name in before), command.code)
    kind = _LIST[type(command)]
    return stream_of(kind, *(getattr(command, name) for name in LISTS[kind].key))


def _named_whole(command: RetireReference) -> None:
    """Site and product, where they tell one from another, and only there."""
    wanted = {"site": command.kind in OF_A_SITE, "product_model": command.kind == ReferenceList.LOTS}
    for name, needed in wanted.items():
        given = getattr(command, name) is not None
        if given != needed:
            kind = command.kind.replace("_", " ")
            said = f"say which {name}: {kind} have one" if needed else f"{kind} have no {name}"
            raise Invalid(said, rule="G-REFERENCE", field=name)


def decide(reference: Reference, command: ReferenceCommand, occasion: Occasion, rules: Rules) -> Decided:
    """The next version, or nothing where it would be the same as the latest."""
    match command:
        case RetireReference():
            _may_retire(command, occasion)
            if not reference.known:
                raise Unknown(f"nothing in {command.kind.replace('_', ' ')} has these codes", field="code")
            if isinstance(reference.item, events.LotRecorded) and reference.item.site != command.site:
                raise Invalid("this lot was made at another site", rule="G-REFERENCE", field="site")
            if reference.retired:
                raise Refused(f"{command.code} is retired already", rule="G-REFERENCE", field="code")
            yield told(events.ReferenceRetired, command)
        case DefineDepartment():
            if command.head is not None:
                must_know(rules, command.head, "head")
            yield from _version(reference, command)
        case RecordLot():
            _not_more_than_there_were(command)
            _made_where_it_was(reference, command)
            yield from _version(reference, command)
        case DefinePost() | RecordCustomer() | RecordProduct() | RecordFailureCode():
            yield from _version(reference, command)
        case _:
            assert_never(command)


def _version(reference: Reference, command: RecordCommand) -> Decided:
    event: Recorded = told(LISTS[_LIST[type(command)]].event, command)
    if reference.retired or reference.item != event:
        yield event


def _not_more_than_there_were(lot: RecordLot) -> None:
    told_of = sum(shipment.quantity for shipment in lot.shipped_to)
    if lot.shipped_quantity is not None and told_of > lot.shipped_quantity:
        raise Invalid(
            f"{told_of:,} pieces to customers, but only {lot.shipped_quantity:,} shipped at all", rule="G-SHIPPED",
            field="shipped_to", way_out="correct shipped_quantity, or leave it out",
        )  # fmt: skip


def _made_where_it_was(reference: Reference, lot: RecordLot) -> None:
    """A lot stays with its site: who may record lots elsewhere may not take it over."""
    was = reference.item
    if isinstance(was, events.LotRecorded) and was.site != lot.site and not reference.retired:
        raise Refused(
            f"lot {lot.lot_no} of {lot.product_model} was made at another site", rule="G-REFERENCE", field="site",
            way_out="if that is wrong, retire it there first (retire-reference)",
        )  # fmt: skip


def _may_retire(command: RetireReference, occasion: Occasion) -> None:
    """The row of the command admits whoever may record anything; here it is asked for this very list and site."""
    wanted = who_may(COMMAND[command.kind])
    if not set(wanted) & set(occasion.actor.roles):
        raise Forbidden(
            f"{command.kind.replace('_', ' ')} are kept by other roles: {', '.join(wanted)}", rule="G-SITE",
            way_out="somebody who holds one of them does it, or the owner grants it (casetrail person grant)",
        )  # fmt: skip


def site_of(command: ReferenceCommand) -> str | None:
    """The site at which the roles must be held; None where any will do."""
    return getattr(command, "site", None)

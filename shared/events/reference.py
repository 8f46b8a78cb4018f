"""Reference data: departments, posts, customers, products, lots and failure codes, each version of them a fact."""

import unicodedata
from enum import StrEnum
from typing import Annotated, ClassVar

from pydantic import AfterValidator, Field

from shared.events.texts import CaseLine, Says
from shared.events.words import Category, Department
from shared.kernel.fact import Event
from shared.kernel.values import Code, Day, Language, Line, Money, PersonId, Quantity, SiteCode, Text, Value


class ReferenceList(StrEnum):
    """The lists that there are."""

    DEPARTMENTS = "departments"
    POSTS = "posts"
    CUSTOMERS = "customers"
    PRODUCTS = "products"
    LOTS = "lots"
    FAILURE_CODES = "failure_codes"


def in_normal_form(text: str) -> str:
    """A code as it is compared: composed letters, no space at its ends, one space where there are several. Case counts."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def _normal(text: str) -> str:
    if text != in_normal_form(text):
        raise ValueError("must not begin or end with a space, nor have several in a row (nor letters in parts: NFC)")
    return text


def _not_negative(price: Money) -> Money:
    if price.minor < 0:
        raise ValueError("must not be negative")
    return price


ItemCode = Annotated[Line, Field(max_length=100), AfterValidator(_normal)]
"""What an item is called by: any writing, as on the type plate. Two codes are the same when they are letter by letter."""
Price = Annotated[Money, AfterValidator(_not_negative)]


class DepartmentDefined(Event):
    """A department of a site, as it is now called and headed (domain §1.3)."""

    TOPIC: ClassVar[str] = "reference.DepartmentDefined"
    SAYS: ClassVar[Says] = {
        "en": "Department {code} of {site} defined: {title}, headed by {head}",
        "zh": "定义{site}的部门{code}：{title}，负责人{head}",
    }

    site: SiteCode
    code: ItemCode
    title: Line
    title_zh: Line | None = None
    """Its Chinese title, where the title is in another language."""
    department: Department | None = None
    """Which of the departments it is that cases are assigned to."""
    head: PersonId | None = None


class PostDefined(Event):
    """A post in a department of a site, with what it answers for (S0-35, S4-22)."""

    TOPIC: ClassVar[str] = "reference.PostDefined"
    SAYS: ClassVar[Says] = {
        "en": "Post {code} of {site} defined: {title}, in department {department_code}",
        "zh": "定义{site}的岗位{code}：{title}，属部门{department_code}",
    }

    site: SiteCode
    code: ItemCode
    title: Line
    title_zh: Line | None = None
    department_code: ItemCode | None = None
    duties: Text | None = None


class CustomerRecorded(Event):
    """A customer as we know it now (S0-09, S3-07)."""

    TOPIC: ClassVar[str] = "reference.CustomerRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Customer {customer_no} recorded: {customer_name}, segment {segment}",
        "zh": "登记客户{customer_no}：{customer_name}，类别{segment}",
    }

    customer_no: Code
    customer_name: CaseLine
    segment: Line | None = None
    language: Language | None = None
    contract_ref: Line | None = None
    """Where the terms agreed with this customer stand."""
    natural_person: bool = False
    """A human being, not a firm: lists show no more than the first letter of the name."""


class ProductRecorded(Event):
    """A product as it is sold now (S0-12, S1-20)."""

    TOPIC: ClassVar[str] = "reference.ProductRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Product {product_model} recorded: {title}, family {family}, price {unit_price}",
        "zh": "登记产品{product_model}：{title}，系列{family}，单价{unit_price}",
    }

    product_model: ItemCode
    title: Line
    title_zh: Line | None = None
    family: ItemCode | None = None
    unit_price: Price | None = None
    safety_relevant: bool = False
    """Somebody may come to harm when it fails."""


class Shipment(Value):
    """Pieces of a lot that went to one customer."""

    customer_no: Code
    quantity: Quantity
    shipped_on: Day | None = None


class LotRecorded(Event):
    """A lot of a product, and how much of it has left the house for whom (S4-76)."""

    TOPIC: ClassVar[str] = "reference.LotRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Lot {lot_no} of {product_model} recorded at {site}: {shipped_quantity} pieces shipped",
        "zh": "{site}登记{product_model}的批次{lot_no}：已出货{shipped_quantity}件",
    }

    product_model: ItemCode
    lot_no: ItemCode
    site: SiteCode
    """Where it was made."""
    produced_on: Day | None = None
    shipped_quantity: Quantity | None = None
    shipped_to: Annotated[tuple[Shipment, ...], Field(max_length=1_000)] = ()


class FailureCodeRecorded(Event):
    """A way of failing that the catalogue names, so that like is counted with like."""

    TOPIC: ClassVar[str] = "reference.FailureCodeRecorded"
    SAYS: ClassVar[Says] = {
        "en": "Failure code {code} recorded: {title} ({category})",
        "zh": "登记故障代码{code}：{title}（{category}）",
    }

    code: ItemCode
    category: Category
    title: Line
    title_zh: Line | None = None


class ReferenceRetired(Event):
    """Something of a list is no longer in use; what was recorded with it stays as it was. Recorded again, it is back."""

    TOPIC: ClassVar[str] = "reference.ReferenceRetired"
    SAYS: ClassVar[Says] = {
        "en": "{code} retired from the {kind}: {reason}",
        "zh": "{kind}中的{code}停用：{reason}",
    }

    kind: ReferenceList
    code: ItemCode
    site: SiteCode | None = None
    """Of a department, a post or a lot: its site."""
    product_model: ItemCode | None = None
    """Of a lot: its product."""
    reason: Text


Recorded = (
    DepartmentDefined | PostDefined | CustomerRecorded | ProductRecorded | LotRecorded | FailureCodeRecorded
)  # fmt: skip
"""One version of one thing of a list; the latest holds."""
ReferenceEvent = Recorded | ReferenceRetired

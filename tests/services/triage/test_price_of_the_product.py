"""What a product costs is known from the list, so that nobody need look it up to grade a case (S1-20)."""

from __future__ import annotations

from typing import Any

import pytest

from services.triage.domain import Classify
from shared.events.grading import GradeFacts
from shared.events.reference import ProductRecorded, ReferenceList
from shared.events.words import Category, Extent
from shared.kernel.values import Money
from shared.policy.policies import Policy
from shared.policy.reference import Reference
from shared.policy.shipped import shipped
from tests.facts import acknowledged, received, registered
from tests.given import Given, World, triage


class Listed(World):
    """Shenzhen goes by the second procedure; one product is in the list."""

    def __init__(self, product: ProductRecorded | None) -> None:
        super().__init__()
        self.product = product
        self.going_by = Policy(shipped()["pack-s1"], "pack-s1@1 digest")

    def reference(self, kind: ReferenceList, *key: str) -> Reference:
        assert kind == ReferenceList.PRODUCTS
        return Reference(self.product if self.product and key == (self.product.product_model,) else None)


def costing(minor: int, currency: str = "CNY", model: str = "ABC-2000") -> ProductRecorded:
    return ProductRecorded(product_model=model, title="Display", unit_price=Money(minor=minor, currency=currency))


def given(product: ProductRecorded | None) -> Given:
    single = registered().model_copy(
        update={"extent": Extent.SINGLE_UNIT, "product_model": "ABC-2000", "main_function_lost": False}
    )
    return triage.given(received(), acknowledged(), single).in_a_world(Listed(product))


HARMLESS = {"safety_hazard": False, "spoilage": False, "regulator_or_media_threat": False}


def grade(product: ProductRecorded | None, **facts: Any) -> tuple[str, str, int | None]:
    told = given(product).when(Classify(category=Category.HARDWARE_FAILURE, facts=GradeFacts(**{**HARMLESS, **facts})))
    assert told.problem is None, told.problem
    event = told.event()
    return event.grade, event.basis.value, event.facts.unit_price_minor


@pytest.mark.parametrize(
    ("product", "facts", "found"),
    [
        (costing(1_000_000), {}, ("IMPORTANT", "confirmed", 1_000_000)),
        (costing(999_999), {}, ("GENERAL", "confirmed", 999_999)),
        (costing(999_999), {"unit_price_minor": 1_000_000}, ("IMPORTANT", "confirmed", 1_000_000)),
        (costing(1_000_000, "JPY"), {}, ("IMPORTANT", "presumed", None)),
        (costing(1, model="another"), {}, ("IMPORTANT", "presumed", None)),
        (None, {}, ("IMPORTANT", "presumed", None)),
    ],
    ids=["costly", "cheap", "what is said wins", "another currency", "another product", "not in the list"],
)
def test_the_price_in_the_list_decides_where_nobody_says_another(
    product: ProductRecorded | None, facts: dict[str, Any], found: tuple[str, str, int | None]
):
    assert grade(product, **facts) == found

"""What may go wrong with which product, and the words for it, read from the files beside this module."""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from importlib.resources import files
from typing import Any

from shared.events.words import Category, Department


@dataclass(frozen=True)
class Told:
    """One failure in the words of a site: symptom, the chain of causes from the direct to the root, and what helps."""

    symptom: str
    because: tuple[str, ...]
    correct: str
    prevent: str


@dataclass(frozen=True, eq=False)
class Failure:
    """One way of failing. `ranks` are the grades it may have."""

    key: str
    category: Category
    ranks: tuple[str, ...]
    weight: float
    six_m: str
    title: Mapping[str, str]
    says: Mapping[str, tuple[str, ...]]
    told: Mapping[str, Told]
    safety: bool = False

    @property
    def department(self) -> Department:
        """Who looks for the cause (S0-24 to S0-27)."""
        if self.category == Category.HARDWARE_FAILURE and self.six_m in ("material", "measurement"):
            return Department.RND
        return _ROUTES.get(self.category, Department.QUALITY)


_ROUTES = {
    Category.HARDWARE_FAILURE: Department.PRODUCTION,
    Category.SOFTWARE_DEFECT: Department.RND,
    Category.APPEARANCE_DEFECT: Department.PRODUCTION,
    Category.BELOW_SPECIFICATION: Department.QUALITY,
    Category.PACKAGING_DAMAGE: Department.SUPPLY_CHAIN,
    Category.LOGISTICS_DAMAGE: Department.LOGISTICS,
    Category.SERVICE_PROCESS_ERROR: Department.AFTERSALES,
    Category.DOCUMENTATION: Department.RND,
}


@dataclass(frozen=True, eq=False)
class Product:
    """A product family. `share` is its part of each site's complaints, `months` how they rise and fall."""

    key: str
    failures: tuple[Failure, ...]
    share: Mapping[str, float]
    models: tuple[str, ...] = ()
    lot: str = ""
    name: Mapping[str, str] = field(default_factory=dict[str, str])
    customers: Mapping[str, tuple[str, ...]] = field(default_factory=dict[str, tuple[str, ...]])
    months: tuple[float, ...] = (1.0,) * 12


Phrases = Mapping[str, Any]


@lru_cache(maxsize=1)
def products() -> tuple[Product, ...]:
    """Every family, with what may go wrong with any product added to its own failures."""
    common = _read("products", "any")
    names = ("infusion_pump", "earphones", "industrial_display", "ebike_controller", "coffee_machine")
    return tuple(_product(name, _read("products", name), common) for name in names)


@lru_cache(maxsize=8)
def phrases(language: str) -> Phrases:
    """The phrase book of one language."""
    return _read("phrases", language)


def _read(folder: str, name: str) -> dict[str, Any]:
    return tomllib.loads((files("services.demo") / folder / f"{name}.toml").read_text("utf-8"))


def _product(key: str, said: dict[str, Any], common: dict[str, Any]) -> Product:
    # Together, what may happen to any product weighs as much as one or two of its own failures.
    shared = tuple(_failure(each, 0.35) for each in common["failures"])
    months = tuple(float(each) for each in said.get("months", (1,) * 12))
    return Product(
        key, (*(_failure(each, 1.0) for each in said["failures"]), *shared), said["share"], tuple(said["models"]),
        said["lot"], said["name"], {language: tuple(of) for language, of in said["customers"].items()},
        tuple(each * 12 / sum(months) for each in months),
    )  # fmt: skip


def _failure(said: dict[str, Any], scale: float) -> Failure:
    return Failure(
        said["key"], Category(said["category"]), tuple(said["ranks"]), said["weight"] * scale,
        said["six_m"], said["title"],
        {language: tuple(said[language]["says"]) for language in ("zh", "en", "de", "es")},
        {
            language: Told(of["symptom"], tuple(of["because"]), of["correct"], of["prevent"])
            for language, of in ((language, said[language]) for language in ("zh", "en"))
        },
        said.get("safety", False),
    )  # fmt: skip

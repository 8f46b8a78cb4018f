"""Conditions over the fact vocabulary: `safety_hazard or same_lot_failed_units >= 10`. Nothing is ever evaluated as code.

A fact may be unknown, and then a condition may be neither true nor false (Kleene's logic): `None`.
"""

from __future__ import annotations

import ast
import operator
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import EnumType, StrEnum
from itertools import product
from math import prod
from types import NoneType
from typing import Any, TypeAlias, cast, get_args

from shared.events.grading import GradeFacts

Known: TypeAlias = Mapping[str, Any]
"""Fact → value; None or missing when it is not known."""

LONGEST = 500
MOST_COMBINATIONS = 60_000
"""As many combinations of facts are tried to find out whether a rule can ever match."""


def _kind(annotation: Any) -> type:
    options = [option for option in (get_args(annotation) or (annotation,)) if option is not NoneType]
    plain: Any = get_args(options[0])[0] if get_args(options[0]) else options[0]
    return cast(type, plain)


VOCABULARY: dict[str, type] = {name: _kind(field.annotation) for name, field in GradeFacts.model_fields.items()}
"""Fact → bool, int, or the vocabulary its codes come from."""

_COMPARES: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq, ast.NotEq: operator.ne, ast.Lt: operator.lt, ast.LtE: operator.le, ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}  # fmt: skip
_WORDS = {"true": True, "false": False}


@dataclass(frozen=True)
class Condition:
    """One condition, read and checked."""

    text: str
    tree: ast.expr

    @staticmethod
    def parse(text: str) -> Condition:
        """Raises ValueError, saying what is wrong and what is allowed."""
        if len(text) > LONGEST:
            raise ValueError(f"is longer than {LONGEST} characters")
        try:
            tree = ast.parse(text.strip(), mode="eval").body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            raise ValueError(f"{text!r} is not a condition; for example: safety_hazard or units_affected > 1") from None
        try:
            _check(tree)
        except RecursionError:
            raise ValueError("is nested too deeply") from None
        return Condition(text, tree)

    @property
    def facts(self) -> tuple[str, ...]:
        """The facts it asks for, in the order of the vocabulary."""
        named = {node.id for node in ast.walk(self.tree) if isinstance(node, ast.Name)}
        return tuple(name for name in VOCABULARY if name in named)

    def holds(self, known: Known) -> bool | None:
        """Whether it is true of these facts; None when that depends on one that is not known."""
        return _value(self.tree, known)

    def values(self) -> dict[str, list[Any]]:
        """For each fact, values that make every difference there is."""
        found: dict[str, list[Any]] = {}
        for name in self.facts:
            kind = VOCABULARY[name]
            if kind is bool:
                found[name] = [False, True]
            elif isinstance(kind, EnumType):
                found[name] = [code.value for code in cast("type[StrEnum]", kind)]
            else:
                numbers = {node.value for node in ast.walk(self.tree) if isinstance(node, ast.Constant)}
                near = {n + d for n in numbers if type(n) is int for d in (-1, 0, 1)}
                found[name] = sorted(n for n in near if n >= 0)
        return found


def combinations(conditions: Sequence[Condition]) -> Iterator[dict[str, Any]] | None:
    """Every combination of facts that makes a difference to these conditions; None when there are too many to try."""
    values: dict[str, set[Any]] = {}
    for condition in conditions:
        for name, these in condition.values().items():
            values.setdefault(name, set()).update(these)
    if prod(map(len, values.values())) > MOST_COMBINATIONS:
        return None
    every = product(*(sorted(these, key=str) for these in values.values()))
    return (dict(zip(values, each, strict=True)) for each in every)


def _check(tree: ast.expr) -> None:
    match tree:
        case ast.BoolOp(values=parts):
            for part in parts:
                _check(part)
        case ast.UnaryOp(op=ast.Not(), operand=part):
            _check(part)
        case ast.Name(id=name):
            if name not in _WORDS and _known(name) is not bool:
                raise ValueError(f"{name} is not yes or no; compare it, for example: {name} >= 1")
        case ast.Compare(left=ast.Name(id=name), ops=[compares], comparators=[ast.Constant(value=value)]):
            _check_comparison(name, type(compares), value)
        case ast.Constant(value=bool()):
            pass
        case _:
            raise ValueError(
                f"{ast.unparse(tree)!r} is not understood; allowed are facts, and, or, not, "
                "and a fact compared with a number or a code"
            )


def _check_comparison(name: str, compares: type[ast.cmpop], value: object) -> None:
    kind = _known(name)
    if compares not in _COMPARES:
        raise ValueError(f"{name} can be compared with ==, !=, <, <=, >, >= only")
    if kind is bool:
        raise ValueError(f"{name} is yes or no: write {name}, or not {name}")
    if isinstance(kind, EnumType):
        codes = [code.value for code in cast("type[StrEnum]", kind)]
        if value not in codes:
            raise ValueError(f"{name} is one of {', '.join(codes)}")
        if compares not in (ast.Eq, ast.NotEq):
            raise ValueError(f"{name} can be compared with == and != only")
    elif type(value) is not int:
        raise ValueError(f"{name} is a whole number")


def _known(name: str) -> type:
    if name not in VOCABULARY:
        raise ValueError(f"there is no fact {name!r}; there are {', '.join(VOCABULARY)}")
    return VOCABULARY[name]


def _value(tree: ast.expr, known: Known) -> bool | None:
    match tree:
        case ast.BoolOp(op=ast.And(), values=parts):
            found = [_value(part, known) for part in parts]
            return False if False in found else None if None in found else True
        case ast.BoolOp(op=ast.Or(), values=parts):
            found = [_value(part, known) for part in parts]
            return True if True in found else None if None in found else False
        case ast.UnaryOp(operand=part):
            inner = _value(part, known)
            return None if inner is None else not inner
        case ast.Name(id=name):
            return _WORDS[name] if name in _WORDS else known.get(name)
        case ast.Compare(left=ast.Name(id=name), ops=[compares], comparators=[ast.Constant(value=value)]):
            there = known.get(name)
            return None if there is None else _COMPARES[type(compares)](there, value)
        case ast.Constant(value=bool() as value):
            return value
        case _:
            raise AssertionError(ast.dump(tree))  # parse has refused it

"""Loads a mapping file and names every fault in it."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any, TypeVar, cast

from pydantic import BaseModel, ValidationError

from services.intake.importing.checks import faults, meant
from services.intake.importing.mapping import Extra, Fields, FieldSource, Mapping, Open, Source
from shared.kernel.errors import Invalid, Unknown

M = TypeVar("M", bound=BaseModel)


def load_mapping(path: Path) -> Mapping:
    """Raises Invalid with every fault: file, key, rule, way out."""
    return load(path, Mapping, faults, _model_at)


def load(
    path: Path, kind: type[M], faults: Callable[[M], Iterable[str]], model_at: Callable[[list[str]], type[BaseModel]]
) -> M:
    """A mapping of some kind; `faults` are those that its types cannot see, `model_at` names what a place in it may hold."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise Unknown(
            f"there is no mapping {path}", way_out="examples/mappings/ in the project holds some to start from"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            f"{path.name} is not TOML in UTF-8: {error}", way_out="a text with quotes or \\ goes into '…'"
        ) from None
    try:
        mapping = kind.model_validate(content)
    except ValidationError as error:
        found = [_sentence(cast("dict[str, Any]", fault), model_at) for fault in error.errors(include_url=False)]
        raise _faulty(path, found) from None
    if found := list(faults(mapping)):
        raise _faulty(path, found)
    return mapping


def _faulty(path: Path, found: list[str]) -> Invalid:
    lines = "".join(f"\n  {fault}" for fault in found)
    return Invalid(f"{path.name} has {len(found)} fault{'s' * (len(found) > 1)}:{lines}", way_out="correct the mapping")


_MODELS: dict[str, type[BaseModel]] = {"source": Source, "fields": Fields, "extra": Extra, "open": Open}


def _model_at(place: list[str]) -> type[BaseModel]:
    return Mapping if len(place) == 1 else _MODELS[place[0]] if len(place) == 2 else FieldSource


def _sentence(fault: dict[str, Any], model_at: Callable[[list[str]], type[BaseModel]]) -> str:
    """key: what is wrong, and what was probably meant."""
    place = [str(part) for part in fault["loc"] if part not in ("str", "FieldSource")]
    match fault["type"]:
        case "extra_forbidden":
            names = [field.alias or name for name, field in model_at(place).model_fields.items()]
            return f"{'.'.join(place)}: unknown key{meant(place[-1], names)}"
        case "missing":
            return f"{'.'.join(place)}: is needed"
        case _:
            return f"{'.'.join(place)}: {fault['msg'].removeprefix('Value error, ')}"

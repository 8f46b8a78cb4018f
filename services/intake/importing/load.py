"""Loads a mapping file and names every fault in it."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Any, cast

from pydantic import BaseModel, ValidationError

from services.intake.importing.checks import faults, meant
from services.intake.importing.mapping import Extra, Fields, FieldSource, Mapping, Open, Source
from shared.kernel.errors import Invalid, Unknown


def load_mapping(path: Path) -> Mapping:
    """Raises Invalid with every fault: file, key, rule, way out."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8-sig"))
    except FileNotFoundError:
        raise Unknown(
            f"there is no mapping {path}", way_out="examples/mappings/ in the project holds four to start from"
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise Invalid(
            f"{path.name} is not TOML in UTF-8: {error}", way_out="a text with quotes or \\ goes into '…'"
        ) from None
    try:
        mapping = Mapping.model_validate(content)
    except ValidationError as error:
        raise _faulty(
            path, [_sentence(cast("dict[str, Any]", fault)) for fault in error.errors(include_url=False)]
        ) from None
    if found := list(faults(mapping)):
        raise _faulty(path, found)
    return mapping


def _faulty(path: Path, found: list[str]) -> Invalid:
    lines = "".join(f"\n  {fault}" for fault in found)
    return Invalid(f"{path.name} has {len(found)} fault{'s' * (len(found) > 1)}:{lines}", way_out="correct the mapping")


_MODELS: dict[str, type[BaseModel]] = {"source": Source, "fields": Fields, "extra": Extra, "open": Open}


def _sentence(fault: dict[str, Any]) -> str:
    """key: what is wrong, and what was probably meant."""
    place = [str(part) for part in fault["loc"] if part not in ("str", "FieldSource")]
    match fault["type"]:
        case "extra_forbidden":
            model = Mapping if len(place) == 1 else _MODELS[place[0]] if len(place) == 2 else FieldSource
            return f"{'.'.join(place)}: unknown key{meant(place[-1], list(model.model_fields))}"
        case "missing":
            return f"{'.'.join(place)}: is needed"
        case _:
            return f"{'.'.join(place)}: {fault['msg'].removeprefix('Value error, ')}"

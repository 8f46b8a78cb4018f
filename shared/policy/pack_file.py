"""Reads packs from YAML. Every fault has its line, so that whoever writes a pack finds the place at once."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, TypeAlias, cast

import yaml
from pydantic import ValidationError

from shared.policy.pack import Pack

Path: TypeAlias = tuple[str | int, ...]
LONGEST = 200_000
DEEPEST = 30


@dataclass(frozen=True, order=True)
class Fault:
    """Something wrong with a pack; `line` counts from 1, `where` is the path of keys."""

    line: int
    where: str
    detail: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.where + ': ' if self.where else ''}{self.detail}"


@dataclass(frozen=True)
class PackFile:
    """A pack with the lines of its entries; without a pack when it could not be read at all."""

    pack: Pack | None
    lines: dict[Path, int]
    faults: tuple[Fault, ...] = ()

    def fault(self, path: Path, detail: str) -> Fault:
        """A fault at an entry, or at the nearest one above it that was written down."""
        written = path
        while written and written not in self.lines:
            written = written[:-1]
        return Fault(self.lines.get(written, 1), ".".join(map(str, path)), detail)


def read_pack(text: str) -> PackFile:
    """Never raises: what is wrong is in `faults`."""
    if len(text) > LONGEST:
        return PackFile(None, {}, (Fault(1, "", f"a pack is at most {LONGEST:,} characters"),))
    try:
        # Only nodes: no tags are followed, so nothing in a pack can make an object of our choosing or of its own.
        node = cast(Any, yaml.compose(text, _Loader))  # pyright: ignore[reportUnknownMemberType]
    except _Alias as alias:
        return PackFile(
            None, {}, (Fault(alias.line, "", "an alias (*) is not allowed; write it out, or use `extends`"),)
        )
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return PackFile(None, {}, (Fault(mark.line + 1 if mark else 1, "", f"is not YAML: {error.problem}"),))
    except (yaml.YAMLError, RecursionError) as error:
        return PackFile(None, {}, (Fault(1, "", f"is not YAML: {error}"),))
    if not isinstance(node, yaml.MappingNode):
        return PackFile(None, {}, (Fault(1, "", "a pack begins with `meta:`"),))
    reader = _Reader()
    content = reader.value(node, ())
    if reader.faults:
        return PackFile(None, reader.lines, tuple(sorted(reader.faults)))
    try:
        return PackFile(Pack.model_validate(content), reader.lines)
    except ValidationError as error:
        file = PackFile(None, reader.lines)
        return PackFile(None, reader.lines, tuple(sorted({file.fault(*told) for told in _told(error)})))


class _Alias(Exception):
    def __init__(self, line: int) -> None:
        super().__init__(line)
        self.line = line


class _Loader(yaml.SafeLoader):
    """Without aliases: a few of them, each of many others, would make a pack of any size."""

    def compose_node(self, parent: Any, index: Any) -> Any:
        loader = cast(Any, super())
        if loader.check_event(yaml.AliasEvent):
            raise _Alias(loader.peek_event().start_mark.line + 1)
        return loader.compose_node(parent, index)


class _Reader:
    """From nodes to plain values, noting the line of each."""

    def __init__(self) -> None:
        self.lines: dict[Path, int] = {}
        self.faults: list[Fault] = []

    def value(self, node: Any, path: Path) -> Any:
        self.lines[path] = node.start_mark.line + 1
        if len(path) > DEEPEST:
            self._fault(node, path, "is nested too deeply")
        elif isinstance(node, yaml.MappingNode):
            return self._mapping(node, path)
        elif isinstance(node, yaml.SequenceNode):
            items = cast("list[Any]", node.value)
            return [self.value(item, (*path, number)) for number, item in enumerate(items)]
        elif isinstance(node, yaml.ScalarNode):
            return self._scalar(node, path)
        return None

    def _mapping(self, node: Any, path: Path) -> dict[str, Any]:
        found: dict[str, Any] = {}
        for key, value in cast("list[tuple[Any, Any]]", node.value):
            name = str(key.value) if isinstance(key, yaml.ScalarNode) else "?"
            if name == "?":
                self._fault(key, path, "a key is a plain word")
            elif name in found:
                self._fault(key, (*path, name), "is given twice")
            elif name == "<<":
                self._fault(key, path, "merge keys (<<) are not allowed; use `extends`")
            else:
                found[name] = self.value(value, (*path, name))
                self.lines[(*path, name)] = key.start_mark.line + 1
        return found

    def _scalar(self, node: Any, path: Path) -> Any:
        text = str(node.value)
        match node.tag.rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                if text.lower() in ("true", "false"):
                    return text.lower() == "true"
                self._fault(node, path, f"write true or false, not {text}; a text goes into quotes")
            case "int":
                try:
                    return int(text)
                except ValueError:
                    self._fault(node, path, f"{text!r} is not a plain number")
            case "float":
                self._fault(node, path, f"{text} is not exact; write a fraction such as 1/5, or a text in quotes")
            case _:
                return text
        return None

    def _fault(self, node: Any, path: Path, detail: str) -> None:
        self.faults.append(Fault(node.start_mark.line + 1, ".".join(map(str, path)), detail))


def _told(error: ValidationError) -> Iterator[tuple[Path, str]]:
    errors = error.errors(include_url=False, include_input=False, include_context=False)
    for each in errors:
        if each["type"] == "too_short" and any(
            other["loc"][: len(each["loc"])] == each["loc"] != other["loc"] for other in errors
        ):
            continue  # what is wrong inside was left out, and only so it became too short
        # Names of models and validators stand between the keys; only what was written in the file counts.
        path = tuple(part for part in each["loc"] if isinstance(part, int) or not any(c in part for c in "[]()"))
        detail = each["msg"].removeprefix("Value error, ")
        yield path, "unknown key" if each["type"] == "extra_forbidden" else detail[0].lower() + detail[1:]

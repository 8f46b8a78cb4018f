"""The YAML of a pack as plain values, with the line of each."""

from __future__ import annotations

from typing import Any, cast

import yaml

from shared.policy.pack_file import Fault, Path

DEEPEST = 30


def read(text: str) -> tuple[Any, dict[Path, int], tuple[Fault, ...]]:
    """What is said, the lines of its entries, and what is wrong; never raises."""
    try:
        # Only nodes: no tags are followed, so nothing in a pack can make an object of our choosing or of its own.
        node = cast(Any, yaml.compose(text, _Loader))  # pyright: ignore[reportUnknownMemberType]
    except _Alias as alias:
        return _not_read(alias.line, "an alias (*) is not allowed; write it out, or use `extends`")
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark
        return _not_read(mark.line + 1 if mark else 1, f"is not YAML: {error.problem}")
    except (yaml.YAMLError, RecursionError) as error:
        return _not_read(1, f"is not YAML: {error}")
    if not isinstance(node, yaml.MappingNode):
        return _not_read(1, "a pack begins with `meta:`")
    reader = _Reader()
    content = reader.value(node, ())
    return content, reader.lines, tuple(sorted(reader.faults))


def _not_read(line: int, detail: str) -> tuple[None, dict[Path, int], tuple[Fault, ...]]:
    return None, {}, (Fault(line, "", detail),)


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

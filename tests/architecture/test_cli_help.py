"""Every command of `casetrail` teaches: what it does, what each option means, and an example that can be typed."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import typer.main
from typer.testing import CliRunner

from services.cli.app import app


def commands(group: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Any]]:
    for name, command in group.commands.items():
        if hasattr(command, "commands"):
            yield from commands(command, (*path, name))
        else:
            yield (*path, name), command


ALL = list(commands(typer.main.get_command(app)))


@pytest.mark.parametrize(("path", "command"), ALL, ids=[" ".join(path) for path, _ in ALL])
def test_help_teaches(path: tuple[str, ...], command: Any):
    assert command.help and command.help.strip().endswith("."), "say in a sentence what it does"
    assert f"Example: casetrail {' '.join(path)}" in command.epilog
    for parameter in command.params:
        named = parameter.name in ("command", "name", "token_id", "help") or parameter.help
        assert named, f"{parameter.name} has no help"
    shown = CliRunner().invoke(app, [*path, "--help"])
    assert shown.exit_code == 0
    assert "Example" in shown.stdout


def test_the_commands_of_the_readme_are_there():
    wanted = {
        "demo",
        "up",
        "down",
        "status",
        "do",
        "ask",
        "timeline",
        "board",
        "import",
        "export",
        "rebuild",
        "tail",
        "doctor",
    }
    assert wanted | {"site", "person", "token", "subscriber"} <= {path[0] for path, _ in ALL}

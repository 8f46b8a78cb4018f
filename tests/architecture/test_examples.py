"""Every command has a worked example, and every example is a command that can be read."""

from __future__ import annotations

import json

import pytest

from services.examples import EXAMPLES
from services.organisation_chart import SERVICES
from shared.kernel.command import Command
from shared.policy.access import EVERY_ROLE, who_may

COMMANDS: dict[str, type[Command]] = {
    handles.command.__name__: handles.command for service in SERVICES.values() for handles in service.handles
}


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_an_example_that_can_be_read(name: str):
    assert name in EXAMPLES, "add one to services/examples.py"
    example = dict(EXAMPLES[name])
    if name == "IssueToken":
        example["sha256"] = "a" * 64  # filled in by the door
    COMMANDS[name].model_validate_json(json.dumps(example))


def test_no_example_is_of_a_command_that_is_gone():
    assert set(EXAMPLES) <= set(COMMANDS)


@pytest.mark.parametrize("kind", COMMANDS.values(), ids=lambda kind: kind.__name__)
def test_every_command_says_what_it_does_and_who_may(kind: type[Command]):
    assert kind.__doc__ and kind.__doc__.strip() and kind.__doc__ != Command.__doc__
    assert who_may(kind), "deny by default: a command without roles is nobody's"
    assert set(who_may(kind)) <= {str(role) for role in EVERY_ROLE}
    assert "occurred_at" in kind.model_fields


def test_doors_have_names_of_their_own():
    for service in SERVICES.values():
        paths = [handles.path for handles in service.handles]
        assert len(paths) == len(set(paths))

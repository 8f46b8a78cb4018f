"""What a service is to the machinery: its commands with their decision, and its listeners."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from shared.kernel.command import Command, Decided, Topics, by_command
from shared.kernel.fact import Occasion
from shared.runtime.read_model import ReadModel
from shared.runtime.rules_now import RulesNow


@dataclass(frozen=True)
class Handles:
    """One command a service takes.

    `decide` gets (state, command, occasion, rules). `stream` names the stream from the id in the route, or, for what is
    new, from the command. `path` is the route below the service's prefix; `{id}` in it is the case.
    """

    command: type[Command]
    decide: Callable[[Any, Any, Occasion, RulesNow], Decided]
    path: str
    stream: Callable[[str, Any, Occasion], str]
    creates: bool = False
    site: Callable[[str, Any, RulesNow], str] | None = None
    answers: Callable[[dict[str, Any], Any], dict[str, Any]] | None = None
    """Shapes the body of the answer, for commands that are not about a case."""


@dataclass(frozen=True)
class Service:
    """One service, as its `wiring.py` describes it."""

    name: str
    handles: tuple[Handles, ...] = ()
    read_models: tuple[type[ReadModel], ...] = ()
    reactions: tuple[str, ...] = ()
    """Names of listeners that react; what they ask for is wired in the composition root."""
    description: str = ""

    @property
    def prefix(self) -> str:
        """`sla_watch` → `sla-watch`: the first segment of its routes and the third of its subjects."""
        return self.name.replace("_", "-")


def case_commands(topics: Topics, *, but: type[Command] | None = None) -> tuple[Handles, ...]:
    """The usual kind: commands on an existing case, decided on the complaint itself."""

    def stream(id: str, command: Any, occasion: Occasion) -> str:
        return f"complaint-{id}"

    return tuple(
        Handles(kind, decide, f"complaints/{{id}}/{kind.door()}", stream)
        for kind, decide in by_command(topics).items()
        if kind is not but
    )

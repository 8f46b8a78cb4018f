"""Who was responsible: named for now by quality, then traced down to the post (S2-26, S0-35)."""

from typing import assert_never

from shared.complaint.state import Complaint
from shared.events import complaint as events
from shared.events.responsibility import Shares
from shared.events.triage_words import Party
from shared.kernel.command import Command, Decided
from shared.kernel.errors import Invalid, Refused
from shared.kernel.fact import Occasion
from shared.kernel.told import told
from shared.policy.posts import vague_post
from shared.policy.rules import Rules, must_know


class AssignPreliminaryResponsibility(events.ResponsibilityPreliminarilyAssigned, Command):
    """Name, for now, the responsible departments and how they share it (S2-26)."""


class ConfirmResponsibility(events.ResponsibilityConfirmed, Command):
    """Say who is responsible, down to the post, or that it is somebody outside the house (S0-35)."""


ResponsibilityCommand = AssignPreliminaryResponsibility | ConfirmResponsibility


def decide(complaint: Complaint, command: ResponsibilityCommand, occasion: Occasion, rules: Rules) -> Decided:
    """Events for one of these commands; raises Refused with the rule that forbids it."""
    match command:
        case AssignPreliminaryResponsibility():
            _come_to_all(command.departments)
            yield told(events.ResponsibilityPreliminarilyAssigned, command)
        case ConfirmResponsibility():
            if command.party == Party.OWN or command.departments:
                _come_to_all(command.departments)
            _posts_are_posts(command)
            for person in command.persons:
                must_know(rules, person, "persons")
            yield told(events.ResponsibilityConfirmed, command)
        case _:
            assert_never(command)


def _come_to_all(departments: Shares) -> None:
    named = [share.department for share in departments]
    if len(set(named)) < len(named):
        raise Invalid("a department is named twice", rule="G-SHARE", field="departments")
    total = sum(share.share_pct for share in departments)
    if total != 100:
        raise Invalid(f"the shares come to {total} %, not to 100 %", rule="G-SHARE", field="departments")


def _posts_are_posts(command: ConfirmResponsibility) -> None:
    if command.party == Party.OWN and not command.posts:
        raise Refused(
            "responsibility in the house is traced down to a post", rule="G-POST", field="posts",
            way_out="name the post, for example: operator of the reflow oven, line 2",
        )  # fmt: skip
    for post in command.posts:
        if why := vague_post(post):
            raise Refused(
                why,
                rule="G-POST",
                field="posts",
                way_out="name one post, for example: operator of the reflow oven, line 2",
            )

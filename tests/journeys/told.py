"""A case that was told to a house, as the public doors tell it back."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from services.demo.organisation import Staff
from services.demo.programme import PLACES
from tests.house import RunningHouse, Someone

POSTS: dict[str, str] = {each.id: each.key.partition("-")[2] for site in PLACES for each in site.staff}
"""Person → the post in which the story knows them."""


@dataclass(frozen=True)
class Told:
    """What `GET /audit/complaints/{id}` and its timeline say."""

    seen: dict[str, Any]
    entries: list[dict[str, Any]]

    @classmethod
    def of(cls, house: RunningHouse, case_no: str) -> Told:
        """Everything about one case, not older than the end of the ledger."""
        owner = house.owner
        position = owner.sees("/audit/head")["position"]
        return cls(
            owner.sees(f"/audit/complaints/{case_no}", after_position=position),
            owner.sees(f"/audit/complaints/{case_no}/timeline", after_position=position)["entries"],
        )

    @property
    def stage(self) -> str:
        return str(self.seen["stage"])

    @property
    def state(self) -> dict[str, Any]:
        return self.seen["state"]

    def types(self) -> list[str]:
        """What happened, in order."""
        return [entry["type"] for entry in self.entries]

    def all(self, type: str) -> list[dict[str, Any]]:
        """The facts of one type."""
        return [entry for entry in self.entries if entry["type"] == type]

    def one(self, type: str) -> dict[str, Any]:
        """The only one of its type, as it was recorded."""
        (entry,) = self.all(type)
        return entry["data"]

    def order(self, *types: str) -> list[int]:
        """Where the first of each type stands."""
        said = self.types()
        return [said.index(type) for type in types]

    @staticmethod
    def post(person: str) -> str:
        """The post that somebody holds in the story."""
        return POSTS[person]

    def who(self, entry: dict[str, Any]) -> str:
        """The post of whoever did it."""
        return POSTS[entry["actor"]]

    @staticmethod
    def between(one: dict[str, Any], other: dict[str, Any]) -> timedelta:
        """From when one happened to when the other did."""
        at, then = (datetime.fromisoformat(entry["occurred_at"]) for entry in (one, other))
        return then - at

    def took(self, one: str, other: str) -> timedelta:
        """From the first of one type to the first of another."""
        return self.between(self.all(one)[0], self.all(other)[0])

    def signed(self, chain: str, of: str | None = None) -> list[tuple[str, str, str]]:
        """Who signed under a chain: role, meaning, post; in order."""
        return [
            (entry["data"]["role"], entry["data"]["meaning"], POSTS[entry["actor"]])
            for entry in self.all("StepSigned")
            if entry["data"]["chain"] == chain and of in (None, entry["data"]["of"])
        ]

    def refusals(self) -> list[tuple[str, str, str | None]]:
        """What people ran into: command, rule, field."""
        return [
            (entry["data"]["command"], entry["data"]["rule"], entry["data"]["field"])
            for entry in self.all("GuardRefused")
        ]

    def clocks(self) -> dict[str, str]:
        """Promise → how it ended."""
        return {clock["clock_id"]: clock["status"] for clock in self.seen["clocks"]}

    def clock(self, clock_id: str) -> dict[str, Any]:
        """One promise as it stands."""
        (found,) = (clock for clock in self.seen["clocks"] if clock["clock_id"] == clock_id)
        return found

    def broken(self) -> list[str]:
        """Promises that were broken."""
        return [clock["clock_id"] for clock in self.seen["clocks"] if clock["breached_at"]]


def at_work(house: RunningHouse, person: Staff) -> Someone:
    """Somebody of the story, with a token of their own."""
    token = house.owner.does(f"/intake/people/{person.id}/issue-token", label="at work")["token"]
    return house.someone(person.id, token)

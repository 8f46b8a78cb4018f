"""The people of one complaint, and the steps they take. Each step is one command that must be carried out."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from tests.house import RunningHouse, Someone

_numbers = itertools.count(1)
DUE = (datetime.now(UTC) + timedelta(days=3)).date().isoformat()
SYMPTOM = "The display shows a garbled image five minutes after power on"


@dataclass(frozen=True)
class People:
    """Who acts: intake, quality, the head who approves, research, and a second quality engineer who verifies."""

    house: RunningHouse
    owner: Someone
    zhou: Someone
    chen: Someone
    zhao: Someone
    wang: Someone
    sun: Someone

    @staticmethod
    def of(house: RunningHouse) -> People:
        """Add them to a house."""
        return People(
            house,
            house.owner,
            zhou=house.person("Zhou Min", "customer_service"),
            chen=house.person("Chen Jie", "quality_engineer"),
            zhao=house.person("Zhao Lei", "quality_head"),
            wang=house.person("Wang Fang", "rnd"),
            sun=house.person("Sun Yan", "quality_engineer"),
        )

    def case(self, **given: Any) -> Case:
        """A new complaint."""
        body = {"site": "sz", "channel": "telephone", "description": "Garbled screen on ABC-2000", **given}
        told = self.zhou.does("/intake/complaints", **body)
        return Case(self, told["complaint_id"], told["position"])

    def case_at(self, stage: str, **given: Any) -> Case:
        """A new complaint, brought to a stage."""
        case = self.case(**given)
        for step, _ in WAY:
            if case.sees()["stage"] == stage:
                break
            step(case)
        assert case.sees()["stage"] == stage
        return case


@dataclass
class Case:
    """One complaint on its way."""

    people: People
    id: str
    position: int
    """Of our own last command."""

    def does(self, who: Someone, service: str, command: str, **body: Any) -> dict[str, Any]:
        """One command about this case."""
        answer = who.does(f"/{service}/complaints/{self.id}/{command}", **body)
        self.position = answer["position"]
        return answer

    def refused(self, who: Someone, service: str, command: str, **body: Any) -> dict[str, Any]:
        """One command that a rule refuses; the problem document."""
        answer = who.post(f"/{service}/complaints/{self.id}/{command}", body)
        assert answer.status_code == 409, f"{command}: {answer.status_code} {answer.text}"
        return answer.json()

    def sees(self, **query: Any) -> dict[str, Any]:
        """The case as audit tells it, not older than our own last command."""
        if not query:
            query = {"after_position": self.position}
        return self.people.owner.sees(f"/audit/complaints/{self.id}", **query)

    def types(self) -> list[str]:
        """What happened, by name."""
        told = self.people.owner.sees(f"/audit/complaints/{self.id}/timeline", after_position=self.position)
        return [entry["type"] for entry in told["entries"]]

    def clocks(self) -> dict[str, dict[str, Any]]:
        """Its clocks by id, after everything that its facts lead to."""
        self.people.house.ready()
        return {clock["clock_id"]: clock for clock in self.sees(after_position=head(self.people.owner))["clocks"]}

    # ── the steps ─────────────────────────────────────────────────────────────────────────────────────────────────────
    def acknowledge(self) -> None:
        self.does(self.people.zhou, "intake", "acknowledge", channel="telephone")

    def contact(self, **more: Any) -> None:
        body = {
            "direction": "outbound",
            "channel": "telephone",
            "purpose": "clarification",
            "summary": "Asked for photos",
        }
        self.does(self.people.zhou, "intake", "contact-customer", **body, **more)

    def attach(self, sha256: str, size: int) -> str:
        file = {"sha256": sha256, "bytes": size, "media_type": "image/png", "name": "screen.png"}
        told = self.does(
            self.people.zhou, "intake", "attach-evidence", kind="photo", file=file, note="Half of the screen"
        )
        return told["events"][0]["evidence_id"]

    def register(self) -> None:
        body = {"symptom": SYMPTOM, "frequency": "always", "extent": "single_unit", "product_model": "ABC-2000"}
        self.does(self.people.zhou, "intake", "register", lot_no="L-0317", demands=["exchange"], **body)

    def classify(self) -> None:
        body = {"category": "hardware_failure", "grade": "P2", "rank": "2", "basis": "confirmed"}
        self.does(self.people.chen, "triage", "classify", **body, reason="main function lost")

    def assign(self) -> None:
        self.does(self.people.chen, "triage", "assign", owner=self.people.chen.id, department="quality")

    def investigate(self) -> None:
        self.does(self.people.chen, "capa", "start-investigation", methods_planned=["five_why"])

    def find_cause(self, *evidence: str) -> None:
        whys = [
            {"why": "Garbled image", "because": "Panel connector loose", "evidence": list(evidence)},
            {"why": "Connector loose", "because": "Latch not closed at assembly", "evidence": []},
        ]
        body: dict[str, Any] = {"verdict": "confirmed"}
        if not evidence:
            body = {"verdict": "presumed", "reason_if_unverifiable": "the unit is still at the customer's"}
        self.does(
            self.people.chen, "capa", "record-root-cause", direct_cause="Loose panel connector",
            root_cause="No check of the latch in the work instruction", method="five_why", five_whys=whys, **body,
        )  # fmt: skip

    def plan(self) -> str:
        told = self.does(
            self.people.chen, "capa", "plan-action", kind="corrective", content="Check the latch at station 4",
            owner=self.people.wang.id, due=DUE, measure_of_success="no loose connector in 500 units",
        )  # fmt: skip
        return told["events"][0]["action_id"]

    def plan_and_submit(self) -> None:
        self.plan()
        self.does(self.people.chen, "capa", "submit-action-plan")

    def approve(self) -> None:
        self.does(self.people.zhao, "capa", "approve-action-plan", comment="go ahead")

    def complete(self) -> None:
        for id in self.actions("approved"):
            self.does(self.people.wang, "capa", "complete-action", action_id=id, result="Instruction WI-17 changed")

    def verify(self, effective: bool = True) -> None:
        self.does(
            self.people.sun, "capa", "verify-effect", action_ids=self.actions("completed"), effective=effective,
            method="500 units checked",
            criteria=[{"metric": "loose connectors", "target": "0", "actual": "0" if effective else "3", "met": effective}],
        )  # fmt: skip

    def close(self) -> None:
        body = {
            "disposition": "solved",
            "customer_acceptance": "accepted",
            "summary": "Latch is checked; unit exchanged",
        }
        self.does(self.people.zhao, "capa", "close", **body)

    def reopen(self, **more: Any) -> None:
        body = {"reason": "recurrence", "explanation": "Two more units from the same lot", **more}
        self.does(self.people.zhao, "capa", "reopen", **body)

    def actions(self, status: str) -> list[str]:
        """Ids of the actions that stand so."""
        found = self.sees()["state"]["actions"]
        return [id for id, action in found.items() if action["status"] == status]


WAY: tuple[tuple[Callable[[Case], object], str], ...] = (
    (lambda case: None, "received"),
    (Case.acknowledge, "received"),
    (Case.contact, "received"),
    (Case.register, "registered"),
    (Case.classify, "triaged"),
    (Case.assign, "assigned"),
    (Case.investigate, "investigating"),
    (Case.find_cause, "planning"),
    (Case.plan_and_submit, "plan_review"),
    (Case.approve, "implementing"),
    (Case.complete, "verifying"),
    (Case.verify, "closing"),
    (Case.close, "closed"),
)
"""Every step with the stage it leads to."""


def head(who: Someone) -> int:
    """The last position of the ledger."""
    return int(who.sees("/audit/head")["position"])


def unique(what: str) -> str:
    """A name used nowhere else in this run: for command ids, people, subscribers."""
    return f"{what}-{next(_numbers)}"

"""The same commands by request and reply over NATS: the same answers, and a refusal is an answer."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any

import nats

from tests import checker
from tests.house import RunningHouse, Someone
from tests.journeys.people import DUE, SYMPTOM, People, unique

Ask = Callable[..., Awaitable[tuple[int, dict[str, Any]]]]


def over_nats(house: RunningHouse, journey: Callable[[Ask], Awaitable[None]]) -> None:
    """Run a journey with `ask(who, "intake.acknowledge", body, **headers)` → status and body."""

    async def run() -> None:
        connection = await nats.connect(**house.nats("client"))

        async def ask(
            who: Someone | None, command: str, body: Any = None, **headers: str
        ) -> tuple[int, dict[str, Any]]:
            named = {name.replace("_", "-"): value for name, value in headers.items()}
            if who is not None:
                named["Authorization"] = f"Bearer {who.token}"
            said = body if isinstance(body, bytes) else json.dumps({} if body is None else body).encode()
            answer = await connection.request(f"casetrail.command.{command}", said, timeout=20, headers=named)
            return int((answer.headers or {})["status"]), json.loads(answer.data)

        try:
            await journey(ask)
        finally:
            await connection.close()

    asyncio.run(run())


def test_a_complaint_goes_from_receipt_to_close_over_nats(house: RunningHouse, people: People) -> None:
    reached: dict[str, Any] = {}

    async def journey(ask: Ask) -> None:
        received = {
            "site": "sz",
            "channel": "email",
            "description": "Bildschirm verzerrt nach fünf Minuten",
            "language": "de",
        }
        status, told = await ask(people.zhou, "intake.receive-complaint", received)
        assert (status, told["version"]) == (201, 1) and told["case_no"].startswith("SZ-")
        id = told["complaint_id"]

        async def does(who: Someone, command: str, **body: Any) -> dict[str, Any]:
            status, told = await ask(who, command, {"complaint_id": id, **body})
            assert status == 200, told
            return told

        contact = {
            "direction": "outbound",
            "channel": "email",
            "purpose": "progress",
            "summary": "We are looking into it",
        }
        registered = {
            "symptom": SYMPTOM,
            "frequency": "always",
            "extent": "lot",
            "product_model": "ABC-2000",
            "demands": ["repair"],
        }
        cause = {"direct_cause": "Loose connector", "root_cause": "No check of the latch", "method": "five_why",
                 "verdict": "presumed", "reason_if_unverifiable": "unit not here yet",
                 "five_whys": [{"why": "Garbled", "because": "Connector loose"}]}  # fmt: skip
        action = {
            "kind": "corrective",
            "content": "Check the latch",
            "owner": people.wang.id,
            "due": DUE,
            "measure_of_success": "none loose",
        }
        await does(people.zhou, "intake.acknowledge", channel="email")
        await does(people.zhou, "intake.contact-customer", **contact)
        await does(people.zhou, "intake.register", **registered)
        await does(people.chen, "triage.classify", category="hardware_failure", grade="P2", rank="2", basis="confirmed")
        await does(people.chen, "triage.assign", owner=people.chen.id, department="quality")
        await does(people.chen, "capa.start-investigation")
        await does(people.chen, "capa.record-root-cause", **cause)
        planned = (await does(people.chen, "capa.plan-action", **action))["events"][0]
        assert planned["type"] == "ActionPlanned"
        await does(people.chen, "capa.submit-action-plan")
        await does(people.zhao, "capa.approve-action-plan")
        await does(people.wang, "capa.complete-action", action_id=planned["action_id"], result="done")
        await does(
            people.sun,
            "capa.verify-effect",
            action_ids=[planned["action_id"]],
            effective=True,
            method="500 units checked",
        )
        closed = await does(
            people.zhao, "capa.close", disposition="solved", customer_acceptance="accepted", summary="solved"
        )
        reached.update(id=id, position=closed["position"])

    over_nats(house, journey)
    assert (
        people.owner.sees(f"/audit/complaints/{reached['id']}", after_position=reached["position"])["stage"] == "closed"
    )
    house.ready()
    checker.check(house.home, house.nats("relay"), people.owner.sees)


def test_every_refusal_is_an_answer(house: RunningHouse, people: People) -> None:
    case = people.case_at("received")

    async def journey(ask: Ask) -> None:
        mine = {"complaint_id": case.id}
        status, told = await ask(people.zhao, "capa.close", {
            **mine, "disposition": "solved", "customer_acceptance": "accepted", "summary": "too early",
        })  # fmt: skip
        assert (status, told["rule"], told["status"]) == (409, "G-STAGE", 409) and "possible now" in told["way_out"]
        assert (await ask(None, "intake.acknowledge", mine))[0] == 401
        assert (await ask(people.wang, "intake.acknowledge", {**mine, "channel": "email"}))[0] == 403
        assert (await ask(people.zhou, "intake.acknowledge", {"complaint_id": "SZ-1999-00001", "channel": "email"}))[
            0
        ] == 404
        assert (await ask(people.zhou, "intake.acknowledge", {"channel": "email"}))[0] == 404
        assert (await ask(people.zhou, "intake.acknowledge", {**mine, "channel": "pigeon"}))[0] == 422
        assert (await ask(people.zhou, "intake.acknowledge", b"{not json"))[0] in (404, 422)
        assert (await ask(people.zhou, "intake.acknowledge", b"[1]"))[0] in (404, 422)
        assert (await ask(people.zhou, "intake.acknowledge", {"complaint_id": 7, "channel": "email"}))[0] in (404, 422)
        assert (await ask(people.zhou, "intake.acknowledge", {**mine, "channel": "email"}, If_Match='"99"'))[0] == 412

    over_nats(house, journey)


def test_http_and_nats_share_command_ids_and_versions(house: RunningHouse, people: People) -> None:
    case, key = people.case(), unique("both-doors")
    first = people.zhou.post(
        f"/intake/complaints/{case.id}/acknowledge", {"channel": "email"}, idempotency_key=key
    ).json()

    async def journey(ask: Ask) -> None:
        body = {"complaint_id": case.id, "channel": "email"}
        assert await ask(people.zhou, "intake.acknowledge", body, Idempotency_Key=key) == (200, first)
        status, told = await ask(people.zhou, "intake.acknowledge", {**body, "channel": "fax"}, Idempotency_Key=key)
        assert (status, told["rule"]) == (422, "G-IDEMPOTENCY")
        status, told = await ask(people.zhou, "intake.acknowledge", body, If_Match=f'"{first["version"]}"')
        assert (status, told["version"]) == (200, first["version"] + 1)

    over_nats(house, journey)

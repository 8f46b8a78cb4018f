"""Plays a demonstration through the public doors, as its people would: HTTP, bearer tokens, command after command."""

from __future__ import annotations

import asyncio
import http.client
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from services.demo import year
from services.demo.doors import Answer, Doors
from services.demo.organisation import DemoSite, Staff
from services.demo.procedures import PROCEDURES
from services.demo.programme import NAMED, Programme, demonstration
from services.demo.scenario import PLACE_FOR_ID, Step, attachments, filled, needs_cases
from services.demo.worked import EARPHONES, SCREEN, WORKED
from shared.kernel.errors import Refused, Unavailable
from shared.kernel.values import parse_instant
from shared.policy.shipped import shipped, text_of
from shared.runtime.clock import seconds

AT_ONCE = 16
"""Commands in flight, of different cases."""
APART = timedelta(hours=1)
"""Simulated time between the first and the last command in flight, at most: so little that order means nothing."""
DAY = timedelta(days=1)
TRIES = 60
"""How often a busy or silent door is knocked at again, half a second apart."""
ENOUGH = 25
"""So many refusals mean that this is not the home, or not the plan, that it should be."""

Progress = Callable[[int, int, str], None]


@dataclass
class Report:
    """What was played, and how it went."""

    until: datetime
    commands: int = 0
    facts: int = 0
    said_by_the_watcher: int = 0
    seconds: float = 0.0
    refused: list[str] = field(default_factory=list[str])
    by_command: Counter[str] = field(default_factory=Counter[str])
    cases: dict[str, str] = field(default_factory=dict[str, str])
    """The cases that are told one by one: key → case number."""


def play(
    base_url: str, owner_token: str, *, until: datetime, seed: int = year.SEED, complaints: int = year.COMPLAINTS,
    progress: Progress = lambda done, total, what: None,
) -> Report:  # fmt: skip
    """Play everything; blocks until the year is complete. Interrupted, it goes on when played again as it was.

    Raises Refused when the home is not one to play in, Unavailable when nobody answers.
    """
    return play_programme(base_url, owner_token, demonstration(until.astimezone(UTC), seed, complaints), progress)


def play_programme(
    base_url: str, owner_token: str, programme: Programme, progress: Progress = lambda done, total, what: None
) -> Report:
    """The same for any programme."""
    return asyncio.run(_playing(base_url, owner_token, programme, progress))


async def _playing(base_url: str, owner_token: str, programme: Programme, progress: Progress) -> Report:
    doors = Doors(base_url, AT_ONCE)
    try:
        return await _Player(doors, owner_token, programme, progress).play()
    finally:
        doors.close()


class _Player:
    def __init__(self, doors: Doors, owner_token: str, programme: Programme, progress: Progress) -> None:
        self.doors, self.owner, self.programme, self.progress = doors, owner_token, programme, progress
        self.begins, self.until, self.seed = programme.begins, programme.until, programme.seed
        self.report = Report(self.until)
        self.played_until = self.begins
        """Where the home's clock stood when this began: what comes before it was played already."""
        self.tokens: dict[str, str] = {}
        self.ids: dict[str, str] = {}
        self.stored: set[str] = set()
        self.latest: dict[str, asyncio.Task[None]] = {}
        """Case → its command in flight."""
        self.flying: dict[asyncio.Task[None], datetime] = {}

    async def play(self) -> Report:
        started = seconds()
        await self._organise()
        day = self.begins
        total = (self.until - self.begins).days
        for step in self.programme.steps:
            if step.at >= day + DAY:
                day = step.at.replace(hour=0, minute=0, second=0, microsecond=0)
                await self._let_time_pass(day)
                self.progress((day - self.begins).days, total, f"{day:%d %b %Y}")
            # What answers the watcher must find it said; and with so little going on, its facts would come hours later.
            if step.path.endswith("/acknowledge-escalation") or step.case in WORKED:
                await self._let_time_pass(step.at - timedelta(seconds=1))
            if step.case in self.programme.alone:
                await self._everything_lands()
                await self._send(step)
            else:
                await self._send_in_turn(step)
        await self._let_time_pass(self.until, running=True)
        self.progress(total, total, "complete")
        self.report.seconds = seconds() - started
        return self.report

    # ── the organisation ──────────────────────────────────────────────────────────────────────────────────────────────
    async def _organise(self) -> None:
        head = (await self._ask("GET", "/audit/head", self.owner)).json()
        if not head["simulated"]:
            raise Refused("this home is real; a demonstration is played in one of its own", way_out="casetrail demo")
        self.played_until = parse_instant(head["now"])
        there = (await self._ask("GET", "/intake/sites", self.owner)).json()["items"]
        for site in self.programme.sites:
            if site.code not in {each["site"] for each in there}:
                language = "zh" if site.language == "zh" else "en"
                body = {"site": site.code, "title": site.title, "zone": site.zone, "language": language}
                await self._set_up("/intake/sites", f"site-{site.code}", body)
        for site in self.programme.sites:
            if site.pack is not None:
                await self._go_by(site, site.pack, self.programme.from_when.get(site.code, self.begins))
        people = (await self._ask("GET", "/intake/people", self.owner)).json()["items"]
        held = {each["person"]: each["roles"] for each in people}
        staff = [each for site in self.programme.sites for each in site.staff]
        await asyncio.gather(*(self._employ(each, held) for each in staff))

    async def _go_by(self, site: DemoSite, pack: str, since: datetime) -> None:
        """From the day on which its story begins, the site goes by its pack, which is published with what it extends."""
        policies = (await self._ask("GET", "/sla-watch/policies", self.owner)).json()["items"]
        published = {each["pack"]: each["sites"] for each in policies}
        if site.code in published.get(pack, ()):
            return
        parent = shipped()[pack].meta.extends
        for each in (parent, pack):
            if each is not None and each not in published:
                await self._set_up("/sla-watch/policies", f"publish-{each}", {"text": text_of(each)})
        where = f"/sla-watch/sites/{site.code}/activate-policy"
        await self._set_up(where, f"activate-{site.code}", {"pack": pack, "effective_from": since.isoformat()})

    async def _employ(self, person: Staff, held: dict[str, dict[str, list[str]]]) -> None:
        if person.id not in held:
            body = {"name": person.name, "email": person.email, "service": person.service, "person": person.id}
            await self._set_up(
                "/intake/people", f"person-{person.key}", {k: v for k, v in body.items() if v is not None}
            )
        for role in person.roles:
            if role not in held.get(person.id, {}).get(person.site, ()):
                grant = {"role": role, "site": person.site}
                await self._set_up(f"/intake/people/{person.id}/grant-role", f"grant-{person.key}-{role}", grant)
        # Without a key: a token is shown once only, so going on after an interruption needs new ones.
        answer = await self._set_up(f"/intake/people/{person.id}/issue-token", None, {"label": "demonstration"})
        self.tokens[person.key] = answer.json()["token"]

    async def _set_up(self, path: str, key: str | None, body: dict[str, Any]) -> Answer:
        headers = {"casetrail-clock": self.begins.isoformat()}
        if key is not None:
            headers["idempotency-key"] = f"demo-{self.seed}-{key}"
        answer = await self._ask("POST", path, self.owner, orjson.dumps(body), headers)
        if not answer.ok:
            raise Refused(f"{path}: {_why(answer)}", way_out="play the demonstration in a home of its own")
        return answer

    # ── steps ─────────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _send_in_turn(self, step: Step) -> None:
        """Commands leave in global time order; one case strictly one by one; different cases overlap within an hour."""
        for case in (step.case, *needs_cases(step.body)):
            if (before := self.latest.get(case)) is not None:
                await before
        while self.flying and (len(self.flying) >= AT_ONCE or step.at - min(self.flying.values()) > APART):
            await asyncio.wait(self.flying, return_when=asyncio.FIRST_COMPLETED)
        task = asyncio.create_task(self._send(step))
        self.latest[step.case], self.flying[task] = task, step.at
        task.add_done_callback(lambda done: self._landed(step.case, done))

    async def _everything_lands(self) -> None:
        if self.flying:
            await asyncio.gather(*self.flying)

    def _landed(self, case: str, task: asyncio.Task[None]) -> None:
        self.flying.pop(task, None)
        if self.latest.get(case) is task:
            del self.latest[case]

    async def _send(self, step: Step) -> None:
        if step.refused and step.at < self.played_until:
            return  # a refusal is not remembered by its key: asked again later, another rule may refuse it
        token = self.tokens[step.actor]
        for file in attachments(step.body):
            if file.sha256 not in self.stored:
                await self._ask("POST", "/files", token, file.content, {"content-type": file.media_type})
                self.stored.add(file.sha256)
        if PLACE_FOR_ID in step.path and step.case not in self.ids:
            self._refused(step, "its case was not received")
            return
        headers = {"casetrail-clock": step.at.isoformat(), "idempotency-key": step.key(self.seed, self.until)}
        path = step.path.replace(PLACE_FOR_ID, self.ids.get(step.case, ""))
        answer = await self._ask("POST", path, token, orjson.dumps(filled(step.body, self.ids)), headers)
        if (why := _other_than_told(step, answer)) is not None:
            self._refused(step, why)
            return
        self.report.commands += 1
        self.report.by_command[step.path.rpartition("/")[2]] += 1
        if step.opens:
            said = orjson.loads(answer.content)
            self.ids[step.case] = said["complaint_id"]
            if step.case in NAMED:
                self.report.cases[step.case] = said["case_no"]

    def _refused(self, step: Step, why: str) -> None:
        self.report.refused.append(f"{step.at:%Y-%m-%d %H:%M} {step.case} {step.path}: {why}")
        if len(self.report.refused) >= ENOUGH:
            raise Refused(f"too many commands were refused; the last: {self.report.refused[-1]}")

    async def _let_time_pass(self, to: datetime, *, running: bool = False) -> None:
        """Everybody waits until the watcher is level."""
        await self._everything_lands()
        body = orjson.dumps({"to": to.isoformat(), "running": running})
        answer = await self._ask("POST", "/sla-watch/simulation/advance", self.owner, body)
        if not answer.ok:
            raise Refused(f"time does not pass here: {_why(answer)}")
        told = orjson.loads(answer.content)
        self.report.said_by_the_watcher += told.get("said", 0)
        self.report.facts = told.get("position", self.report.facts)

    # ── the door ──────────────────────────────────────────────────────────────────────────────────────────────────────
    async def _ask(
        self, method: str, path: str, token: str, content: bytes | None = None, headers: dict[str, str] | None = None
    ) -> Answer:
        """One request; a busy or restarting door is asked again, which the idempotency key makes harmless."""
        said = {"authorization": f"Bearer {token}", "content-type": "application/json", **(headers or {})}
        for _ in range(TRIES):
            try:
                answer = await self.doors.ask(method, path, said, content)
            except (OSError, http.client.HTTPException):
                await asyncio.sleep(0.5)
                continue
            if answer.status != 503:
                return answer
            await asyncio.sleep(0.5)
        raise Unavailable(f"{path} does not answer", way_out="see that the home is running, then play it again")


def _other_than_told(step: Step, answer: Answer) -> str | None:
    """What is wrong with an answer; None when it is the one that the story goes on from."""
    if step.refused is None:
        return None if answer.ok else _why(answer)
    if not answer.ok and answer.json().get("rule") == step.refused:
        return None
    return f"{_why(answer)}; it was to be refused by {step.refused}"


def _why(answer: Answer) -> str:
    try:
        said = answer.json()
        return f"{answer.status} {said.get('rule') or ''} {said.get('field') or ''} {said['detail']}"
    except (ValueError, KeyError):
        return f"{answer.status}"


def what_to_look_at(report: Report, base_url: str) -> list[str]:
    """Where to look first: pages, the case of each procedure, and three commands worth typing."""
    screen, earphones = (report.cases.get(key, "SZ") for key in (SCREEN, EARPHONES))
    told = [(report.cases[each.case], each) for each in PROCEDURES if each.case in report.cases]
    return [
        f"{base_url}/    the board: what is due, and where every case stands",
        f"{base_url}/cases/{earphones}    two cycles, a failed verification, an escalation: move the slider",
        *(f"{base_url}/cases/{number}    by {each.site.pack}: {each.shows}" for number, each in told),
        f"{base_url}/sla    promises due within the hour, today, standing still and late",
        f"casetrail timeline {earphones}",
        f"casetrail ask {screen}",
        "casetrail tail",
    ]

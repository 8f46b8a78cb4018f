"""A mail becomes a complaint, or belongs to one: over HTTP, with the token of whoever takes mail in, each message once.

The Message-ID is what makes it once: it stands in the case as `external_ref`, and every command has a key derived from it.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, cast

import httpx

from services.intake.mail.message import Attached, Mail
from shared.events.words import AskedOf, Channel, ContactPurpose, Direction, EvidenceKind, Relation
from shared.kernel.errors import Invalid, Problem, Refused, Unavailable, Unknown
from shared.kernel.ids import derived
from shared.kernel.values import rfc3339

CASE_NO = re.compile(r"\b([A-Z0-9-]{1,32}-\d{4}-\d{5,9})\b")
LATE = "arrived by mail at that time, taken in later"
OLDEST = timedelta(days=30)
"""What is older is no live complaint: `casetrail import` takes history over."""
MOST_ANSWERS = 12
LONGEST_SEARCH = 190
_MERGES = 5
_ENDED = ("closed", "archived", "withdrawn", "not_a_complaint")


class Became(StrEnum):
    """What became of a message."""

    COMPLAINT = "complaint"
    REPLY = "reply"
    FOLLOWS = "follows"
    """A complaint of its own, linked to the case it answers, which has ended."""
    REPEATED = "repeated"


@dataclass(frozen=True)
class Taken:
    """A message that was taken in."""

    became: Became
    case: str
    files: int = 0
    refused: tuple[str, ...] = ()
    """Files that were not taken, with the reason."""


@dataclass(frozen=True)
class _Case:
    id: str
    case_no: str
    stage: str
    state: dict[str, Any]


@dataclass
class Desk:
    """The house, for one site."""

    client: httpx.Client
    site: str
    _known: dict[str, str] = field(default_factory=dict[str, str])
    """Message-ID → complaint, of this run."""
    _position: int = 0

    def take(self, mail: Mail, now: datetime) -> Taken:
        """Take one message in; raises a Problem when it cannot be taken."""
        if mail.received_at is not None and now - mail.received_at > OLDEST:
            raise Invalid(f"older than {OLDEST.days} days", way_out="take it over as history with casetrail import")
        earlier = self._of(mail.id)
        if earlier is not None:
            return self._with_files(mail, Became.REPEATED, earlier)
        belongs_to = self._thread(mail)
        if belongs_to is None:
            return self._with_files(mail, *self._received(mail))
        if belongs_to.stage in _ENDED:
            became, case = self._received(mail)
            if became is not Became.REPEATED:
                self._link(mail, case, belongs_to)
                became = Became.FOLLOWS
            return self._with_files(mail, became, case)
        return self._with_files(mail, self._reply(mail, belongs_to), belongs_to)

    # ── which case ────────────────────────────────────────────────────────────────────────────────────────────────────
    def _thread(self, mail: Mail) -> _Case | None:
        """The case of what it answers, else the one whose number stands in its subject."""
        for id in mail.answers[:MOST_ANSWERS]:
            if (found := self._of(id)) is not None:
                return self._survivor(found)
        for number in CASE_NO.findall(mail.subject.upper())[:3]:
            if (found := self._case(number)) is not None:
                return self._survivor(found)
        return None

    def _of(self, message_id: str) -> _Case | None:
        """The case that began with a message, or that it was taken into in this run."""
        if message_id in self._known:
            return self._case(self._known[message_id])
        after = {"after_position": self._position} if self._position else {}
        found = self._get("/insight/complaints", q=reference(message_id)[:LONGEST_SEARCH], limit=10, **after)
        for item in found["items"]:
            case = self._case(item["complaint_id"])
            # The search looks for a part of a text; what came in a mail must never match more than itself.
            if case is not None and case.state.get("external_ref") == reference(message_id):
                self._known[message_id] = case.id
                return case
        return None

    def _survivor(self, case: _Case) -> _Case:
        for _ in range(_MERGES):
            survivor = self._case(str(case.state["merged_into"])) if case.state.get("merged_into") else None
            if survivor is None:
                break
            case = survivor
        return case

    def _case(self, name: str) -> _Case | None:
        after = {"after_position": self._position} if self._position else {}
        try:
            found = self._get(f"/audit/complaints/{name}", **after)
        except Unknown:
            return None
        return _Case(found["complaint_id"], found["case_no"], found["stage"], found["state"])

    # ── what is recorded ──────────────────────────────────────────────────────────────────────────────────────────────
    def _received(self, mail: Mail) -> tuple[Became, _Case]:
        body = {
            "site": self.site, "channel": Channel.EMAIL, "description": text_of(mail), "external_ref": reference(mail.id),
            "contact_person": mail.sender_name or None, "contact": mail.sender or None, "language": mail.language,
        }  # fmt: skip
        told, repeated = self._post("/intake/complaints", mail, "received", body)
        self._known[mail.id] = told["complaint_id"]
        case = self._case(told["complaint_id"])
        assert case is not None, "it has just been recorded"
        return (Became.REPEATED if repeated else Became.COMPLAINT), case

    def _reply(self, mail: Mail, case: _Case) -> Became:
        """The answer to what the customer was asked for; where nothing is open, a contact that came in."""
        waiting = [id for id, of in case.state.get("open_requests", {}).items() if of == AskedOf.CUSTOMER]
        if waiting:
            door, body = "provide-information", {"request_id": waiting[0], "answer": text_of(mail), "complete": True}
        else:
            door = "contact-customer"
            purpose = ContactPurpose.CLARIFICATION
            body = {
                "direction": Direction.INBOUND,
                "channel": Channel.EMAIL,
                "purpose": purpose,
                "summary": text_of(mail),
            }
        self._known[mail.id] = case.id
        try:
            _, repeated = self._post(f"/intake/complaints/{case.id}/{door}", mail, "reply", body)
        except Invalid as invalid:
            if invalid.rule != "G-IDEMPOTENCY":
                raise
            repeated = True  # taken before, when something else was open
        return Became.REPEATED if repeated else Became.REPLY

    def _link(self, mail: Mail, case: _Case, to: _Case) -> None:
        body = {"other": to.id, "relation": Relation.SAME_CUSTOMER}
        self._post(f"/triage/complaints/{case.id}/link-case", mail, "link", body, dated=False)

    def _with_files(self, mail: Mail, became: Became, case: _Case) -> Taken:
        """Also for a repeated one: an earlier run may have been interrupted before its files."""
        taken, refused = 0, list[str]()
        there = {one["file"]["sha256"] for one in case.state.get("evidence", {}).values()}
        for number, file in enumerate(mail.files, 1):
            if hashlib.sha256(file.content).hexdigest() in there:
                continue
            try:
                self._attach(mail, case, file, number)
                taken += 1
            except (Refused, Invalid, Unknown) as problem:
                refused.append(f"{file.name}: {problem.detail}")
        return Taken(became, case.case_no, taken, tuple(refused))

    def _attach(self, mail: Mail, case: _Case, file: Attached, number: int) -> None:
        stored = self._sent("POST", "/files", content=file.content, headers={"Content-Type": file.media_type}).json()
        body = {
            "kind": _kind(file.media_type),
            "file": {**stored, "name": file.name},
            "note": f"from the mail {mail.id[:200]}",
        }
        self._post(f"/intake/complaints/{case.id}/attach-evidence", mail, f"file-{number}", body)

    # ── the wire ──────────────────────────────────────────────────────────────────────────────────────────────────────
    def _post(
        self, path: str, mail: Mail, step: str, body: dict[str, Any], *, dated: bool = True
    ) -> tuple[dict[str, Any], bool]:
        """The answer, and whether it had been given before."""
        given = {name: value for name, value in body.items() if value is not None}
        if dated and mail.received_at is not None:
            given |= {"occurred_at": rfc3339(mail.received_at), "backdate_reason": LATE}
        headers = {"Idempotency-Key": f"mail-{derived('mail', mail.id, step)}"}
        response = self._sent("POST", path, json=given, headers=headers)
        told = cast("dict[str, Any]", response.json())
        self._position = max(self._position, int(told.get("position", 0)))
        return told, "idempotent-replay" in response.headers

    def _get(self, path: str, **query: object) -> dict[str, Any]:
        params = {name: str(value) for name, value in query.items()}
        return self._sent("GET", path, params=params).json()

    def _sent(self, method: str, path: str, **more: Any) -> httpx.Response:
        try:
            response = self.client.request(method, path, **more)
        except httpx.TransportError as error:
            raise Unavailable(
                f"the connection to {self.client.base_url} broke ({type(error).__name__})",
                way_out="run it again: nothing is taken twice",
            ) from None
        if response.is_success:
            return response
        raise _problem(response)


def reference(message_id: str) -> str:
    """What a case that began with a mail is known by in `external_ref`."""
    return f"mail:{message_id}"


def text_of(mail: Mail) -> str:
    """Subject and text, as the customer wrote them."""
    return "\n\n".join(filter(None, (mail.subject, mail.text))) or "(a mail without text)"


def _kind(media_type: str) -> EvidenceKind:
    return {"image": EvidenceKind.PHOTO, "video": EvidenceKind.VIDEO}.get(
        media_type.partition("/")[0], EvidenceKind.DOCUMENT
    )


def _problem(response: httpx.Response) -> Problem:
    """Not every way to say no is the mail's fault: without a token or a server nothing more can be taken."""
    try:
        said = cast("dict[str, Any]", response.json())
    except ValueError:
        said = {}
    kinds: Iterator[type[Problem]] = (
        kind for kind in (Refused, Unknown, Invalid) if kind.status == response.status_code
    )
    problem = next(kinds, Unavailable)(
        str(said.get("detail") or f"{response.status_code} {response.text[:200]}"), said.get("rule"), said.get("field"),
        said.get("way_out"),
    )  # fmt: skip
    problem.status, problem.title = response.status_code, str(said.get("title") or problem.title)
    return problem

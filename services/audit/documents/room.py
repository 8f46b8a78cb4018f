"""The room where documents are made: pages for readers, pages that are kept with a draft, and the same made again."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Protocol

from services.audit.documents.layouts import DocumentKind
from services.audit.documents.page import page, title
from services.audit.documents.source import Drafted, Source
from services.audit.timeline import read_at
from shared.complaint.state import Complaint
from shared.events.complaint import ReportDrafted
from shared.events.labels import label
from shared.kernel.changed import changed
from shared.kernel.errors import Unknown
from shared.kernel.fact import Fact, Occasion
from shared.kernel.say import Voice
from shared.kernel.values import FileRef
from shared.policy.rules import Page
from shared.runtime.codec import Row, fact_of
from shared.runtime.directory import Directory
from shared.runtime.files import Files

MEDIA_TYPE = "text/html"


@dataclass(frozen=True)
class Listed:
    """A document that can be printed of a case."""

    kind: DocumentKind
    part: str
    title: str

    @property
    def path(self) -> str:
        """As in addresses."""
        return f"{self.kind}/{self.part}" if self.part else self.kind.value


@dataclass(frozen=True)
class Checked:
    """Whether the page of a draft is still kept, and whether the facts still give the same page."""

    sha256: str
    as_of_version: int
    kept: bool
    made_again: str
    """The hash of the page as it is made from the same facts today."""

    @property
    def same(self) -> bool:
        """Nothing has changed since."""
        return self.made_again == self.sha256


def listed(case: Complaint, language: str) -> list[Listed]:
    """Every document that there is of a case; the 8D report also where none has been drafted."""
    reports = [(DocumentKind.REPORT, id, one.kind) for id, one in case.reports.items()]
    requests = [(DocumentKind.REPLACEMENT, id, one.kind) for id, one in case.replacements.requests.items()]
    counts = [(DocumentKind.STOCKTAKE, id, None) for id in case.disputes.counts]
    parts = [(DocumentKind.EIGHT_D, "", None), *reports, *requests, *counts]
    return [Listed(kind, part, title(language, kind, which)) for kind, part, which in parts]


class Rows(Protocol):
    """What is asked of the ledger."""

    def stream(self, stream: str, after: int = 0, up_to: int | None = None) -> list[Row]: ...

    def organisation(self, after: int) -> list[Row]: ...


class Room:
    """One for each process."""

    def __init__(self, ledger: Rows, files: Files, directory: Callable[[], Directory]) -> None:
        """`directory` gives names and zones as they are now."""
        self.ledger, self.files, self._now = ledger, files, directory

    # ── for the desk ──────────────────────────────────────────────────────────────────────────────────────────────────
    def drafted(self, facts: Sequence[Fact[Any]], event: ReportDrafted, occasion: Occasion) -> Page:
        """Make the page of a report that is being drafted, and keep it under its hash."""
        drafted = Drafted(event, occasion.actor.id, occasion.at)
        source = self._source(facts, told_in(event.language), self._now(), drafted)
        made = self.files.keep(page(DocumentKind.REPORT, source), MEDIA_TYPE)
        name = f"{source.case.case_no.replace('/', '-')}-{event.report_id}-{event.revision}.html"
        return Page(
            FileRef(sha256=made.sha256, bytes=made.bytes, media_type=MEDIA_TYPE, name=name), source.last.version
        )

    # ── for readers ───────────────────────────────────────────────────────────────────────────────────────────────────
    def sites(self, complaint_id: str) -> frozenset[str]:
        """Where the case may be read; raises Unknown."""
        return read_at(self._facts(complaint_id))

    def listed(self, complaint_id: str, language: str) -> list[Listed]:
        """What can be printed of it as it stands."""
        return listed(self._source(self._facts(complaint_id), language, self._now()).case, language)

    def page(
        self, complaint_id: str, kind: DocumentKind, part: str = "", *, version: int | None = None, language: str | None = None,
        discreet: bool = False,
    ) -> bytes:  # fmt: skip
        """A document as of a version of the case, the latest unless told otherwise; raises Unknown."""
        source = self._source(self._facts(complaint_id, version), language or "en", self._now())
        about = _about(source, kind, part)
        if language is None and about.report is not None:
            about = changed(about, voice=changed(about.voice, language=told_in(about.report.event.language)))
        return page(kind, about, discreet=discreet)

    def checked(self, complaint_id: str, report_id: str, revision: int | None = None) -> Checked:
        """Make the page of a draft again, from the facts and the names of then; raises Unknown where none was made."""
        facts = self._facts(complaint_id)
        fact = next((one for one in reversed(facts) if _is(one, report_id, revision) and one.event.rendered), None)
        if fact is None:
            raise Unknown(
                f"no page was made of report {report_id[:80]!r}", field="part", way_out="documents of the case"
            )
        event: ReportDrafted = fact.event
        bare = event.model_copy(update={"file": None, "rendered": None, "as_of_version": None})
        then = Directory()
        then.take_rows(row for row in self.ledger.organisation(0) if row.position < fact.position)
        known = [one for one in facts if one.version <= (event.as_of_version or 0)]
        drafted = Drafted(bare, fact.actor.id, fact.occurred_at)
        source = self._source(known, told_in(event.language), then, drafted)
        again = hashlib.sha256(page(DocumentKind.REPORT, source)).hexdigest()
        return Checked(event.rendered or "", event.as_of_version or 0, self.files.intact(event.rendered or ""), again)

    # ── both ──────────────────────────────────────────────────────────────────────────────────────────────────────────
    def _facts(self, complaint_id: str, version: int | None = None) -> list[Fact[Any]]:
        facts = [fact_of(row) for row in self.ledger.stream(f"complaint-{complaint_id}", up_to=version)]
        if not facts or (version is not None and facts[-1].version < version):
            raise Unknown(f"there is no version {version or 1} of case {complaint_id}", field="version")
        return facts

    def _source(
        self, facts: Sequence[Fact[Any]], language: str, directory: Directory, report: Drafted | None = None
    ) -> Source:
        site = directory.sites[facts[-1].site]
        voice = Voice(language, site.zone, directory.name, label)
        return Source(
            tuple(facts), voice, site.title or site.code, report, "" if report is None else report.event.report_id
        )


def told_in(language: str | None) -> str:
    """Documents are written in Chinese or in English."""
    return "zh" if language is not None and language.startswith("zh") else "en"


def _is(fact: Fact[Any], report_id: str, revision: int | None) -> bool:
    event = fact.event
    return (
        isinstance(event, ReportDrafted) and event.report_id == report_id and revision in (None, event.revision)
    )  # fmt: skip


def _about(source: Source, kind: DocumentKind, part: str) -> Source:
    """The source of one document; raises Unknown where the case has no such thing."""
    match kind:
        case DocumentKind.EIGHT_D:
            return source
        case DocumentKind.REPORT:
            fact = next((one for one in reversed(source.facts) if _is(one, part, None)), None)
            known, there = source.case.reports, fact is not None
            if fact is not None:
                source = changed(source, report=Drafted(fact.event, fact.actor.id, fact.occurred_at))
        case DocumentKind.REPLACEMENT:
            known = source.case.replacements.requests
            there = part in known
        case DocumentKind.STOCKTAKE:
            known = source.case.disputes.counts
            there = part in known
    if not there:
        raise Unknown(
            f"the case has no {kind} {part[:80]!r}", field="part", way_out=f"there are: {', '.join(known) or 'none'}"
        )  # fmt: skip
    return changed(source, part=part)

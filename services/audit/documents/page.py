"""A document as a page: its head, its parts, and as of which version it was made. The same facts give the same bytes."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from services.audit.documents.blocks import Document, Section
from services.audit.documents.layouts import LAYOUT, DocumentKind, layout_of
from services.audit.documents.source import Source
from services.audit.documents.texts import text
from shared.events.capa_words import ReportKind
from shared.events.replacements import ReplacementKind
from shared.kernel.personal import masked
from shared.kernel.values import rfc3339

if TYPE_CHECKING:
    from jinja2 import Template

HERE = Path(__file__).parent / "templates"
STYLE = (HERE / "document.css").read_text("utf-8")
"""Stands in every page, so that a page is whole wherever it is kept."""


def page(kind: DocumentKind, source: Source, *, discreet: bool = False) -> bytes:
    """The page as HTML in UTF-8; `discreet` shows the customer’s name masked (S0-59)."""
    document = made(kind, source, discreet=discreet)
    return _template().render(document=document, style=STYLE, text=source.text).encode()


def made(kind: DocumentKind, source: Source, *, discreet: bool = False) -> Document:
    """What stands on it."""
    sections = tuple(Section(source.text(heading), tuple(part(source))) for heading, part in layout_of(kind, source))
    last, case_no = source.last, source.case.case_no
    about = _about(source, discreet=discreet or _stays_in_the_house(kind, source))
    marks = {
        "case": case_no, "document": kind.value, "part": source.part, "version": str(last.version), "position": str(last.position),
        "recorded-at": rfc3339(last.recorded_at), "language": source.voice.language, "layout": str(LAYOUT),
    }  # fmt: skip
    named = title(source.voice.language, kind, _which(kind, source))
    return Document(
        source.voice.language, named, case_no, source.site_title, about, sections, _made_of(source),
        tuple((f"casetrail-{name}", content) for name, content in marks.items() if content),
    )  # fmt: skip


def title(language: str, kind: DocumentKind, which: ReportKind | ReplacementKind | None) -> str:
    """What a document is called; `which` report or request it is."""
    match kind:
        case DocumentKind.REPORT:
            return text(language, f"title_{which}")
        case DocumentKind.REPLACEMENT:
            return text(language, f"title_replacement_{which}")
        case _:
            return text(language, f"title_{kind}")


def _which(kind: DocumentKind, source: Source) -> ReportKind | ReplacementKind | None:
    if kind == DocumentKind.REPLACEMENT:
        return source.case.replacements.requests[source.part].kind
    return source.report.event.report_kind if source.report else None


def _stays_in_the_house(kind: DocumentKind, source: Source) -> bool:
    """The two forms, and the report on the handling: people of every role sign them (S2-35, S4-60)."""
    own = source.report is not None and source.report.event.report_kind == ReportKind.HANDLING_REPORT
    return own or kind in (DocumentKind.REPLACEMENT, DocumentKind.STOCKTAKE)


def _about(source: Source, *, discreet: bool) -> tuple[tuple[str, str], ...]:
    case, drafted = source.case, source.report
    name = masked(case.customer_name) if discreet else source.shown(case.customer_name)
    rank = source.voice.label(source.voice.language, f"rank_{case.rank}") if case.rank else ""
    document = source.part
    if drafted is not None:
        document = source.text("report_n", report=drafted.event.report_id, revision=drafted.event.revision)
    told = {
        "case_no": case.case_no, "document": document,
        "received_at": source.shown(case.received_at), "customer": " · ".join(filter(None, (case.customer_no, name))),
        "external_ref": source.shown(case.external_ref), "product": source.shown(case.product_model),
        "lot": source.shown(case.lot_no), "quantity_defective": source.shown(case.quantity_defective),
        "grade": " · ".join(filter(None, (case.grade, rank))),
        "stage": source.voice.label(source.voice.language, case.stage), "cycle": str(case.cycle) if case.cycle > 1 else "",
        "owner": source.name(case.owner) if case.owner else "", "policy": _short(source.last.policy or ""),
    }  # fmt: skip
    return tuple((source.text(label), value) for label, value in told.items() if value)


def _short(policy: str) -> str:
    """Pack and version, and of the digest as much as one compares by eye; all of it stands in the fact."""
    name, _, digest = policy.partition(" ")
    return f"{name} {digest[:12]}…" if digest else name


def _made_of(source: Source) -> str:
    last = source.last
    said = [
        source.text("made_of", case_no=source.case.case_no, version=last.version, at=source.shown(last.recorded_at)),
        source.text("times_in", zone=source.voice.zone), source.text("layout_n", n=LAYOUT),
    ]  # fmt: skip
    drafted = source.report
    if drafted is not None and drafted.event.rendered is not None:
        said.append(source.text("kept", sha256=drafted.event.rendered, version=drafted.event.as_of_version))
    return " ".join(said) if source.voice.language == "en" else "".join(said)


@cache
def _template() -> Template:
    from jinja2 import Environment, FileSystemLoader, StrictUndefined  # with the first page, not with the start

    environment = Environment(
        loader=FileSystemLoader(HERE), autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True
    )
    return environment.get_template("document.html")

"""Pages to print: whole in both languages, made of the facts alone, and the same whenever they are made again."""

import hashlib
import re
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from services.audit.documents.layouts import LAYOUT, DocumentKind
from services.audit.documents.texts import keys
from shared.events import complaint as e
from shared.events.capa_words import ReportKind
from shared.events.words import Meaning
from shared.kernel.errors import Unknown
from shared.kernel.fact import Actor, Occasion
from shared.runtime.files import Files
from tests.services.audit.documents.whole import XSS, Told8D

REPORTS = {kind: f"rp{number}" for number, kind in enumerate(ReportKind, 1)}
EVERY = [
    (DocumentKind.EIGHT_D, ""), (DocumentKind.REPLACEMENT, "x1"), (DocumentKind.STOCKTAKE, "t1"),
    *((DocumentKind.REPORT, id) for id in REPORTS.values()),
]  # fmt: skip


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told8D:
    return Told8D(tmp_path_factory.mktemp("whole"))


class Texts(HTMLParser):
    """The texts of a page, by the element that they stand in."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open, self.found = list[str](), list[tuple[str, str]]()
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: Any) -> None:
        self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        while self.open and self.open.pop() != tag:
            pass

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append((self.open[-1] if self.open else "", data.strip()))

    def of(self, *tags: str) -> list[str]:
        return [text for tag, text in self.found if tag in tags]


@pytest.mark.requirement("S2-39", "S2-40", "S2-41")
def test_the_8d_report_tells_every_discipline(told: Told8D):
    texts = Texts(told.page(DocumentKind.EIGHT_D))
    assert [heading[:2] for heading in texts.of("h2")[:9]] == [f"D{n}" for n in range(9)]
    assert "Nothing recorded." not in texts.of("p")
    cells = texts.of("td", "dd")
    for said in ("Bo Wang", "soldering", "200", "14", "SMT-2", "cold joints", "ABC-3000", "F-7", "panel.jpg"):
        assert said in cells, said


@pytest.mark.parametrize(("kind", "part"), EVERY)
def test_no_part_of_any_document_is_left_empty_when_everything_was_recorded(
    told: Told8D, kind: DocumentKind, part: str
):
    assert "Nothing recorded." not in told.page(kind, part)


@pytest.mark.parametrize(("kind", "part"), EVERY)
def test_every_heading_and_label_is_chinese_on_a_chinese_page(told: Told8D, kind: DocumentKind, part: str):
    labels = Texts(told.page(kind, part, "zh")).of("h1", "h2", "dt", "th", "caption")
    assert [label for label in labels if not re.search("[\u4e00-\u9fff]", label) and label != "SHA-256"] == []
    assert len(labels) > 10


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize(("kind", "part"), EVERY)
def test_what_people_wrote_is_text_and_nothing_else(tmp_path: Path, kind: DocumentKind, part: str, language: str):
    page = Told8D(tmp_path, said=XSS).page(kind, part, language)
    assert XSS not in page
    assert XSS in "".join(Texts(page).of("dd", "td", "p"))


def test_every_text_of_the_documents_is_used():
    source = "".join(
        file.read_text("utf-8") for file in Path("services/audit/documents").rglob("*.*") if file.suffix != ".pyc"
    )
    unused = [key for key in keys() if source.count(f'"{key}"') < 2 and not key.startswith(("title_", "field_"))]
    assert unused == []


# ── as of a version ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_a_page_says_as_of_which_version_it_was_made_and_tells_nothing_later(told: Told8D):
    found = next(fact for fact in told.story.facts if isinstance(fact.event, e.RootCauseFound))
    before, after = (told.page(DocumentKind.EIGHT_D, version=found.version - back) for back in (1, 0))
    assert f'<meta name="casetrail-version" content="{found.version - 1}">' in before
    assert f"up to version {found.version - 1}" in before
    assert "Root cause" not in Texts(before).of("dt")
    assert "Root cause" in Texts(after).of("dt")


def test_a_version_that_there_is_not_is_named(told: Told8D):
    with pytest.raises(Unknown, match="no version 5000"):
        told.page(DocumentKind.EIGHT_D, version=5000)


@pytest.mark.parametrize(
    ("kind", "part"),
    [(DocumentKind.REPORT, "rp99"), (DocumentKind.REPLACEMENT, "rp1"), (DocumentKind.STOCKTAKE, "x1")],
)
def test_a_part_that_there_is_not_is_named_with_those_that_there_are(told: Told8D, kind: DocumentKind, part: str):
    with pytest.raises(Unknown) as no:
        told.page(kind, part)
    assert part in no.value.detail
    assert "there are: " in (no.value.way_out or "")


def test_the_same_facts_give_the_same_bytes(tmp_path: Path):
    one, other = Told8D(tmp_path / "one"), Told8D(tmp_path / "other")
    for kind, part in EVERY:
        assert one.page(kind, part) == other.page(kind, part)


def test_whoever_changes_a_page_raises_the_layout(told: Told8D):
    """Else somebody compares a page of an earlier version with one of today, and takes the change for a forgery."""
    pages = "".join(told.page(kind, part, language) for kind, part in EVERY for language in ("en", "zh"))
    assert (LAYOUT, hashlib.sha256(pages.encode()).hexdigest()[:16]) == (1, "e1de42bb8ea35c80")


# ── kept with a draft ─────────────────────────────────────────────────────────────────────────────────────────────────
def drafted(told: Told8D, kind: ReportKind = ReportKind.FINAL, language: str = "zh") -> e.ReportDrafted:
    """Drafted as the desk would: the page is made of the facts so far, and its hash goes into the fact."""
    event = e.ReportDrafted(report_id="rp50", report_kind=kind, revision=1, summary="cause removed", language=language)
    facts = [fact for fact in told.story.facts if fact.kind == "complaint"]
    now = told.story.now
    page = told.room.drafted(facts, event, Occasion(Actor("p-bo"), now, now, "k", "k"))
    event = event.model_copy(
        update={"file": page.file, "rendered": page.file.sha256, "as_of_version": page.as_of_version}
    )
    told.story.happened(event, at=now, by="p-bo")
    return event


def test_the_page_of_a_draft_is_kept_and_can_be_made_again_from_the_facts_of_then(tmp_path: Path):
    told = Told8D(tmp_path)
    event = drafted(told)
    signed = e.StepSigned(chain="customer_report", of="rp50.1", step=1, role="quality_head", meaning=Meaning.APPROVAL)
    told.story.happened(signed, by="p-head")
    checked = told.room.checked(told.id, "rp50")
    assert (checked.kept, checked.same, checked.made_again) == (True, True, event.rendered)
    kept = told.files.path(event.rendered or "").read_text("utf-8")
    assert "最终报告" in kept, "in the language of the report"
    assert "Bo Wang" in kept
    later = told.page(DocumentKind.REPORT, "rp50")
    assert f"kept under SHA-256 {event.rendered}" in later
    assert "Chen Jing" in Texts(later).of("td"), "who has signed since"


def test_a_kept_page_that_was_touched_is_found_out(tmp_path: Path):
    told = Told8D(tmp_path)
    event = drafted(told)
    path = told.files.path(event.rendered or "")
    path.write_text(path.read_text("utf-8").replace("200", "20"), "utf-8")
    assert not told.room.checked(told.id, "rp50").kept


def test_a_hash_that_the_facts_do_not_give_is_found_out(tmp_path: Path):
    told = Told8D(tmp_path)
    event = drafted(told)
    genuine = event.rendered
    forged = Files(told.files.folder).keep(b"<!doctype html>all is well", "text/html")
    told.story.facts[-1].event.__dict__["rendered"] = forged.sha256
    checked = told.room.checked(told.id, "rp50")
    assert checked.kept
    assert not checked.same
    assert checked.made_again == genuine


def test_the_name_that_somebody_had_then_stands_on_the_page_made_again(tmp_path: Path):
    told = Told8D(tmp_path)
    drafted(told)
    told.directory.people["p-bo"] = told.directory.people["p-cy"]
    assert told.room.checked(told.id, "rp50").same
    assert "Bo Wang" not in told.page(DocumentKind.REPORT, "rp50")


# ── who is named ──────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S0-59")
def test_the_customers_name_is_masked_for_those_who_need_not_know_it(told: Told8D):
    assert "Huaqiang Electronics" in told.page(DocumentKind.EIGHT_D)
    assert "Huaqiang" not in told.page(DocumentKind.EIGHT_D, discreet=True)
    handling = (DocumentKind.REPORT, REPORTS[ReportKind.HANDLING_REPORT])
    for kind, part in ((DocumentKind.REPLACEMENT, "x1"), (DocumentKind.STOCKTAKE, "t1"), handling):
        assert "Huaqiang" not in told.page(kind, part), "these go through the house"


# ── the two forms ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.requirement("S2-28", "S2-29")
def test_a_replacement_request_shows_the_signature_that_was_owed_and_then_given(told: Told8D):
    shipped = next(fact.version for fact in told.story.facts if isinstance(fact.event, e.ReplacementShipped))
    owed = told.page(DocumentKind.REPLACEMENT, "x1", version=shipped)
    assert "responsibility pending" in owed
    assert "still owed" in owed
    signed = told.page(DocumentKind.REPLACEMENT, "x1")
    assert "still owed" not in signed
    assert {"420.60 CNY", "Chen Jing", "SF-1"} <= set(Texts(signed).of("dd"))


@pytest.mark.requirement("S2-35")
def test_a_stocktake_record_names_who_has_counted_and_who_has_yet_to_sign(told: Told8D):
    cells = Texts(told.page(DocumentKind.STOCKTAKE, "t1")).of("td")
    assert cells[:4] == ["M-100", "100", "100", "105"]
    at = cells.index("Cy Okafor")
    assert "not signed yet" in cells[at:]

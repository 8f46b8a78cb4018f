"""A small world for the pages: three sites, a few people, one case told in full, and many more on their way."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from fastapi import FastAPI
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from services.audit.documents.room import Room
from services.audit.timeline import Timeline
from services.console.frame import is_browser
from services.console.headers import SecurityHeaders
from services.console.pages import pages, problem_page, static_files
from services.console.read_views import ReadViews
from services.console.sessions import Sessions, metadata
from services.insight.case_board import CaseBoard
from services.insight.my_work import MyWork
from services.intake.reference_lists import ReferenceLists
from services.sla_watch.board import SlaBoard
from shared.complaint.state import OPEN, Stage
from shared.events import complaint as e
from shared.events import words as w
from shared.events.organisation import PersonAdded, Role, RoleGranted, SiteOpened
from shared.kernel.fact import Fact
from shared.kernel.values import FileRef, Rank
from shared.runtime.cases import Cases
from shared.runtime.clock import randomness, wall
from shared.runtime.directory import Directory
from shared.runtime.files import Files
from shared.runtime.notebook import in_file
from shared.runtime.store import Store
from tests.facts import DAY, HOUR, MONDAY, Log, Story, Told, answered, asked, classified, contacted, received, utc
from tests.stores import feed

XSS = '<script>window.pwned=1</script><img src=x onerror="window.pwned=1">"\'{{7*7}}'
NOW = utc("2026-04-09 02:00")
PEOPLE = {
    "p-ana": "Ana Lindqvist", "p-bo": "王波", "p-cy": "Cy Okafor", "p-head": "陈静", "p-vera": "Vera Brandt",
    "p-owner": "Owner", "p-evil": f"Eve {XSS}",
}  # fmt: skip
SITES = (
    ("sz", "深圳一厂 Shenzhen", "Asia/Shanghai"),
    ("dd", "Dresden", "Europe/Berlin"),
    ("mty", "Monterrey", "America/Monterrey"),
)
DECIDE = {
    "triage": (e.Classified, e.GradeChanged, e.Assigned, e.Reassigned, e.Merged, e.RecurrenceLinked),
    "capa": (
        e.ContainmentDefined, e.InvestigationStarted, e.RootCauseFound, e.ActionPlanned, e.ActionPlanSubmitted,
        e.ActionPlanApproved, e.ActionPlanReturned, e.ActionProgressReported, e.ActionCompleted, e.Verified, e.Closed,
        e.Reopened,
    ),
}  # fmt: skip
SYMPTOMS = (
    "开机后屏幕花屏，重启三次后仍无法恢复正常显示，客户生产线停线两小时",
    "Left earphone 14 % quieter than the right one after ten minutes of play",
    "Akku lädt nicht über 60 %, Gerät schaltet sich im Betrieb ab",
    "La bomba gotea por la válvula después de dos días de uso continuo",
    "包装箱破损，内衬泡沫脱落，产品外壳有两处明显划痕",
    "Display flickers when the backlight is set below 20 %",
)


def told_in_full(log: Log) -> Story:
    """The garbled screen: everything a case can show, with one failed verification, a breach and late facts."""
    s = Story(log, site="sz", number=1, begins=MONDAY)
    s.happened(received(s.case_no, description=SYMPTOMS[0], customer_name="深圳市华强电子有限公司"))
    s.happened(e.Acknowledged(channel=w.Channel.TELEPHONE, apology=True), at=MONDAY + timedelta(minutes=25))
    s.happened(contacted())
    s.happened(
        e.EvidenceAttached(
            evidence_id="e1", kind=w.EvidenceKind.PHOTO, file=file("garbled screen 花屏.jpg"), note="客户现场照片"
        )
    )
    s.happened(asked())
    s.happened(answered(), at=s.now + 2 * HOUR)
    s.happened(e.Registered(
        symptom="Screen garbled after power-on; three restarts do not help (开机花屏)", frequency="always",
        extent=w.Extent.LOT, product_model="ABC-2000", lot_no="L2403", demands=(w.Demand.EXCHANGE, w.Demand.REPORT),
        safety_hazard=False, main_function_lost=True,
    ))  # fmt: skip
    s.happened(classified(Rank.MAJOR))
    s.happened(e.Assigned(owner="p-bo", department=w.Department.QUALITY), by="p-head")
    s.happened(e.ContainmentDefined(
        containment_id="c1", where=(w.Where.WAREHOUSE, w.Where.TRANSIT), measure="Block lot L2403 and check 200 boards",
        owner="p-cy", due=date(2026, 3, 4),
    ))  # fmt: skip
    s.happened(e.InvestigationStarted(lead="p-bo", methods_planned=(w.Method.FISHBONE_6M,)), by="p-bo")
    s.happened(
        e.EvidenceAttached(evidence_id="e2", kind=w.EvidenceKind.TEST_REPORT, file=file("x-ray report.pdf")), by="p-bo"
    )
    s.time_passes(s.now + 4 * DAY)
    s.happened(cause(), by="p-bo")
    s.happened(
        plan("a1", "Reset the reflow profile and lock it", date(2026, 3, 16), w.ActionKind.CORRECTIVE), by="p-bo"
    )
    s.happened(plan("a2", "更换批次L2403的全部主板", date(2026, 3, 18), w.ActionKind.CORRECTION), by="p-bo")
    s.happened(e.ActionPlanSubmitted(plan_version=1, action_ids=("a1", "a2")), by="p-bo")
    s.happened(e.ActionPlanApproved(plan_version=1), by="p-head")
    s.time_passes(s.now + 2 * DAY)
    s.happened(e.ActionProgressReported(action_id="a1", percent=60), by="p-cy")
    s.time_passes(s.now + 8 * DAY)
    s.happened(
        e.ActionCompleted(action_id="a1", done_by="p-cy", result="Profile locked by password"),
        at=s.now - 2 * DAY,
        by="p-cy",
        why_late="出差，回来后补录",
    )
    s.happened(e.ActionCompleted(action_id="a2", done_by="p-cy", result="已更换186块"), by="p-cy")
    s.time_passes(s.now + DAY)
    s.happened(
        e.Verified(action_ids=("a1",), effective=False, method="500 boards inspected, 4 still with cold joints"),
        by="p-vera",
    )
    s.happened(
        plan("a3", "Add X-ray inspection of U7 at the end of the line", date(2026, 4, 3), w.ActionKind.CORRECTIVE),
        by="p-bo",
    )
    s.happened(e.ActionPlanSubmitted(plan_version=2, action_ids=("a3",)), by="p-bo")
    s.happened(e.ActionPlanApproved(plan_version=2), by="p-head")
    s.time_passes(s.now + 6 * DAY)
    s.happened(
        e.ActionProgressReported(action_id="a3", percent=40, blocked=True, note="waiting for the fixture"), by="p-cy"
    )
    s.time_passes(NOW)
    return s


def cause() -> e.RootCauseFound:
    return e.RootCauseFound(
        direct_cause="Cold solder joints at U7, found on 14 of 20 boards by X-ray",
        root_cause="The reflow profile may be changed by any operator and is not checked at shift start",
        method=w.Method.FISHBONE_6M, evidence=("e1", "e2"),
        five_whys=tuple(e.Why(why=why, because=because, evidence=proof) for why, because, proof in (
            ("Why is the screen garbled?", "The display controller U7 loses contact when warm", ("e1",)),
            ("Why does U7 lose contact?", "Its solder joints are cold", ("e2",)),
            ("为什么会出现冷焊？", "回流焊第五温区的温度偏低18 °C", ()),
            ("Why was zone 5 too cold?", "The profile had been changed on the night shift", ()),
            ("Why did nobody notice?", "Profiles are open to all, and no one checks them at shift start", ()),
        )),
        fishbone=e.Fishbone(
            man=("Night shift trained on the old oven only",),
            machine=("Zone 5 thermocouple drifts by 3 °C a month", "Oven log lost after 48 h"),
            material=("Solder paste within its date",),
            method=("Profile not locked; any operator may change it", "班前点检表未包含炉温曲线"),
            environment=("Humidity in range",),
            measurement=("炉温测试仪每年校准一次，最近一次校准为十一个月前", "No AOI after reflow at U7"),
        ),
    )  # fmt: skip


def plan(action_id: str, content: str, due: date, kind: w.ActionKind) -> e.ActionPlanned:
    return e.ActionPlanned(
        action_id=action_id,
        kind=kind,
        content=content,
        owner="p-cy",
        due=due,
        measure_of_success="no cold joint in 500 boards",
    )


def file(name: str) -> FileRef:
    return FileRef(sha256="5e" * 32, bytes=482_113, media_type="image/jpeg", name=name)


def hostile(log: Log) -> Story:
    """Markup wherever somebody may write something."""
    s = Story(log, site="sz", number=666, begins=MONDAY + 35 * DAY)
    s.happened(received(s.case_no, description=XSS, customer_name=XSS, product_model=XSS, lot_no=XSS), by="p-evil")
    s.happened(
        e.EvidenceAttached(evidence_id="e1", kind=w.EvidenceKind.PHOTO, file=file("<b>x.jpg"), note=XSS), by="p-evil"
    )
    s.happened(e.Registered(
        symptom=XSS, frequency=XSS, extent=w.Extent.LOT, product_model=XSS, lot_no=XSS, demands=(w.Demand.REPORT,)
    ), at=s.now - HOUR, why_late=XSS)  # fmt: skip
    s.happened(
        e.Classified(
            category=w.Category.OTHER, subcategory=XSS, grade="P2", rank=Rank.MAJOR, basis=w.GradeBasis.PRESUMED
        )
    )
    s.happened(e.Assigned(owner="p-evil", department=w.Department.QUALITY))
    s.happened(e.ContainmentDefined(containment_id="c1", where=(w.Where.LINE,), measure=XSS, owner="p-evil"))
    s.happened(e.InvestigationStarted(lead="p-evil"))
    six = dict.fromkeys(e.Fishbone.model_fields, (XSS,))
    w1h = e.FiveWOneH(what=XSS, when=XSS, who=XSS, why=XSS, root_why=XSS, how=XSS, where=XSS)
    s.happened(e.RootCauseFound(
        direct_cause=XSS, root_cause=XSS, method=w.Method.FISHBONE_6M, verdict=w.Verdict.PRESUMED,
        reason_if_unverifiable=XSS, five_whys=(e.Why(why=XSS, because=XSS),), fishbone=e.Fishbone(**six),
        five_w_one_h=w1h,
    ))  # fmt: skip
    s.happened(plan("a1", XSS, date(2026, 4, 20), w.ActionKind.CORRECTIVE))
    return s


def crowd(log: Log) -> list[Story]:
    """Cases at every stage, at three sites."""
    stories: list[Story] = []
    ways = [stage for stage in Stage if stage in OPEN or stage == Stage.CLOSED]
    for n in range(80):
        site = SITES[n % 3][0]
        s = Story(
            log,
            site=site,
            number=n + 10,
            begins=NOW - timedelta(hours=6) * (79 - n) - timedelta(hours=7, minutes=n * 13 % 60),
        )
        s.happened(received(s.case_no, description=SYMPTOMS[n % len(SYMPTOMS)]))
        s.goes_to(ways[(n * 7) % len(ways)], each=timedelta(minutes=20 + n % 17))
        if n % 9 == 4 and s.case.stage == Stage.INVESTIGATING:
            s.happened(asked())
        s.time_passes(NOW)
        stories.append(s)
    return stories


def service_of(fact: Fact[Any]) -> str:
    """The service that usually records such a fact."""
    if fact.kind == "clocks":
        return "sla_watch"
    return next((name for name, kinds in DECIDE.items() if isinstance(fact.event, kinds)), "intake")


class World:
    """The read models of it all, and the application that shows them."""

    def __init__(self, home: Path, simulated: bool = False, told: bool = True) -> None:
        self.log, self.now, self.home = Log(), NOW, home
        for code, title, zone in SITES:
            self.log.append(
                f"site-{code}",
                SiteOpened(site=code, title=title, zone=zone, calendar="cn-std", owner="p-owner"),
                MONDAY - DAY,
                site=code,
            )
        for person, name in PEOPLE.items():
            self.log.append(f"person-{person}", PersonAdded(person=person, name=name), MONDAY - DAY)
        for code, _, _ in SITES:
            self.grant("p-ana", Role.CUSTOMER_SERVICE, code)
        self.grant("p-vera", Role.QUALITY_ENGINEER, "dd")
        self.directory = Directory()
        for fact in self.log.facts:
            self.directory.take(fact)
        if told:
            self.story, self.hostile, self.crowd = told_in_full(self.log), hostile(self.log), crowd(self.log)
        # A story tells every fact of a case as intake's; here each is recorded by the service that decides it.
        self.log.facts = [replace(fact, service=service_of(fact)) for fact in self.log.facts]
        self.stores: list[Store[Any]] = [
            Store(model, home, "test@1", Cases(Told(self.log.facts)))
            for model in (Timeline, CaseBoard, SlaBoard, MyWork, ReferenceLists)
        ]
        for store in self.stores:
            feed(store, self.log.facts)
        timeline, cases, sla, work, lists = self.stores
        self.views = ReadViews(timeline, cases, sla, work, lists, self.directory)
        self.sessions = Sessions(in_file(home / "sessions.sqlite", metadata), randomness)
        self.app = self._app(simulated)

    def grant(self, person: str, role: Role, site: str) -> None:
        granted = RoleGranted(person=person, role=role, site=site)
        self.log.append(f"person-{person}", granted, MONDAY - DAY, site=site)

    def sign_in_path(self, person: str = "p-ana") -> str:
        return f"/sign-in?code={self.sessions.new_code(person, wall())}"

    def close(self) -> None:
        for store in self.stores:
            store.close()
        self.sessions.close()

    def _app(self, simulated: bool) -> FastAPI:
        app = FastAPI(openapi_url=None)
        parts = self.views, self.sessions, lambda: self.now, simulated
        room = Room(Told(self.log.facts), Files(self.home / "files"), lambda: self.directory)
        app.include_router(pages(*parts, room))
        app.mount("/static", static_files)
        app.add_middleware(SecurityHeaders)
        as_page = problem_page(*parts)

        @app.exception_handler(HTTPException)
        def unknown(request: Request, error: HTTPException) -> Response:
            return (
                as_page(request, error.status_code)
                if is_browser(request)
                else PlainTextResponse(error.detail, error.status_code)
            )

        return app

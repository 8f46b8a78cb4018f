# ruff: noqa: E501  (Chinese characters count as two columns)
"""Ningbo Drives works by pack-s2: every case an 8D, goods before the question of blame, and costs that departments share.

A customer says that a part was missing in each of forty boxes, and neither side can prove it.
"""

from __future__ import annotations

from typing import Any

from services.demo.diary import Diary
from services.demo.pictures import photo, report
from services.demo.procedures.company import Procedure, company
from services.demo.scenario import Attachment, Step
from shared.events.organisation import Role

SITE = company(
    "ningbo", "宁波驱动 Ningbo Drives", "Asia/Shanghai", "zh", "pack-s2",
    ("liaison", "叶知秋", (Role.CUSTOMER_LIAISON,)),
    ("tech", "沈一鸣", (Role.TECHNICAL,)),
    ("qe1", "邵文斌", (Role.QUALITY_ENGINEER,)),
    ("qe2", "方晓岚", (Role.QUALITY_ENGINEER,)),
    ("qh", "顾建民", (Role.QUALITY_HEAD,)),
    ("prod", "蒋志远", (Role.PRODUCTION,)),
    ("pur", "贺秀兰", (Role.PURCHASING,)),
    ("wh", "戴国平", (Role.WAREHOUSE,)),
    ("log", "毛丽君", (Role.LOGISTICS,)),
    ("fin", "傅雅琴", (Role.FINANCE,)),
    ("head", "史永强", (Role.DEPT_HEAD,)),
    ("gm", "虞正华", (Role.GENERAL_MANAGER,)),
)  # fmt: skip

PLUG = "CN3-PLUG"
_NOTE = Attachment(
    "delivery-note.csv", "text/csv",
    "料号,名称,订单数量,送货数量\nSD-750-4T,伺服驱动器,40,40\nCN3-PLUG,动力插头（随机附件）,40,40\n".encode(),
)  # fmt: skip
_PACKING = Attachment(
    "packing-record.csv", "text/csv", "附件袋,计数,称重复核,签字\n1-40,40,未记录,2号线夜班\n".encode(),
)  # fmt: skip
_COUNT = Attachment(
    "stock-take.csv", "text/csv", "物料,账,卡,库存实物,线边实物\nCN3-PLUG,1160,1160,1188,12\n".encode(),
)  # fmt: skip


def tell(diary: Diary) -> list[Step]:
    """From the telephone call to the archive."""
    _received(diary)
    _goods_first(diary)
    _disputed(diary)
    _cause_and_plan(diary)
    _carried_out(diary)
    _reported_and_closed(diary)
    _charged(diary)
    return diary.steps


def _received(diary: Diary) -> None:
    """Twice refused: first for words that say nothing, then because there is no photograph (S2-15, S2-18)."""
    write = diary.write
    write(
        1, "08:46", "liaison", "intake/receive", site="ningbo", channel="telephone",
        description="上周到的SD-750驱动器，附件有问题，装不上，产线在等。请马上给个说法。", language="zh", customer_no="YJ-0311",
        customer_name="甬江数控机床有限公司", contact_person="胡明辉", contact="0574-5550118", product_model="SD-750",
        spec="SD-750-4T", order_no="YJ-24-0719", shipment_date=diary.before(4).isoformat(),
    )  # fmt: skip
    write(
        1, "08:52", "liaison", "intake/acknowledge", channel="telephone", apology=True, template_id="received",
        promised_contact_by=diary.minute(1, "10:30"),
    )  # fmt: skip
    form: dict[str, Any] = {
        "frequency": "40台中40台", "extent": "lot", "product_model": "SD-750", "lot_no": "SD75-2411",
        "serial_nos": ["SD750-241101", "SD750-241140"], "quantity_delivered": 40, "quantity_inspected": 40,
        "quantity_defective": 40, "downtime": True, "customers_affected": 1, "demands": ["replenish", "report"],
    }  # fmt: skip
    write(1, "09:03", "liaison", "intake/register", refused="G-DESC", symptom="附件有问题", **form)
    write(
        1, "09:08", "liaison", "intake/request-information", request_id="i1", asked_of="customer",
        items=["具体少什么、少几个，还是装不上", "开箱照片，要看得到附件袋和箱内标签", "机器序列号和送货单"], due=diary.date(2),
    )  # fmt: skip
    write(
        1, "09:54", "liaison", "intake/contact-customer", direction="outbound", channel="telephone", purpose="clarification",
        summary="与胡工通话：40台已开箱，每个附件袋都少1只CN3动力插头，驱动器接不了线，装配线停着等。照片下班前发。",
    )  # fmt: skip
    symptom = "开箱40台，每台附件袋都少1只CN3动力插头，驱动器无法接线，客户装配线停线"
    write(1, "10:02", "liaison", "intake/register", refused="G-COMPLETE", symptom=symptom, **form)
    write(
        1, "11:05", "liaison", "intake/provide-information", request_id="i1",
        answer="照片两张：附件袋未拆封，里面只有CN1、CN2插头。序列号SD750-241101至241140连号，送货单已扫描。",
    )  # fmt: skip
    write(
        1, "11:09", "liaison", "intake/attach-evidence", evidence_id="e1", kind="photo",
        file=photo("SD-750 accessory bag", "fujiandai.png"), note="附件袋：CN1、CN2各1，无CN3",
    )  # fmt: skip
    write(
        1, "11:12", "liaison", "intake/attach-evidence", evidence_id="e2", kind="document", file=_NOTE,
        note="客户签收的送货单：CN3-PLUG 40只",
    )  # fmt: skip
    write(1, "11:20", "liaison", "intake/register", symptom=symptom, **form)
    write(
        1, "11:31", "liaison", "intake/forward", to_roles=["quality_engineer", "technical"], form="F3", medium="e-mail",
        note="问题反馈分析改善表已填，客户停线，请优先。",
    )  # fmt: skip


def _goods_first(diary: Diary) -> None:
    """The plugs leave on the same day; who is responsible is to be signed afterwards (S2-28, S2-29)."""
    write = diary.write
    write(
        1, "11:40", "qe1", "triage/classify", category="other", failure_mode="附件少装", reason="无安全风险；客户停线，按标准流程8D处理。",
    )  # fmt: skip
    write(
        1, "13:05", "qe1", "triage/assign", owner=diary.id("qe1"), department="quality",
        supporting=["production", "warehouse", "purchasing"],
    )  # fmt: skip
    write(
        1, "13:12", "liaison", "intake/record-customer-demand", demand_id="d1", kind="replenish", quantity=40,
        due=diary.date(2), note="补发CN3动力插头，越快越好",
    )  # fmt: skip
    write(
        1, "13:16", "liaison", "intake/record-customer-demand", demand_id="d2", kind="report", due=diary.date(10),
        template="customer_8d", note="要8D报告，用客户的格式",
    )  # fmt: skip
    write(
        1, "13:22", "liaison", "intake/record-customer-requirement", term_id="t1", clause="CL-PLAN", due=diary.date(4),
        statement="客户采购要求周四下班前看到改善计划。",
    )  # fmt: skip
    write(
        1, "13:40", "qe1", "capa/define-containment", containment_id="c1", where=["line", "warehouse"],
        measure="在线与库存的SD-750附件袋逐袋称重复核，少件的隔离", owner=diary.id("prod"), due=diary.date(2),
    )  # fmt: skip
    write(
        1, "13:55", "liaison", "intake/request-replacement", replacement_id="x1", kind="replenish", request_no="BH-0017",
        parts=[{"part_no": PLUG, "quantity": 40}], urgent=True, demand_id="d1", reason="客户装配线停线，等不及分清责任",
    )  # fmt: skip
    write(
        1, "14:20", "qe2", "intake/authorise-replacement", replacement_id="x1", comment="缺件属实；责任待查，先发货，后补签。",
    )  # fmt: skip
    write(
        1, "15:10", "wh", "intake/ship-replacement", replacement_id="x1", warehouse_issue_no="CK-1107", carrier="顺丰次晨",
        tracking_no="SF1402211835", expected_arrival=diary.date(2), freight={"minor": 42_060, "currency": "CNY"},
    )  # fmt: skip
    write(
        1, "15:25", "liaison", "intake/contact-customer", direction="outbound", channel="telephone", purpose="progress",
        summary="告知胡工：40只插头已发顺丰，单号SF1402211835，明早到；8D按客户格式出。", template_id="shipped",
    )  # fmt: skip
    write(
        1, "15:48", "qe1", "triage/assign-preliminary-responsibility", reason="不是包装少装，就是仓库少发，两边都没有称重记录",
        departments=[{"department": "production", "share_pct": 50}, {"department": "warehouse", "share_pct": 50}],
    )  # fmt: skip
    write(1, "16:05", "qe1", "capa/start-investigation", methods_planned=["five_why"])
    write(
        1, "16:20", "qe1", "capa/form-team", leader=diary.id("qe1"), champion=diary.id("qh"),
        members=[
            {"person": diary.id("tech"), "role": "包装工艺", "department": "rnd"},
            {"person": diary.id("prod"), "role": "2号线班长", "department": "production"},
            {"person": diary.id("wh"), "role": "附件库管", "department": "warehouse"},
        ],
    )  # fmt: skip
    write(2, "09:02", "liaison", "intake/deliver-replacement", replacement_id="x1", received_by="胡明辉")
    write(
        2, "09:25", "qe1", "capa/describe-problem", problem="40个附件袋每袋少1只CN3动力插头，客户无法接线", quantity_affected=40,
        six_questions={
            "what": "附件袋少CN3插头", "when": "客户开箱时", "who": "甬江数控装配线", "where": "客户装配线，附件袋未拆封",
            "why": "驱动器接不了线，产线停", "how": "整批40袋都少同一种插头",
        },
        is_is_not=[
            {"question": "哪种附件", "observed": "只少CN3", "not_observed": "CN1、CN2不少", "difference": "CN3由计数秤计数，CN1、CN2用定位盘"},
        ],
    )  # fmt: skip
    write(
        2, "10:05", "prod", "capa/implement-containment", containment_id="c1", quantity_checked=260,
        quantity_nonconforming=6,
    )  # fmt: skip


def _disputed(diary: Diary) -> None:
    """Finance, quality and warehouse count together; what they find agrees with the customer (S2-34 to S2-36)."""
    write = diary.write
    write(
        2, "10:30", "prod", "intake/attach-evidence", evidence_id="e3", kind="document", file=_PACKING,
        note="包装记录：称重复核一栏空白",
    )  # fmt: skip
    write(
        2, "10:48", "qe1", "triage/open-evidence-dispute", dispute_id="d1", our_evidence=["e3"], customer_evidence=["e1", "e2"],
        claim={"material": PLUG, "quantity": 40, "direction": "short"},
        insufficient_reason="客户照片只拍了两袋，送货单由客户签了40只；我方称重复核没有记录，谁也证明不了。",
    )  # fmt: skip
    write(2, "15:46", "wh", "intake/attach-evidence", evidence_id="e4", kind="document", file=_COUNT, note="三方盘点表")
    write(
        2, "15:52", "wh", "triage/record-stocktake", stocktake_id="t1", dispute_id="d1",
        materials=[{"material": PLUG, "ledger": 1160, "card": 1160, "physical": 1188, "lineside": 12}],
        frozen_from=diary.minute(2, "13:00"), frozen_to=diary.minute(2, "15:40"),
    )  # fmt: skip
    write(2, "15:58", "fin", "triage/sign-stocktake", stocktake_id="t1", comment="账面已扣除补发的40只")
    write(2, "16:04", "qe2", "triage/sign-stocktake", stocktake_id="t1", comment="线边12只已一并清点")
    write(2, "16:09", "wh", "triage/sign-stocktake", stocktake_id="t1")
    write(
        2, "16:15", "qe2", "capa/record-root-cause", refused="G-DISPUTE", direct_cause="CN3插头没有装进附件袋",
        root_cause="计数不准", method="five_why", verdict="presumed", reason_if_unverifiable="盘点未判定",
        five_whys=[{"why": "少插头", "because": "没有装"}],
    )  # fmt: skip
    write(
        2, "16:40", "qh", "triage/resolve-evidence-dispute", dispute_id="d1", comment="实物比账多40只，与客户说的一致：确实没有发出去。",
    )  # fmt: skip


def _cause_and_plan(diary: Diary) -> None:
    """Why it happened and why nobody noticed, and what lasts (S2-41)."""
    write = diary.write
    write(
        3, "09:10", "qe2", "capa/verify-containment", containment_id="c1", effective=True, method="抽称30袋，重量全部在公差内",
        evidence=["e3"],
    )  # fmt: skip
    write(
        3, "10:20", "tech", "intake/attach-evidence", evidence_id="e5", kind="test_report",
        file=report("counting scale", "jishucheng.csv"), note="2号线计数秤20次重复称量",
    )  # fmt: skip
    write(
        3, "10:35", "tech", "capa/record-test", test_id="te1", test_kind="function", lot_no="SD75-2411", quantity_tested=20,
        quantity_failed=11, conditions={"temperature_c": "24"}, result="换电池后零点漂移，20次中11次把空盘计成1只", evidence=["e5"],
    )  # fmt: skip
    write(
        3, "13:10", "tech", "capa/propose-root-cause", cause_id="ca1", cause_kind="root", cause_side="occurrence",
        cause_nature="systemic_cause", statement="换电池后重新校准计数秤不在作业指导书里，零点漂移没人知道", confidence="probable",
        reason_if_unverifiable="等校准记录", evidence=["e5"],
    )  # fmt: skip
    write(
        3, "13:25", "wh", "capa/propose-root-cause", cause_id="ca2", cause_kind="root", cause_side="escape",
        cause_nature="systemic_cause", statement="装箱前称重复核靠人自觉，没有记录就能放行", confidence="probable",
        reason_if_unverifiable="等放行流程确认", evidence=["e3"],
    )  # fmt: skip
    write(
        3, "14:40", "qe1", "capa/record-root-cause", method="five_why", verdict="confirmed",
        direct_cause="计数秤零点漂移，空盘计为1只，CN3插头没有放进附件袋",
        root_cause="作业指导书没有规定换电池后校准计数秤",
        five_whys=[
            {"why": "附件袋少CN3插头", "because": "计数秤把空盘计成1只", "evidence": ["e1", "e5"]},
            {"why": "计数秤把空盘计成1只", "because": "换电池后零点漂移", "evidence": ["e5"]},
            {"why": "零点漂移没有发现", "because": "换电池后不校准"},
            {"why": "换电池后不校准", "because": "作业指导书只规定每月校准"},
        ],
        causes=[{"cause_kind": "direct", "cause_side": "occurrence", "statement": "计数秤零点漂移", "evidence": ["e5"]}],
        cause_ids=["ca1", "ca2"], evidence=["e5"],
    )  # fmt: skip
    planned = (
        ("a1", "correction", "prod", 5, "2号线附件袋全部返包，少件的补齐", "返包后称重合格率100%", "production"),
        ("a2", "corrective", "tech", 6, "换电池后必须校准计数秤，写入作业指导书并加点检项", "连续10次换电池后首称无误", "rnd"),
        ("a3", "preventive", "pur", 7, "附件袋装箱改用带联锁的称重台，重量不对不能封箱", "试运行500袋漏件为0", "production"),
    )  # fmt: skip
    for minute, (id, kind, owner, due, content, success, department) in enumerate(planned):
        write(
            3, f"15:{4 * minute:02}", "qe1", "capa/plan-action", action_id=id, kind=kind, content=content, owner=diary.id(owner),
            department=department, due=diary.date(due), measure_of_success=success,
        )  # fmt: skip
    write(3, "15:20", "qe1", "capa/submit-action-plan")
    write(
        3, "15:40", "qh", "triage/confirm-responsibility", departments=[{"department": "production", "share_pct": 100}],
        posts=["2号线附件计数工位"], reason="盘点与试验都指向计数秤，仓库账物清楚",
    )  # fmt: skip
    write(
        3, "15:52", "qe2", "intake/sign-replacement-responsibility", replacement_id="x1", department="production",
        comment="补签：责任部门为制造部2号线",
    )  # fmt: skip
    write(3, "16:30", "head", "capa/approve-action-plan", comment="同意。联锁称重台先上2号线。")
    write(
        3, "16:50", "qe1", "capa/draft-report", report_id="rp1", report_kind="initial", language="zh",
        summary="缺件属实，40只插头已补发并送到；原因在计数秤；措施三项，最迟下周二完成。",
        contributions=[
            {"department": "production", "says": "2号线附件袋今天起逐袋称重"},
            {"department": "warehouse", "says": "账物已三方盘点，差异40只"},
        ],
    )  # fmt: skip
    write(4, "09:05", "qh", "capa/sign-report", report_id="rp1")
    write(
        4, "09:30", "liaison", "capa/issue-report", report_id="rp1", to="甬江数控 胡明辉", channel="email",
        next_report_due=diary.date(10),
    )  # fmt: skip


def _carried_out(diary: Diary) -> None:
    write = diary.write
    write(5, "15:30", "prod", "capa/complete-action", action_id="a1", result="返包260袋，补齐6袋，全部称重合格。")
    write(
        5, "16:10", "log", "capa/record-cost", cost_id="k1", kind="freight",
        amount={"minor": 42_060, "currency": "CNY"}, department="production", incurred_on=diary.date(1),
        source_document="SF1402211835",
    )  # fmt: skip
    write(
        5, "16:14", "log", "capa/record-cost", cost_id="k2", kind="loss", amount={"minor": 8_000, "currency": "CNY"},
        department="production", incurred_on=diary.date(1), source_document="CK-1107",
    )  # fmt: skip
    write(
        6, "11:20", "tech", "capa/complete-action", action_id="a2", result="作业指导书WI-750-12第D版发布，点检表加“换电池后校准”。",
    )  # fmt: skip
    write(
        7, "16:45", "pur", "capa/complete-action", action_id="a3", result="联锁称重台到货并装好，2号线已切换。",
        actual_cost={"minor": 1_860_000, "currency": "CNY"},
    )  # fmt: skip
    write(
        9, "10:10", "qe2", "intake/attach-evidence", evidence_id="e6", kind="test_report",
        file=report("interlocked scale", "liansuo.csv"), note="联锁称重台试运行500袋",
    )  # fmt: skip
    write(
        9, "10:30", "qe2", "capa/verify-effect", action_ids=["a1", "a2", "a3"], effective=True, proof="before_after",
        method="试运行500袋逐袋复核，与改善前同班次比较",
        criteria=[
            {"metric": "附件袋漏件", "target": "0 / 500", "actual": "0 / 500", "met": True, "n": 500},
            {"metric": "换电池后首称误差", "target": "0 / 10", "actual": "0 / 10", "met": True, "n": 10},
        ],
        evidence=["e6"],
    )  # fmt: skip
    write(
        9, "10:50", "prod", "capa/lift-containment", containment_id="c1", reason="逐袋称重由联锁称重台代替，以后就这样做",
        made_permanent=True,
    )  # fmt: skip
    write(
        9, "11:15", "tech", "capa/update-standards", summary="换电池后校准、装箱前联锁称重写入文件",
        documents=[
            {"kind": "work_instruction", "number": "WI-750-12", "old_revision": "C", "new_revision": "D"},
            {"kind": "control_plan", "number": "CP-SD750", "old_revision": "5", "new_revision": "6"},
        ],
    )  # fmt: skip
    write(
        9, "11:30", "qe1", "capa/complete-read-across", products=["SD-400"], lines=["3号线"], applicable=True,
        conclusion="SD-400附件也用计数秤，校准点检同步执行，称重台列入下季度预算。",
    )  # fmt: skip


def _reported_and_closed(diary: Diary) -> None:
    """The customer sends the 8D back once: it did not say why nobody had noticed (S2-33, S2-39)."""
    write = diary.write
    eight: dict[str, Any] = {"report_kind": "8d", "template_id": "customer_8d", "language": "zh"}
    write(
        9, "14:00", "qe1", "capa/draft-report", report_id="rp2", **eight, summary="8D报告：D1至D8，根因为换电池后不校准计数秤。",
        contributions=[{"department": "rnd", "says": "校准已写入WI-750-12"}, {"department": "production", "says": "联锁称重台已启用"}],
    )  # fmt: skip
    write(9, "15:10", "qh", "capa/sign-report", report_id="rp2")
    write(9, "15:30", "liaison", "capa/issue-report", report_id="rp2", to="甬江数控 胡明辉", channel="email")
    write(
        10, "09:20", "liaison", "capa/record-report-rejection", report_id="rp2", answered_by="胡明辉", sections=["D4"],
        comment="只写了为什么少装，没写为什么出货前没人发现。",
    )  # fmt: skip
    write(
        10, "10:30", "qe1", "capa/draft-report", report_id="rp2", **eight,
        summary="8D报告第2稿：D4补充流出原因——称重复核没有记录也能放行，已由联锁称重台堵住。",
    )  # fmt: skip
    write(10, "11:05", "qh", "capa/sign-report", report_id="rp2")
    write(10, "11:20", "liaison", "capa/issue-report", report_id="rp2", to="甬江数控 胡明辉", channel="email")
    write(
        11, "14:10", "liaison", "capa/record-report-acceptance", report_id="rp2", answered_by="胡明辉",
        comment="可以，D4写清楚了。",
    )  # fmt: skip
    write(
        11, "14:20", "liaison", "intake/record-customer-feedback", satisfied=True, score=88,
        comment="插头第二天就到了，8D返了一次工。", channel="telephone",
    )  # fmt: skip
    write(
        12, "09:15", "qh", "triage/assign-final-grade", grade="STD", rank="2", reason="停线半天，无安全影响，维持标准级。",
    )  # fmt: skip
    write(
        12, "09:30", "qh", "capa/recognise-team", praise="两天查清，三方盘点干净利落。",
        recognised=[diary.id("qe1"), diary.id("tech"), diary.id("wh")],
    )  # fmt: skip
    write(
        12, "09:45", "qe2", "capa/close", disposition="solved", customer_acceptance="accepted",
        summary="计数秤换电池后未校准致附件袋少CN3插头；校准入文件，联锁称重台防漏，客户接受8D。",
    )  # fmt: skip


def _charged(diary: Diary) -> None:
    """Tried out, put forward, signed by two, booked by finance (S2-46, S2-50 to S2-53). Nobody's wage is touched."""
    write = diary.write
    write(12, "10:20", "qe1", "capa/allocate-costs", charge_id="m1", cost_ids=["k1", "k2"])
    write(12, "10:40", "qe1", "capa/allocate-costs", charge_id="m1", cost_ids=["k1", "k2"], dry_run=False)
    write(12, "14:05", "qh", "capa/approve-charge", charge_id="m1")
    write(12, "16:20", "gm", "capa/approve-charge", charge_id="m1", comment="按规定办，只到部门。")
    write(13, "09:40", "fin", "capa/execute-charge", charge_id="m1", voucher_no="KJ-2024-0387")
    write(14, "10:00", "liaison", "capa/archive", retention_until=diary.years_from(14, 10))


PROCEDURE = Procedure(
    "procedure-s2", SITE, "an 8D, a disputed short delivery, a replacement signed for later, costs shared by departments",
    80, tell,
)  # fmt: skip

# ruff: noqa: E501  (Chinese characters count as two columns)
"""The two worked cases of the source procedures, told from receipt to archive (domain §1.9: FX-1, FX-4).

The texts are written for this demonstration in the spirit of the sources. Days are working days at Shenzhen, the first
of them a Monday that is followed by two ordinary weeks.
"""

from __future__ import annotations

from datetime import datetime

from services.demo.diary import Diary
from services.demo.organisation import SITES, Hours
from services.demo.pictures import photo, report
from services.demo.scenario import Attachment, Step

WORKED = SCREEN, EARPHONES = "worked-screen", "worked-earphones"
_SITE = SITES["sz"]


def garbled_screen(begins: datetime, hours: Hours) -> list[Step]:
    """FX-1, ABC-2000: two hypotheses tried and dropped, a confirmed cause by 5 Why, closed in time, put away."""
    diary = Diary.begun(SCREEN, _SITE, begins, hours)
    write, bought = diary.write, diary.before(66)
    lot = f"{bought:%Y%m%d}001"
    write(
        1, "09:12", "cs1", "intake/receive", site="sz", channel="telephone", origin="customer_complaint",
        description="设备开机运行大约2小时后屏幕花屏，重启后暂时恢复，但不到1小时又会出现。现场工程师检查发现显卡驱动异常，"
        "换上同型号显卡后故障依旧，初步怀疑主板兼容性有问题。请尽快处理，产线等着用。",
        language="zh", customer_no="KJ-0017", customer_name="科技有限公司", contact_person="张建平", contact="5678",
        product_model="ABC-2000", lot_no=lot,
    )  # fmt: skip
    write(
        1,
        "09:21",
        "cs1",
        "intake/acknowledge",
        channel="telephone",
        apology=True,
        promised_contact_by=diary.at(1, "12:00"),
    )
    write(
        1, "09:58", "cs1", "intake/contact-customer", direction="outbound", channel="telephone", purpose="clarification",
        summary="与客户张先生通话：首次故障在连续运行2小时后出现，重启后间隔缩短到1小时以内；仅一台；客户要求先换机再分析。",
    )  # fmt: skip
    write(
        1, "10:15", "cs1", "intake/request-information", request_id="i1", asked_of="customer",
        items=["花屏时的照片或视频", "整机序列号和主板丝印版本", "使用环境：温度、供电、外接设备"], due=diary.date(3),
    )  # fmt: skip
    write(
        2, "09:05", "cs1", "intake/provide-information", request_id="i1",
        answer="照片已发。序列号A2K-031507，主板丝印REV C。控制柜内约35 ℃，没有外接显示设备，由UPS供电。",
    )  # fmt: skip
    write(
        2, "09:14", "cs1", "intake/attach-evidence", evidence_id="e1", kind="photo", file=photo("ABC-2000", "huaping.png"),
        note="客户拍摄：横向彩条，约三分之一画面",
    )  # fmt: skip
    tried = Attachment(
        "field-tests.csv", "text/csv",
        "假设,试验,结果\n显卡驱动异常,重装驱动后连续运行3小时,仍花屏，排除\n显卡损坏,更换同型号显卡后连续运行3小时,仍花屏，排除\n".encode(),
    )  # fmt: skip
    write(
        2, "09:20", "cs1", "intake/attach-evidence", evidence_id="e2", kind="repair_record", file=tried,
        note="现场工程师已做的两项试验：驱动、换卡，均已排除",
    )  # fmt: skip
    write(
        2, "09:41", "cs1", "intake/register", symptom="连续运行约2小时后屏幕花屏，重启暂时恢复，1小时内再次出现",
        frequency="首次2小时，之后每次不到1小时", extent="single_unit", product_model="ABC-2000", lot_no=lot,
        serial_nos=["A2K-031507"], purchase_date=bought.isoformat(), failure_date=diary.before(1).isoformat(),
        use_conditions="控制柜内约35 ℃，UPS供电，无外接显示设备", steps_tried="重装显卡驱动；更换同型号显卡；故障依旧",
        main_function_lost=True, demands=["exchange", "report"],
    )  # fmt: skip
    write(
        2, "09:55", "qe1", "triage/classify", category="hardware_failure", failure_mode="花屏", grade="A", rank="2",
        basis="confirmed", reason="主要功能丧失，产线等用；目前仅一台，无安全风险。",
    )  # fmt: skip
    write(
        2,
        "10:10",
        "sup",
        "triage/assign",
        owner=diary.id("rnd1"),
        department="rnd",
        supporting=["production", "quality"],
    )
    write(
        2, "13:20", "qe1", "capa/define-containment", containment_id="c1", where=["warehouse", "wip"],
        measure=f"冻结批次{lot}的库存与在制品，抽20台做4小时高温老化", owner=diary.id("prod1"), due=diary.date(3),
        quantity_checked=20, quantity_nonconforming=3,
    )  # fmt: skip
    write(2, "13:45", "rnd1", "capa/start-investigation", methods_planned=["five_why"])
    # The engineer was at the customer's site without a network: told a day later, so as_of and happened_by differ.
    write(
        3, "09:10", "cs2", "intake/contact-customer", direction="outbound", channel="on_site", purpose="progress",
        summary="工程师到客户现场换上备用机，故障机带回；客户同意三个工作日内看分析结果。",
        occurred_at=(2, "15:30"), backdate_reason="工程师在客户现场没有网络，次日回公司补录。",
    )  # fmt: skip
    write(
        3, "15:02", "rnd1", "intake/attach-evidence", evidence_id="e3", kind="test_report",
        file=report("ABC-2000 slot clock", "pcie-refclk.csv"), note="主板参考时钟抖动：35 ℃下2小时后由38 ps升至96 ps",
    )  # fmt: skip
    write(
        3, "16:40", "rnd1", "capa/record-root-cause", method="five_why", verdict="confirmed",
        direct_cause="主板REV C的时钟缓冲器温升后抖动超限，显卡链路反复重训，画面花屏",
        root_cause="时钟缓冲器二供导入时，验证清单没有高温长时间运行项目",
        five_whys=[
            {"why": "屏幕运行2小时后花屏", "because": "显卡与主板之间的链路反复重训", "evidence": ["e1", "e2"]},
            {"why": "链路反复重训", "because": "主板参考时钟抖动升到96 ps，超过规格", "evidence": ["e3"]},
            {"why": "参考时钟抖动升高", "because": "REV C换用的时钟缓冲器温升后性能下降", "evidence": ["e3"]},
            {"why": "不合适的缓冲器用到了REV C上", "because": "二供导入只做了常温30分钟试验"},
            {"why": "只做了常温30分钟试验", "because": "二供验证清单没有高温长时间运行项目"},
        ],
        evidence=["e3"],
    )  # fmt: skip
    write(
        3, "16:55", "rnd1", "capa/plan-action", action_id="a1", kind="correction", department="production", due=diary.date(5),
        content="为客户更换REV D主板，返修冻结的在制品和库存", owner=diary.id("prod1"), measure_of_success="返修机高温老化8小时无花屏，复检合格率100%",
    )  # fmt: skip
    write(
        3, "17:04", "rnd1", "capa/plan-action", action_id="a2", kind="corrective", department="rnd", due=diary.date(7),
        content="REV C停用该缓冲器，恢复原型号并更新物料清单", owner=diary.id("rnd2"), measure_of_success="35 ℃连续8小时时钟抖动低于50 ps",
    )  # fmt: skip
    write(
        3, "17:11", "rnd1", "capa/plan-action", action_id="a3", kind="preventive", department="quality", due=diary.date(8),
        content="二供验证清单增加高温8小时运行与时钟抖动测量", owner=diary.id("rnd1"), measure_of_success="清单发布，三个在途二供项目按新清单补测",
    )  # fmt: skip
    write(4, "08:50", "rnd1", "capa/submit-action-plan")
    write(4, "09:35", "qh", "capa/approve-action-plan", comment="同意。返修机请留老化记录。")
    write(
        5,
        "16:10",
        "prod1",
        "capa/complete-action",
        action_id="a1",
        result="客户机已换REV D主板，库存与在制品返修41台，老化记录归档。",
    )
    write(6, "10:00", "rnd2", "capa/report-action-progress", action_id="a2", percent=60, note="物料清单变更会签中。")
    write(
        7, "15:25", "rnd2", "capa/complete-action", action_id="a2", result="物料清单C.4生效，旧缓冲器退回仓库并冻结。"
    )
    write(
        8,
        "11:30",
        "rnd1",
        "capa/complete-action",
        action_id="a3",
        result="验证清单第5版发布，三个项目补测完成，均合格。",
    )
    write(
        9, "10:20", "qe2", "intake/attach-evidence", evidence_id="e4", kind="test_report",
        file=report("ABC-2000 after", "after-rework.csv"), note="返修41台高温老化8小时记录",
    )  # fmt: skip
    write(
        9, "10:45", "qe2", "capa/verify-effect", action_ids=["a1", "a2", "a3"], effective=True, method="返修41台高温老化8小时，前后对比时钟抖动",
        criteria=[
            {"metric": "复检合格率", "target": "100 %", "actual": "100 % (41/41)", "met": True},
            {"metric": "参考时钟抖动", "target": "< 50 ps", "actual": "37 ps", "met": True},
        ],
        evidence=["e4"],
    )  # fmt: skip
    write(
        9,
        "14:30",
        "cs1",
        "intake/record-customer-feedback",
        satisfied=True,
        score=92,
        comment="换机以后连续运行一周正常，分析报告清楚。",
    )
    write(
        10, "09:30", "qe1", "capa/close", disposition="solved", customer_acceptance="accepted",
        summary="根因为二供时钟缓冲器高温抖动超限，已换回原型号并补上验证项目；客户确认正常。",
    )  # fmt: skip
    write(
        12,
        "10:00",
        "fin",
        "capa/record-cost",
        cost_id="k1",
        kind="rework",
        amount={"minor": 1_284_000, "currency": "CNY"},
        department="rnd",
    )
    write(
        32, "10:10", "cs1", "intake/complete-follow-up", kind="thirty_days", reached=True, product_ok=True,
        comment="换机后连续运行一个月正常，客户没有其他问题。",
    )  # fmt: skip
    write(33, "09:20", "qe1", "capa/archive", retention_until=diary.years_from(33, 10))
    return diary.steps


def earphone_trial(begins: datetime, hours: Hours) -> list[Step]:
    """FX-4, A1: 14 of 100 fail 7/6/1; a late cause escalates, a verification fails, the case comes back once."""
    from services.demo.worked_earphones import tell  # a screen of its own

    diary = Diary.begun(EARPHONES, _SITE, begins, hours)
    tell(diary)
    return diary.steps

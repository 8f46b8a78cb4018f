"""Every text of the documents in English and Chinese; codes and fields are named in `shared/events/labels`."""

from __future__ import annotations

_BOTH: dict[str, tuple[str, str]] = {
    # ── titles ──
    "title_8d": ("8D report", "8D报告"),
    "title_initial": ("Initial report", "初步报告"),
    "title_progress": ("Progress report", "进展报告"),
    "title_final": ("Final report", "最终报告"),
    "title_rectification": ("Quality rectification report", "品质整改报告"),
    "title_letter": ("Our answer to your complaint", "客户投诉回复函"),
    "title_handling_report": ("Complaint handling report", "客诉处理报告"),
    "title_replacement_replenish": ("Request to replenish", "补货申请单"),
    "title_replacement_exchange": ("Request to exchange", "换货申请单"),
    "title_replacement_return": ("Request to return", "退货申请单"),
    "title_stocktake": ("Stock-take record", "盘点记录"),
    # ── the head of a page ──
    "case_no": ("Case", "案件编号"),
    "received_at": ("Received", "受理时间"),
    "customer": ("Customer", "客户"),
    "external_ref": ("Customer’s reference", "客户编号"),
    "product": ("Product", "产品"),
    "lot": ("Lot", "批次"),
    "quantity_defective": ("Defective pieces", "不良数量"),
    "grade": ("Grade", "等级"),
    "stage": ("Stage", "阶段"),
    "cycle": ("Cycle", "轮次"),
    "owner": ("Owner of the case", "案件负责人"),
    "policy": ("Policy", "制度"),
    "document": ("Document", "文件"),
    "report_n": ("{report} revision {revision}", "{report} 第{revision}稿"),
    # ── headings ──
    "summary": ("Summary", "概要"),
    "letter": ("Dear customer", "尊敬的客户"),
    "d0": ("D0 Emergency response", "D0 应急响应"),
    "d1": ("D1 Team", "D1 成立小组"),
    "d2": ("D2 Problem", "D2 问题描述"),
    "d3": ("D3 Containment", "D3 临时措施"),
    "d4": ("D4 Causes of occurrence and escape", "D4 发生与流出原因"),
    "d5": ("D5 Corrective actions chosen", "D5 永久纠正措施的选定"),
    "d6": ("D6 Corrective actions implemented, and their effect", "D6 措施实施与效果验证"),
    "d7": ("D7 Prevention", "D7 预防再发"),
    "d8": ("D8 Conclusion and recognition", "D8 总结与表彰"),
    "facts": ("What is known", "事实说明"),
    "containment": ("Containment", "临时措施"),
    "causes": ("Causes", "原因分析"),
    "actions": ("Actions", "措施进展"),
    "countermeasures": ("Countermeasures", "改善对策"),
    "effect": ("Implementation and effect", "实施与效果"),
    "prevention": ("Prevention", "预防再发"),
    "demands": ("What was asked for, and what is offered", "客户诉求与处理方案"),
    "handling": ("Handling", "处理情况"),
    "contributions": ("What the departments say", "各部门意见"),
    "signatures": ("Signatures", "签核"),
    "evidence": ("Evidence", "证据清单"),
    "request": ("Request", "申请内容"),
    "decision": ("Decision of quality", "品质判定"),
    "retro_signature": ("Responsibility signed afterwards", "责任部门补签"),
    "shipment": ("Shipment", "发货"),
    "returned": ("Returned goods", "退回实物"),
    "claim": ("Claim", "客户主张"),
    "count": ("Count", "盘点"),
    "counters": ("Counted together by", "共同盘点人"),
    "outcome": ("Outcome", "结论"),
    # ── tables ──
    "is_is_not": ("Is / is not", "是／不是"),
    "defects": ("Defects", "不良明细"),
    "population": ("What it may reach", "可能波及范围"),
    "inspections": ("Inspections", "检验"),
    "traceability": ("Traceability", "追溯"),
    "tests": ("Tests", "试验"),
    "reproduction": ("Attempts to reproduce", "复现试验"),
    "five_whys": ("5 whys", "5个为什么"),
    "causes_one_by_one": ("Causes one by one", "原因明细"),
    "rejected_causes": ("Rejected causes", "已排除的原因"),
    "approved": ("Approvals of the plan", "措施计划批准"),
    "validated": ("Proof before roll-out", "推广前验证"),
    "read_across": ("Read across", "横向展开"),
    "training": ("Training", "培训"),
    "remedies": ("Offered and done", "已提出的方案"),
    "recorded_by": ("Recorded by", "记录人"),
    "drafted_by": ("Drafted by", "编制人"),
    "when": ("When", "时间"),
    "meaning": ("Meaning", "签核含义"),
    "role": ("Role", "角色"),
    "name": ("Name", "姓名"),
    "on_behalf_of": ("On behalf of", "代签对象"),
    "not_signed": ("not signed yet", "尚未签字"),
    "responsibility_pending": ("responsibility pending", "责任待定"),
    "signature_owed": (
        "It left before anybody signed for the responsible department; the signature is still owed.",
        "货物已先行发出，责任部门尚待补签。",
    ),
    "nothing": ("Nothing recorded.", "无记录。"),
    # ── fields that are called otherwise than in a form ──
    "field_status": ("Status", "状态"),
    "field_percent": ("Percent", "完成百分比"),
    "field_implemented_at": ("In place since", "落实时间"),
    "field_lifted_at": ("Ended", "结束时间"),
    "field_permanent": ("Made permanent", "转为长期措施"),
    "field_completed_at": ("Completed", "完成时间"),
    "field_executed_at": ("Done", "执行时间"),
    "field_blocked_why": ("Blocked by", "受阻原因"),
    "field_plan_version": ("Plan", "计划版次"),
    "field_tolerance": ("Tolerance", "允差"),
    "field_supersedes": ("In place of", "取代"),
    "field_variance": ("Stock less ledger", "账实差异"),
    "field_expected": ("If the claim were true", "主张成立时应有差异"),
    # ── the foot ──
    "made_of": (
        "Made from the facts of {case_no} up to version {version}, recorded {at}. The same facts give the same page.",
        "本页依据{case_no}截至第{version}版的事实生成（记录时间：{at}）。同样的事实生成同样的页面。",
    ),
    "kept": (
        "The page of this revision was kept under SHA-256 {sha256}, made as of version {version}.",
        "本稿原页按SHA-256 {sha256}留存，依据第{version}版生成。",
    ),
    "times_in": ("Times in {zone}.", "时区：{zone}。"),
    "layout_n": ("Layout {n}.", "版式{n}。"),
}


def text(language: str, key: str, missing: str | None = None, **values: object) -> str:
    """A text with its values filled in; `missing` where there is none."""
    if key not in _BOTH and missing is not None:
        return missing
    return _BOTH[key][language == "zh"].format(**values)


def keys() -> frozenset[str]:
    """All of them."""
    return frozenset(_BOTH)

"""What the promises about time are called, and who is meant by the roles that a case itself gives."""

from __future__ import annotations

from shared.events.labels.general import Both

CODES: Both = {
    "registration": ("registration", "登记"),
    "grading": ("grading", "分级"),
    "promised_contact": ("promised contact", "承诺联系"),
    "information": ("information from the customer", "客户补充资料"),
    "containment": ("containment", "临时措施"),
    "plan_approval": ("approval of the plan", "计划审批"),
    "result_feedback": ("result to the customer", "结果反馈客户"),
    "customer_progress": ("progress to the customer", "进展告知客户"),
    "case_owner": ("owner of the case", "案件负责人"),
    "first_responsible": ("first responsible", "首责人"),
    "responsible_person": ("responsible person", "责任者"),
    "action_owner": ("owner of the action", "措施责任人"),
    "delegate": ("delegate", "代理人"),
    "next_level": ("next level", "上一级"),
}
COMMANDS: Both = {}
FIELDS: Both = {}

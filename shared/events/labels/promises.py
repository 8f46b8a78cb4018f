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
    "forwarding": ("forwarding", "转发各部门"),
    "resolution": ("resolution", "解决"),
    "retro_signature": ("responsibility signed later", "责任补签"),
    "objection": ("answer to an objection", "异议答复"),
    "customer_requirement": ("the customer asks for it", "客户要求"),
    "milestone": ("milestone", "里程碑"),
    "verification_short": ("verification, short term", "短期措施验证"),
    "verification_long": ("verification, long term", "长期措施验证"),
    "closure_approval": ("approval of closure", "结案审批"),
    "quality_head_told": ("head of quality told", "上报质量负责人"),
    "recall_decision": ("recall decision", "召回决定"),
    "production_stop": ("stop of production", "停产通知"),
    "stocktake": ("stock-take of the dispute", "争议盘点"),
    "authority_report": ("report to the authority", "监管上报"),
    "initial_report": ("initial report", "初步报告"),
    "progress_report": ("progress report", "过程报告"),
    "final_report": ("final report", "最终报告"),
    "cost_split": ("split to persons", "责任落实到人"),
    "payment": ("payment of compensation", "赔偿支付"),
    "call_back": ("call-back", "全员回访"),
    "waiting_sample": ("waiting for a sample", "等待样品"),
    "waiting_supplier": ("waiting for a supplier", "等待供应商"),
    "customs": ("customs", "海关清关"),
    "force_majeure": ("force majeure", "不可抗力"),
    "policy_migrated": ("another policy", "改用新制度"),
    "WaitBegan": ("waiting began", "开始等待"),
    "WaitEnded": ("waiting ended", "结束等待"),
    "EscalationUnanswered": ("escalation not taken on", "升级无人接手"),
    "dispute": ("dispute about the evidence", "证据争议"),
    "due_date_changed": ("another day agreed", "期限变更"),
    "case_owner": ("owner of the case", "案件负责人"),
    "first_responsible": ("first responsible", "首责人"),
    "responsible_person": ("responsible person", "责任者"),
    "action_owner": ("owner of the action", "措施责任人"),
    "delegate": ("delegate", "代理人"),
    "next_level": ("next level", "上一级"),
}
COMMANDS: Both = {
    "begin-wait": ("Wait for something outside", "登记等待"),
    "end-wait": ("End a wait", "结束等待"),
}
FIELDS: Both = {
    "wait": ("Waiting for", "等待事项"),
    "wait_id": ("Wait", "等待编号"),
    "expected_by": ("Expected by", "预计时间"),
}

"""What the words, events, commands and fields about money are called."""

from __future__ import annotations

from shared.events.labels.general import Both

CODES: Both = {
    "plan_late": ("plan late", "措施计划逾期"),
    "execution_late": ("carried out late", "措施执行逾期"),
    "item": ("item by item", "逐项"),
    "department_week": ("a department's week", "部门每周合计"),
    "customer_demand": ("demanded by the customer", "客户索赔"),
    "agreed_remedy": ("agreed with the customer", "与客户协商一致"),
    "goodwill_payment": ("goodwill", "商誉补偿"),
    "tried": ("tried out", "试算"),
    "proposed": ("put forward", "已提出"),
    "executed": ("executed", "已执行"),
    "waived": ("waived", "已免除"),
    "CostCorrected": ("cost corrected", "更正费用"),
    "CostAllocationProposed": ("shares worked out", "费用分担测算"),
    "DelayChargeAccrued": ("charge for delay worked out", "逾期考核测算"),
    "CostAllocationApproved": ("charge approved", "批准考核单"),
    "CostAllocationSplit": ("charge split to persons", "考核落实到人"),
    "CostAllocationExecuted": ("charge executed", "执行考核单"),
    "CostAllocationWaived": ("charge waived", "免除考核单"),
    "CompensationApproved": ("compensation approved", "批准赔偿"),
    "CompensationPaid": ("compensation paid", "支付赔偿"),
    "WeekCharged": ("charged in a week", "计入周费用"),
    "WeekChargeWaived": ("no longer charged in a week", "不再计入周费用"),
    "CompensationWithdrawn": ("compensation withdrawn", "撤回赔偿"),
}

COMMANDS: Both = {
    "record-cost": ("Record a cost", "记录费用"),
    "correct-cost": ("Correct a cost", "更正费用"),
    "allocate-costs": ("Work out the shares of the cost", "测算费用分担"),
    "accrue-delay-charge": ("Work out the charge for delay", "测算逾期考核"),
    "approve-charge": ("Sign the charge sheet", "签批考核单"),
    "return-charge": ("Send the charge sheet back", "退回考核单"),
    "split-charge": ("Split the charge to persons", "考核落实到人"),
    "execute-charge": ("Execute the charge", "执行考核单"),
    "waive-charge": ("Waive the charge", "免除考核单"),
    "approve-compensation": ("Approve compensation", "批准赔偿"),
    "pay-compensation": ("Record the payment of compensation", "支付赔偿"),
    "withdraw-compensation": ("Withdraw a compensation", "撤回赔偿"),
}

FIELDS: Both = {
    "cost_id": ("Cost", "费用"),
    "amount": ("Amount", "金额"),
    "incurred_on": ("Day on which it arose", "发生日期"),
    "source_document": ("Document", "凭据"),
    "item_id": ("Item", "项目"),
    "charge_id": ("Charge sheet", "考核单"),
    "cost_ids": ("Costs", "费用项"),
    "dry_run": ("Dry run", "试算"),
    "rule": ("Rule", "规则"),
    "party_role": ("As whom", "承担身份"),
    "voucher_no": ("Voucher no.", "凭证号"),
    "compensation_id": ("Compensation", "赔偿"),
    "grounds": ("Grounds", "依据"),
    "paid_on": ("Paid on", "支付日期"),
}

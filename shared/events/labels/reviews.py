"""Reviews of a site: their kinds, events, commands and fields."""

from __future__ import annotations

from shared.events.labels.general import Both

CODES: Both = {
    "monday_review": ("Monday review", "周一评审"),
    "friday_progress": ("Friday progress", "周五进度"),
    "weekly_coordination": ("weekly coordination", "每周协调会"),
    "monthly_quality": ("monthly quality meeting", "月度质量会议"),
    "quarterly": ("quarterly review", "季度评审"),
    "joint": ("joint review", "联合评审"),
    "self_inspection": ("self-inspection", "自查自纠"),
    "spot_check": ("spot check", "不定期抽查"),
    "ReviewScheduled": ("review announced", "通知评审"),
    "ReviewHeld": ("review held", "举行评审"),
}

COMMANDS: Both = {
    "schedule-review": ("Announce a review", "通知评审"),
    "hold-review": ("Record a review", "记录评审"),
}

FIELDS: Both = {
    "review_id": ("Number of the review", "评审编号"),
    "chair_role": ("Led by", "主持"),
    "prompted_by": ("Prompted by", "起因"),
    "cases": ("Cases looked at", "查看的案件"),
    "decisions": ("Decisions", "决议"),
    "case": ("Case", "案件"),
    "minutes_file": ("Minutes of the meeting", "会议纪要"),
}

HELP: Both = {
    "prompted_by": ("The penalty bulletin, for example.", "例如处罚通报。"),
}

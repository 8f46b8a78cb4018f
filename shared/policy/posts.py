"""What is too vague to be a post (S0-35): a department, everybody, whoever is concerned."""

from __future__ import annotations

from shared.events.labels import LABELS
from shared.events.words import Department

_VAGUE = frozenset(
    {
        "somebody", "someone", "everybody", "everyone", "all", "staff", "employee", "employees", "worker", "workers", "team",
        "people", "operator", "operators", "person in charge", "responsible person", "the person concerned", "unknown", "n/a",
        "相关人员", "有关人员", "责任人", "当事人", "员工", "工人", "操作工", "作业员", "大家", "全体", "所有人",
        "相关部门", "有关部门",
        "责任部门", "不详", "未知", "无",
    }
)  # fmt: skip
_AROUND = ("the ", "department", "dept", "部门", "部", "车间")


def vague_post(text: str) -> str | None:
    """Why this names no post, or None when it does."""
    said = " ".join(text.split()).strip(".。 ").casefold()
    core = said
    for word in _AROUND:
        core = core.replace(word, "")
    departments = {name.casefold() for code in Department for name in (code, *(told[code] for told in LABELS.values()))}
    if said in _VAGUE or core.strip() in departments or not core.strip():
        return f"“{text.strip()}” is no post"
    return None

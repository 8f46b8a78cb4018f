"""Names instead of ids, wall time instead of UTC, sentences instead of fields: what the house knows, asked once."""

from __future__ import annotations

import json
from datetime import timedelta
from functools import cached_property
from typing import TYPE_CHECKING, Any

from services.cli.connection import Connection
from services.cli.show import cell, one_line, when
from shared.events.labels import clock_label, label
from shared.events.lengths import lasts
from shared.kernel.errors import Invalid, Problem, Unknown

if TYPE_CHECKING:
    from shared.kernel.fact import Event


class Words:
    """People and sites of one house, and how to tell its facts in one language."""

    def __init__(self, house: Connection, language: str = "en") -> None:
        self.house = house
        self.language = language

    @cached_property
    def people(self) -> dict[str, str]:
        """Names by id; masked (A*) for whoever is not an owner, but for the own name."""
        everyone = [*self._items("/intake/people"), self.house.get("/intake/me")]
        return {each["person"]: str(cell(each.get("name")) or each["person"]) for each in everyone}

    @cached_property
    def zones(self) -> dict[str, str]:
        """Time zones by site."""
        return {each["site"]: each["zone"] for each in self._items("/intake/sites")}

    def _items(self, path: str) -> list[dict[str, Any]]:
        try:
            return self.house.get(path)["items"]
        except Problem as problem:
            if problem.status in (403, 404):  # ids and UTC will do
                return []
            raise

    def forget_people(self) -> None:
        """Someone was added: ask again when a name is needed."""
        self.__dict__.pop("people", None)
        self.__dict__.pop("zones", None)

    def name(self, person: str | None) -> str:
        """A person's name, or a service's; an id nobody knows stands for itself."""
        if person and person.startswith("s-") and person not in self.people:
            return label(self.language, person.removeprefix("s-").replace("-", "_"))
        return self.people.get(person, person) if person else ""

    def zone(self, site: str | None) -> str:
        """A site's zone, else UTC."""
        return self.zones.get(site or "", "UTC")

    def when(self, text: str | None, site: str | None) -> str:
        """An instant as the site's wall time."""
        return when(text, self.zone(site))

    def said(self, text: str) -> str:
        """One of this command line's own words, in the reader's language."""
        return _ZH.get(text, text) if self.language == "zh" else text

    def clock(self, clock_id: str) -> str:
        """What a promise is called."""
        return clock_label(self.language, clock_id)

    def left(self, seconds: float) -> str:
        """How long is left, or how late it is."""
        length = lasts(self.language, timedelta(seconds=abs(seconds)))
        if seconds >= 0:
            return length
        return f"超期{length}" if self.language == "zh" else f"late by {length}"

    def code(self, code: object) -> str:
        """What a code is called."""
        return label(self.language, str(code)) if code not in (None, "") else ""

    def sentence(self, event: Event, site: str | None) -> str:
        """The event's sentence."""
        from shared.events.sentences import sentence  # all events there are: a third of a command that shows none

        return one_line(sentence(event, self.language, zone=self.zone(site), namer=self.name))

    def sentence_of(self, kind: str, data: dict[str, Any], site: str | None) -> str:
        """The sentence of an event that came as JSON; its name when this version does not know it."""
        from shared.events.catalogue import CATALOGUE  # as above

        names = (kind, *(f"{topic}.{kind}" for topic in ("complaint", "review", "clocks", "duties")))
        event = next((CATALOGUE[name] for name in names if name in CATALOGUE), None)
        if event is None:
            return kind
        said = {name: value for name, value in data.items() if name in event.model_fields}
        try:
            return self.sentence(event.model_validate_json(json.dumps(said)), site)
        except ValueError:
            return kind

    def person(self, name: str) -> str:
        """The id of someone named by id or name. Raises Unknown or Invalid with the names that would do."""
        if name in self.people:
            return name
        wanted = name.casefold().strip()
        exact = [key for key, known in self.people.items() if known.casefold() == wanted]
        some = exact or [key for key, known in self.people.items() if wanted and wanted in known.casefold()]
        if len(some) == 1:
            return some[0]
        if some:
            raise Invalid(f"{name!r} may be {_listed(self.people, some)}", way_out="give the id")
        known = _listed(self.people, list(self.people))
        if any(masked.endswith("*") for masked in self.people.values()):
            raise Unknown(f"{name!r} is not known, as names are masked for you", way_out=f"give an id: {known}")
        raise Unknown(f"nobody here is called {name!r}", way_out=f"known: {known}")


def _listed(people: dict[str, str], ids: list[str]) -> str:
    told = [f"{people[key]} ({key})" for key in ids[:8]]
    return ", ".join(told) + (f" and {len(ids) - 8} more" if len(ids) > 8 else "")


_ZH = {
    "as recorded": "实际记录", "promise": "时限", "begun": "开始", "kept": "守时", "broken": "超期", "share": "守时率",
    "all promises": "全部时限", "cases": "个案件", "as of": "截至", "in cases": "涉及案件", "replayed": "重算",
    "promises that would have gone otherwise": "结果不同的时限", "not promised": "无此时限", "case": "案件",
    "due as recorded": "实际到期", "due otherwise": "推演到期", "came out as": "实际结果", "would have come out as": "推演结果",
    "promised by": "依据", "nothing is promised": "没有时限", "from": "起算", "paused": "暂停", "day": "日期", "rule": "规则",
    "counted": "累计", "as agreed in the case": "按案件中的约定", "(may still move)": "（可能变动）",
    "warns": "预警", "does not come": "不再预警",
    "counted again here it comes out otherwise; what was recorded holds": "在此重新计算结果不同；以记录为准",
    "received": "受理", "customer": "客户", "product": "产品", "description": "描述", "symptom": "故障现象", "safety": "安全",
    "a hazard": "有安全隐患", "acknowledged": "已确认", "waits for": "等待", "evidence": "证据", "class": "分类", "grade": "等级",
    "owner": "负责人", "merged into": "并入", "linked": "关联", "containment": "临时措施", "direct cause": "直接原因",
    "root cause": "根本原因", "action": "措施", "failed checks": "验证未通过次数", "costs": "费用", "closed": "结案",
    "customer says": "客户评价", "satisfied": "满意", "not satisfied": "不满意", "to decide": "待决定",
    "a failed follow-up: reopen the case, or waive it": "回访异常：重新打开或豁免", "promises": "时限", "cycle": "循环",
    "version": "版本", "position": "序号", "lot": "批次", "asked of": "索要对象", "blocked": "受阻", "due": "到期",
    "taken over as history": "历史导入", "happened": "发生时间", "who": "人员", "what": "内容", "recorded": "记录时间",
}  # fmt: skip

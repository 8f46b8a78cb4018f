"""What every rule is called that refuses something: id → what it wants, in English and Chinese.

A refusal says besides what is missing in the case at hand (`Refused`); this is the rule itself, which stays the same.
"""

from __future__ import annotations

from shared.events.labels.general import Both

RULES: Both = {
    # ── the way of a case ──
    "G-STAGE": ("A step is taken in the stage in which it belongs", "步骤须在对应阶段进行"),
    "G-DESC": ("A complaint says what happens, how often and how far it reaches", "投诉须说明现象、频次和范围"),
    "G-COMPLETE": ("The record holds what the procedure asks for", "登记内容须齐全"),
    "G-RECORD": ("What the record says is put right field by field", "登记内容须逐项更正"),
    "G-REQUEST": ("What is answered or lapses is an open request", "须针对未结的资料索取"),
    "G-LAPSE": ("A case ends unanswered only after reminders, and never a grave one", "催办无答复方可按未答复处理，重大案件除外"),
    "G-FIRST": ("Whoever was asked first follows the case", "首问负责"),
    "G-VISIT": ("A field visit is told with its work and times", "现场服务须记录工作内容和时间"),
    "G-EVID": ("Every cause and every proof cites evidence that is there", "原因和验证须引用已有证据"),
    "G-CUSTODY": ("Evidence goes from hand to hand", "证据须逐手移交"),
    "G-DEMAND": ("What is answered is a demand of the customer", "须针对客户的诉求"),
    "G-REMEDY": (
        "A remedy is one that policy or contract offers, and is carried out by whoever was named",
        "补救须符合规则或合同，并由指定人执行",
    ),
    "G-REPLACE": ("A replacement is asked for, allowed, shipped and delivered in this order", "换货须依次申请、批准、发货、签收"),
    "G-RETROSIGN": ("Who is responsible is left open only for what is urgent, and is signed for later", "仅紧急情况可事后补签责任"),
    "G-OBJECTION": ("An objection is settled at its level, or climbs", "异议须由对应层级处理或逐级上报"),
    "G-VOICE": ("The customer hears from one voice", "对外统一口径，由指定人员联系客户"),
    "G-WORDING": ("The wording belongs to the occasion", "话术须与场合相符"),
    "G-WITHDRAW": ("A grave case goes on although the customer withdraws it", "重大案件不因撤诉而终止"),
    "G-FOLLOWUP": ("A follow-up that finds trouble is decided on", "回访异常须作出决定"),
    "S1-50": ("A follow-up says whether the product is in order", "回访须说明产品是否正常"),
    "G-TERM": ("What replaces a promise names it, and never one that a law makes", "替代时限须指明条款，法定时限不可替代"),
    # ── grading and giving ──
    "G-GRADE": ("The grade follows from the facts, or from a reason", "等级须依据事实评定，否则说明理由"),
    "G-CATALOG": ("Words come from the catalogue of the site", "须使用本工厂目录中的用语"),
    "G-ROUTE": ("A case goes to the department that answers for such cases", "案件须分派给对应部门和人员"),
    "G-NOTIFY": ("Whoever is told is one whom the policy names", "须通知规则指定的人"),
    "G-OWNER": ("A case is taken on by whom it was given to", "案件由被分派人接受"),
    "G-SHARE": ("Shares of responsibility come to the whole", "责任比例合计须为100%"),
    "G-POST": ("Responsibility is traced down to a post", "责任须落实到岗位"),
    "G-SAFETY": ("Where somebody may come to harm it is a complaint", "可能伤人的一律按投诉处理"),
    "G-MERGE": ("Only open cases of one site are merged", "仅同一工厂的未结案件可合并"),
    "G-LINK": ("Linked cases have something in common", "关联案件须有共同点"),
    "G-WAIVE": (
        "An investigation is waived only for a good reason, and never where somebody may come to harm",
        "免于调查须有正当理由，涉及安全的不得免",
    ),
    "G-DISPUTE": ("A dispute is settled by a stock-take that all sides sign", "争议须以各方签字的盘点解决"),
    "G-RECALL": ("A recall is decided on a known scope, and signed", "召回须先确定范围，再决定并签字"),
    "G-STOP": ("What stops, and what goes on again, is named", "停产和复产须指明对象"),
    "G-REG": ("Whether an authority is told is judged, and then done", "是否上报须先评估再执行"),
    # ── cause, plan, effect ──
    "G-RCA": ("A cause is found by a method, with its chart, and why it escaped", "原因须用规定方法分析，并说明流出原因"),
    "G-INSPECT": ("An inspection is signed by inspector and engineer", "检验须由检验员和工程师双方签字"),
    "G-CONT": ("The problem is contained before one plans what lasts", "制定措施前须先采取临时措施"),
    "G-SMART": ("Actions are specific, measurable, resourced and dated", "措施须具体、可衡量、有资源、有期限（SMART）"),
    "G-ACTION": ("An action is taken as far as it is", "措施须按其当前状态处理"),
    "G-BLOCKED": ("What is stuck says why, and how it goes on", "受阻须说明原因和出路"),
    "G-PREVAL": ("A measure is proved before it is rolled out", "措施推广前须先验证"),
    "G-VERIFY": ("An effect is judged by criteria with data, and not too early", "效果须以数据按标准验证，且不得过早"),
    "G-QUANTITY": ("Numbers agree with each other", "数量须相互一致"),
    "G-8D": ("Cases of this grade are worked on in eight disciplines", "该等级案件须按8D开展"),
    "G-REPORT": ("A report is drafted, signed and issued as the procedure says", "报告须按程序起草、签字、发出"),
    "G-ANON": ("A lesson for others names nobody", "典型案例不得出现具体名称"),
    # ── signatures and the end ──
    "G-SOD": ("Nobody approves or judges what is his own", "不得审批或验证本人的工作"),
    "G-APPR": ("Everybody signs in turn, each in the role that the policy names", "须由规定角色依次签字"),
    "G-CLOSE": ("A case is closed when everything asked for is done", "各项要求完成后方可结案"),
    "G-ARCHIVE": ("A case is put away when everything asked for is done", "各项要求完成后方可归档"),
    "G-REOPEN": ("A case is reopened within its time, later by the head of quality", "须在期限内重启，逾期由质量负责人重启"),
    "G-MONEY": ("Money is worked out by rule, signed and settled", "费用须按规则计算、签字并结清"),
    "G-ESCALATION": ("An escalation is taken on once, by whom it reached", "升级由被升级人接手一次"),
    # ── people, sites, rules, lists ──
    "role": ("A command is given by those whose role it is", "操作须由相应角色执行"),
    "G-SITE": ("Roles count at the site where they are held", "角色仅在所属工厂有效"),
    "G-PERSON": ("Whoever is named is known here", "须为已登记的人员"),
    "G-ROLE": ("Roles are held, lent and ended as they are", "角色的授予、代理和终止须属实"),
    "G-TOKEN": ("A token is in use", "令牌须有效"),
    "G-UNIQUE": ("What is new has a name of its own", "名称和编号不得重复"),
    "G-POLICY": ("A policy is whole, published once, and begins in the future", "规则包须完整、只发布一次，且不得追溯"),
    "G-CALENDAR": ("A new edition of a calendar says something new", "日历新版须有变化"),
    "G-REFERENCE": ("Lists are kept by those whose lists they are", "名录由所属人员维护"),
    "G-SHIPPED": ("No more was shipped to customers than was shipped at all", "发给客户的数量不得超过总发货量"),
    # ── the record itself ──
    "G-TIME": ("Times lie where they can lie, and what is told late says why", "时间须合理，补录须说明原因"),
    "G-FILE": ("A file is stored before it is named", "文件须先存入"),
    "G-ERASED": ("Only erasing somebody's data erases it", "仅删除个人数据时可抹除"),
    "G-FORM": ("A form is sent from the page that showed it", "表单须从原页面提交"),
    "G-IDEMPOTENCY": ("A command that is repeated stays the same", "重复提交的内容须一致"),
    "G-VERSION": ("What is changed is named in its version", "须指明所依据的版本"),
    "G-POSITION": ("A position is one of the ledger", "位置须在账本范围内"),
    "G-MOMENT": ("One moment is asked for at a time", "一次只能查询一个时点"),
    "G-CURSOR": ("A list goes on where it ended", "列表须从中断处继续"),
    "G-REBUILD": ("What acts on facts is not built anew", "反应不可重建"),
    "G-HTTP": ("Requests keep to the protocol", "请求须符合协议"),
}  # fmt: skip

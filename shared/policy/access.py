"""Who may do what: one table. Authorisation, documentation and the test of every role, command and site come from it.

Deny by default: a command that has no row here is nobody's. A role is held at named sites, and counts there alone. Where
a policy names who signs (approval chains, the customer's voice), the row admits everybody it may name, and the decision
asks for the very role.
"""

from __future__ import annotations

from shared.events.organisation import Role
from shared.kernel.command import Command

R = Role
OWNER = (R.OWNER,)
SERVICE = (
    R.CUSTOMER_SERVICE, R.SERVICE_SUPERVISOR, R.CUSTOMER_LIAISON, R.AFTERSALES_MANAGER, R.FIELD_ENGINEER,
)  # fmt: skip
QUALITY = (R.QUALITY_ENGINEER, R.QUALITY_HEAD)
DEPARTMENTS = (
    R.RND, R.RND_HEAD, R.TECHNICAL, R.PRODUCTION, R.PROJECT_PLANNING, R.SUPPLY_CHAIN, R.PURCHASING, R.LOGISTICS, R.WAREHOUSE,
    R.DEPT_SUPERVISOR, R.DEPT_HEAD, R.PROJECT_MANAGER,
)  # fmt: skip
ENGINEERS = (R.TECHNICAL, R.RND, R.RND_HEAD)
INVESTIGATORS = (*QUALITY, *DEPARTMENTS)
LEADERS = (R.QUALITY_HEAD, R.DEPT_HEAD, R.RND_HEAD, R.GENERAL_MANAGER, R.CHAIRMAN)
REVIEWERS = (*QUALITY, *LEADERS, R.SERVICE_SUPERVISOR, R.AFTERSALES_MANAGER)
MONEY = (*QUALITY, R.FINANCE, R.SUPPLY_CHAIN, R.LOGISTICS)
ANYONE_AT_WORK = tuple(role for role in Role if role not in (R.OWNER, R.AUDITOR))
EVERY_ROLE = tuple(Role)

COMMANDS: dict[str, tuple[Role, ...]] = {
    # ── intake ──
    "receive-complaint": ANYONE_AT_WORK,  # whoever is asked first takes it in (S4-48)
    "import-complaint": (*SERVICE, *QUALITY),
    "import-history": (*SERVICE, *QUALITY),
    "acknowledge": SERVICE,
    "request-information": ANYONE_AT_WORK,
    "provide-information": ANYONE_AT_WORK,
    "attach-evidence": ANYONE_AT_WORK,
    "register": SERVICE,
    "contact-customer": ANYONE_AT_WORK,
    "record-customer-feedback": SERVICE,
    "complete-follow-up": SERVICE,
    "waive-follow-up": QUALITY,
    "withdraw": SERVICE,
    "correct-registration": (*SERVICE, *QUALITY),
    "forward": (*SERVICE, *QUALITY),
    "change-first-responsible": ANYONE_AT_WORK,  # whoever has it, service or quality
    "send-information-reminder": ANYONE_AT_WORK,
    "let-information-request-lapse": (*SERVICE, *QUALITY),
    "supersede-evidence": ANYONE_AT_WORK,
    "hand-over-evidence": ANYONE_AT_WORK,
    "schedule-field-visit": (*SERVICE, *QUALITY, *DEPARTMENTS),
    "begin-wait": (*SERVICE, *INVESTIGATORS),
    "end-wait": (*SERVICE, *INVESTIGATORS),
    "report-field-visit": (*SERVICE, *QUALITY, *DEPARTMENTS),
    "promise-contact": ANYONE_AT_WORK,
    "raise-objection": ANYONE_AT_WORK,
    "escalate-objection": ANYONE_AT_WORK,
    "resolve-objection": ANYONE_AT_WORK,  # whom the ladder names at its level
    "record-customer-demand": (*SERVICE, *QUALITY),
    "record-customer-requirement": (*SERVICE, *QUALITY),
    "record-contract-terms": (*SERVICE, *QUALITY),
    "propose-remedy": (*SERVICE, *QUALITY),
    "agree-remedy": SERVICE,
    "execute-remedy": ANYONE_AT_WORK,  # whoever was named to carry it out, or quality
    "restore-service": (*SERVICE, *INVESTIGATORS),
    "request-replacement": (*SERVICE, *QUALITY),
    "authorise-replacement": ANYONE_AT_WORK,  # whom the chain names, or quality
    "refuse-replacement": QUALITY,
    "sign-replacement-responsibility": QUALITY,
    "ship-replacement": (R.LOGISTICS, R.WAREHOUSE, R.SUPPLY_CHAIN),
    "deliver-replacement": (*SERVICE, R.LOGISTICS, R.WAREHOUSE, R.SUPPLY_CHAIN),
    "receive-return": (*SERVICE, R.LOGISTICS, R.WAREHOUSE, R.SUPPLY_CHAIN),
    # ── triage ──
    "classify": (*SERVICE, *QUALITY),
    "change-grade": QUALITY,
    "assign": (*SERVICE, *QUALITY),
    "reassign": (*SERVICE, *QUALITY),
    "merge": QUALITY,
    "link-case": ANYONE_AT_WORK,
    # ── triage: is it one, how grave was it, who knows of it ──
    "determine-not-a-complaint": QUALITY,
    "review-grade": (*QUALITY, R.AFTERSALES_MANAGER),
    "assign-final-grade": QUALITY,
    "notify-quality-head": ANYONE_AT_WORK,
    "start-emergency-response": (*SERVICE, *QUALITY, *LEADERS),
    # ── triage: taking a case on ──
    "accept-assignment": ANYONE_AT_WORK,  # the decision asks for its owner
    "decline-assignment": ANYONE_AT_WORK,
    "transfer-to-site": (*SERVICE, *QUALITY),
    "accept-transfer": (*SERVICE, *QUALITY),  # held at the site it is handed to
    "decline-transfer": (*SERVICE, *QUALITY),
    # ── triage: responsibility ──
    "assign-preliminary-responsibility": QUALITY,
    "confirm-responsibility": QUALITY,
    # ── triage: goods outside and inside the house ──
    "assess-impact-scope": INVESTIGATORS,
    "decide-recall": (R.QUALITY_HEAD,),
    "consent-to-recall": LEADERS,  # the policy says who; the decision asks for the very role
    "return-recall-decision": LEADERS,
    "report-recall-progress": (*SERVICE, *INVESTIGATORS),
    "order-production-stop": (R.PROJECT_PLANNING,),
    "refuse-production-stop": (R.PROJECT_PLANNING,),
    "resume-production": QUALITY,
    # ── triage: other cases ──
    "suspect-duplicate": ANYONE_AT_WORK,
    "record-recurrence": (*SERVICE, *QUALITY),
    "undo-merge": QUALITY,
    # ── triage: in place of a cause ──
    "waive-investigation": QUALITY,
    "determine-use-error": QUALITY,
    "record-training": (*SERVICE, *INVESTIGATORS),
    # ── triage: authorities ──
    "assess-reportability": QUALITY,
    "submit-authority-report": QUALITY,
    # ── triage: disputes ──
    "open-evidence-dispute": (*SERVICE, *QUALITY),
    "record-stocktake": ANYONE_AT_WORK,  # the policy says who counts
    "sign-stocktake": ANYONE_AT_WORK,
    "resolve-evidence-dispute": (R.QUALITY_HEAD,),
    # ── capa ──
    "open-capa": INVESTIGATORS,
    "form-team": INVESTIGATORS,
    "describe-problem": INVESTIGATORS,
    "define-containment": INVESTIGATORS,
    "implement-containment": INVESTIGATORS,
    "verify-containment": QUALITY,
    "lift-containment": INVESTIGATORS,
    "start-investigation": INVESTIGATORS,
    "record-inspection": QUALITY,  # the inspector; the engineer who was there signs (S1-26)
    "sign-inspection": ENGINEERS,
    "record-traceability": INVESTIGATORS,
    "record-test": INVESTIGATORS,
    "attempt-reproduction": INVESTIGATORS,
    "propose-root-cause": INVESTIGATORS,
    "reject-root-cause": INVESTIGATORS,
    "record-root-cause": INVESTIGATORS,
    "plan-action": INVESTIGATORS,
    "submit-action-plan": INVESTIGATORS,
    "approve-action-plan": LEADERS,
    "return-action-plan": LEADERS,
    "validate-action": QUALITY,
    "start-action": INVESTIGATORS,
    "report-action-progress": INVESTIGATORS,
    "block-action": INVESTIGATORS,
    "unblock-action": INVESTIGATORS,
    "change-action-due-date": LEADERS,
    "reach-milestone": INVESTIGATORS,
    "complete-action": INVESTIGATORS,
    "cancel-action": QUALITY,
    "verify-effect": QUALITY,
    "update-standards": INVESTIGATORS,
    "complete-read-across": INVESTIGATORS,
    "recognise-team": LEADERS,
    "draft-report": (*SERVICE, *INVESTIGATORS),
    "sign-report": ANYONE_AT_WORK,  # the next of its chain, whoever the policy names
    "return-report": ANYONE_AT_WORK,
    "issue-report": ANYONE_AT_WORK,  # the customer's voice, as the policy names it (S4-85)
    "record-report-acceptance": (*SERVICE, *QUALITY),
    "record-report-rejection": (*SERVICE, *QUALITY),
    "request-closure": (*SERVICE, *INVESTIGATORS),
    "sign-closure": ANYONE_AT_WORK,  # the next of its chain
    "return-closure": ANYONE_AT_WORK,
    "close": QUALITY,
    "reopen": QUALITY,
    "archive": (*QUALITY, R.CUSTOMER_LIAISON, R.MARKETING_HEAD),  # S4-62
    "publish-case-study": QUALITY,
    # ── reviews of a site ──
    "schedule-review": REVIEWERS,
    "hold-review": REVIEWERS,
    # ── money ──
    "sign-responsibility": QUALITY,
    "record-cost": MONEY,
    "correct-cost": MONEY,
    "allocate-costs": MONEY,  # quality, logistics and finance work it out together (S2-42)
    "accrue-delay-charge": (*QUALITY, R.FINANCE),
    "approve-charge": LEADERS,  # two of them, as the policy names them (S2-46)
    "return-charge": LEADERS,
    "split-charge": (R.DEPT_SUPERVISOR, R.DEPT_HEAD),  # S2-49
    "execute-charge": (R.FINANCE,),  # S2-08
    "waive-charge": LEADERS,
    "approve-compensation": ANYONE_AT_WORK,  # whom the chain names (S4-60); a leader where there is none
    "pay-compensation": (R.FINANCE,),  # S4-61
    "withdraw-compensation": LEADERS,
    # ── promises about time ──
    "acknowledge-escalation": (*LEADERS, R.SERVICE_SUPERVISOR, R.AFTERSALES_MANAGER, R.MARKETING_HEAD),
    "acknowledge-duty-escalation": ANYONE_AT_WORK,  # whoever its ladder names, or the head of quality
    "record-simulation": (R.OWNER, R.QUALITY_HEAD, R.GENERAL_MANAGER),
    # ── rules, sites and people ──
    "publish-policy": (R.OWNER, R.QUALITY_HEAD),
    "activate-policy": (R.OWNER, R.QUALITY_HEAD),
    "migrate-policy": (R.OWNER, R.QUALITY_HEAD),
    "publish-digest": (R.SERVICE_SUPERVISOR, R.AFTERSALES_MANAGER, R.QUALITY_ENGINEER, R.QUALITY_HEAD, R.OWNER),
    "publish-calendar": OWNER,
    "amend-calendar": OWNER,
    "assign-calendar": OWNER,
    "open-site": OWNER,
    "add-person": OWNER,
    "change-person": EVERY_ROLE,  # oneself, or as the owner of every site at which they act
    "grant-role": OWNER,
    "end-role": OWNER,
    "name-stand-in": EVERY_ROLE,  # one’s own roles, or as the owner of the site
    "end-stand-in": EVERY_ROLE,
    "issue-token": OWNER,
    "revoke-token": OWNER,
    # ── reference data ──
    "define-department": (R.OWNER, R.QUALITY_HEAD),
    "define-post": (R.OWNER, R.QUALITY_HEAD),
    "record-customer": (*SERVICE, R.OWNER),
    "record-product": (*QUALITY, R.RND_HEAD, R.TECHNICAL, R.PROJECT_PLANNING, R.OWNER),
    "record-lot": (*QUALITY, R.OWNER),
    "record-failure-code": (*QUALITY, R.OWNER),
    # whoever may record anything; the decision asks for the list at hand
    "retire-reference": (*SERVICE, *QUALITY, R.RND_HEAD, R.TECHNICAL, R.PROJECT_PLANNING, R.OWNER),
}
"""Command, as in its route → the roles of which one is needed at the site."""

QUERIES: dict[str, tuple[Role, ...]] = {
    "cases": EVERY_ROLE,  # board, worklists, a case with its timeline, its files, its clocks
    "ledger": (R.AUDITOR, R.QUALITY_HEAD, R.OWNER),  # every fact in order, and the proofs
    "costs": (*MONEY, *LEADERS),
    "reference": EVERY_ROLE,  # what belongs to no site, and what belongs to one’s own
}
"""What is read → the roles that may read it, of their own sites alone."""


def who_may(command: type[Command]) -> tuple[Role, ...]:
    """The roles that may give this command; none when the table does not list it."""
    return COMMANDS.get(command.door(), ())

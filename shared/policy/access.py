"""Which roles may do what: named groups, so that commands can say who in a word. Deny by default."""

from __future__ import annotations

from shared.events.organisation import Role

SERVICE = (Role.CUSTOMER_SERVICE, Role.SERVICE_SUPERVISOR)
QUALITY = (Role.QUALITY_ENGINEER, Role.QUALITY_HEAD)
DEPARTMENTS = (Role.RND, Role.PRODUCTION, Role.SUPPLY_CHAIN, Role.DEPT_HEAD)
INVESTIGATORS = (*QUALITY, *DEPARTMENTS)
ANYONE_AT_WORK = (*SERVICE, *INVESTIGATORS)
LEADERS = (Role.QUALITY_HEAD, Role.DEPT_HEAD, Role.GENERAL_MANAGER)
MONEY = (*QUALITY, Role.FINANCE, Role.SUPPLY_CHAIN)
OWNER = (Role.OWNER,)
EVERY_ROLE = tuple(Role)

"""Five companies, each with a procedure of its own, and for each of them one case from receipt to archive."""

from services.demo.procedures import s0, s1, s2, s3, s4
from services.demo.procedures.company import Procedure

PROCEDURES: tuple[Procedure, ...] = tuple(each.PROCEDURE for each in (s0, s1, s2, s3, s4))

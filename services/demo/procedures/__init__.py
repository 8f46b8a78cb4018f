"""Five companies, each with a procedure of its own, and for each of them one case from receipt to archive."""

from services.demo.procedures import s2
from services.demo.procedures.company import Procedure

PROCEDURES: tuple[Procedure, ...] = (s2.PROCEDURE,)

"""Brings event logs of other systems into Casetrail: rows by case, events by the mapping, each case whole or not at all."""

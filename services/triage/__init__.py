"""Triage: how grave is it, of what kind, who answers for it, does it belong to another case."""

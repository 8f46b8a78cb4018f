"""Notify: who is told of what happened, and by which way. It decides nothing about a case."""

"""Insight: the case board. It only reads."""

"""Audit: the timeline, the state as of any moment, and exports. It only reads."""

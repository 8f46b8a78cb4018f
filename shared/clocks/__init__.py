"""Promises about time: working calendars, the arithmetic of due dates, and the state of a case's clocks."""

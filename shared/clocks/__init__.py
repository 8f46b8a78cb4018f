"""Promises about time: calendars, working time, and the clocks of a complaint."""

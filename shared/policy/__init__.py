"""Sites, people and their roles, calendars, grades: the rules that decisions are made by."""

"""Intake: everything that touches the customer, from receipt to follow-up; also sites and people."""

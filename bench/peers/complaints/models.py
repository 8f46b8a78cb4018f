"""A complaint as Django people would write it: a row, and one more row for each change."""
# pyright: reportMissingImports=false, reportIncompatibleVariableOverride=false
# (Django is installed by `python3 run.py bench` alone.)

from __future__ import annotations

from django.db import models
from simple_history.models import HistoricalRecords


class Complaint(models.Model):
    """What our command `receive-complaint` takes, and what a contact changes."""

    site = models.CharField(max_length=32, db_index=True)
    channel = models.CharField(max_length=32)
    description = models.TextField()
    last_contact = models.TextField(blank=True)
    received_at = models.DateTimeField(auto_now_add=True)
    history = HistoricalRecords()

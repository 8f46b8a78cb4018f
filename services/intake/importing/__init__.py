"""Brings complaints from other systems' files into Casetrail: read, map, check, send, and tell what was left out."""

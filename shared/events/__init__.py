"""The language: every event that can ever be recorded, one module per aggregate."""

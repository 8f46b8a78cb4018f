"""Drawings as numbers: pure geometry, which the templates turn into SVG. Nothing here knows a language or a colour."""

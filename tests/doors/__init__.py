"""Tests whose houses end with the last of them."""

"""The tests: those that share a folder share its houses."""

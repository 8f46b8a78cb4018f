"""The pure ground everything stands on: facts, occasions, personal data, errors, identifiers."""

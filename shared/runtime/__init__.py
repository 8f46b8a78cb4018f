"""The machinery: ledger, desk, relay, bus, projectors, doors. Nothing in here knows a rule of the procedure."""

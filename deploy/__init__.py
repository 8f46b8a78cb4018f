"""Where Casetrail is run: configurations for NATS and, as they come, containers and services."""

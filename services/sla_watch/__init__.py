"""SLA watch: the promises about time, kept as facts of their own."""

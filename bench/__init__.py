"""Benchmarks: side by side with the raw limit and with stock eventsourcing, in one run, as ratios of medians."""

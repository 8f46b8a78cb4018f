"""The complaint: its state, the one table of its lifecycle, and the fold of its facts."""

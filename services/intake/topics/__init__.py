"""What intake decides beside the main way of a case, by topic."""

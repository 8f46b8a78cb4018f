"""The demonstration: worked cases, one case by each of five procedures, and a generated year, through the public doors."""

"""The demonstration: two worked cases and a generated year at three sites, played through the public doors."""

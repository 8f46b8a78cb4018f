"""CAPA: containment, cause, actions, verification, closure, and reopening."""

"""The five ways in which Casetrail says no. Anything else that goes wrong is a bug (architecture §8)."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass
class Problem(Exception):
    """An answer that is not the wanted one: what is wrong, where, by which rule, and the way out.

    `status` is the HTTP status of RFC 9457 problem documents; the same numbers are used in NATS replies.
    """

    detail: str
    rule: str | None = None
    field: str | None = None
    way_out: str | None = None

    status = 500
    title = "Something went wrong"

    def __str__(self) -> str:
        return self.detail

    @property
    def line(self) -> str:
        """What is wrong and the way out, for logs and reports of a line each."""
        return f"{self.detail}: {self.way_out}" if self.way_out else self.detail


class Refused(Problem):
    """A rule of the procedure forbids it now; asking differently or later may be allowed."""

    status = 409
    title = "Refused by a rule"


class Forbidden(Problem):
    """The actor is known and holds no role that may do this here."""

    status = 403
    title = "Not allowed"


class Unauthenticated(Problem):
    """Nobody knows who is asking."""

    status = 401
    title = "Who is asking?"


class Unknown(Problem):
    """What was named does not exist."""

    status = 404
    title = "Not found"


class OutOfDate(Problem):
    """The case has moved on since the caller last looked at it."""

    status = 412
    title = "The case has moved on"


class TooLarge(Problem):
    """More than is taken at once."""

    status = 413
    title = "Too large"


class Invalid(Problem):
    """Malformed: it can never be accepted as it stands."""

    status = 422
    title = "Invalid"


class Unavailable(Problem):
    """Right, but cannot be stored or answered just now."""

    status = 503
    title = "Not available just now"


class OutOfSpace(Problem):
    """The disk is full: nothing was stored."""

    status = 507
    title = "No space left"

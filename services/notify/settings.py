"""`notify.toml` in the home: by which ways people are reached. It holds passwords and tokens, so it is no part of the ledger.

The ledger keeps for ever and passes on to every subscriber what stands in it; a token there could never be taken back (ADR 12).
"""

import stat
import tomllib
from functools import cached_property
from pathlib import Path
from typing import Annotated, Any, Literal, Self, cast
from urllib.parse import urlsplit

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from shared.events.organisation import Role
from shared.kernel.errors import Invalid
from shared.kernel.values import Code, PersonId, SiteCode

FILE = "notify.toml"
EMAIL = "email"
"""The way to everybody whose address is known (PersonAdded.email), once there is a mail server."""
SMS = "sms"


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", defer_build=True)


class MailServer(_Section):
    """The server that takes our mail. `starttls` is the usual; `none` only on this machine."""

    host: Annotated[str, Field(min_length=1, max_length=255)]
    port: Annotated[int, Field(ge=1, le=65_535)] = 587
    security: Literal["starttls", "tls", "none"] = "starttls"
    user: str | None = None
    password: str | None = None
    sender: Annotated[str, Field(alias="from", pattern=r"^[^@\s<>]+@[^@\s<>]+$")]

    @model_validator(mode="after")
    def _in_the_clear_only_here(self) -> Self:
        if self.security == "none" and self.host not in ("localhost", "127.0.0.1", "::1"):
            raise ValueError('security = "none" is for a server on this machine; use starttls or tls')
        return self


class Channel(_Section):
    """One way to a person, or to whoever holds a role (a group of a chat): an Apprise URL, named for the outbox."""

    name: Code
    url: Annotated[str, Field(min_length=4, max_length=2_000)]
    person: PersonId | None = None
    role: Role | None = None
    site: SiteCode | None = None
    language: Literal["en", "zh"] | None = None
    at_once_only: bool = False
    """Only for what goes out at any hour: a telephone that rings at night should ring for nothing less."""

    @model_validator(mode="after")
    def _for_somebody(self) -> Self:
        if (self.person is None) == (self.role is None and self.site is None):
            raise ValueError("a channel is for a person, or for a role, a site, or a role at a site")
        if self.name in (EMAIL, SMS):
            raise ValueError(f"{self.name!r} is the name of a way of its own; choose another")
        if not urlsplit(self.url).scheme:
            raise ValueError("is no Apprise URL, for example json://host/path")
        return self


class Person(_Section):
    """What is known of a person only here."""

    language: Literal["en", "zh"]


class Sending(_Section):
    """When to try again, and when to let it be."""

    max_age_hours: Annotated[int, Field(ge=1, le=24 * 30)] = 24
    """What could not go out within this time after it was due to is never sent."""
    first_retry_s: Annotated[float, Field(gt=0, le=3_600)] = 30.0
    """Seconds after the first failure; each further one waits twice as long, up to an hour."""
    attempts: Annotated[int, Field(ge=1, le=50)] = 12
    link: Annotated[str, Field(pattern=r"^https?://")] | None = None
    """Where this house is reached; a notice then ends with the address of its case."""


class Customers(_Section):
    """How customers are written to, where their company's policy allows it at all (S1-25)."""

    sms: Annotated[str, Field(pattern=r"\{to\}")] | None = None
    """An Apprise URL with `{to}` where the number belongs. Mail goes through the mail server."""


class Settings(_Section):
    """The whole file. Empty, nobody can be reached, and nothing leaves the house."""

    mail: MailServer | None = None
    channel: tuple[Channel, ...] = ()
    people: dict[PersonId, Person] = Field(default_factory=dict)
    customers: Customers = Customers()
    sending: Sending = Sending()

    @model_validator(mode="after")
    def _names_are_unique(self) -> Self:
        if len(self.by_name) < len(self.channel):
            raise ValueError("two channels have the same name")
        return self

    @property
    def silent(self) -> bool:
        """Whether there is no way to anybody."""
        return self.mail is None and not self.channel and self.customers.sms is None

    @cached_property
    def by_name(self) -> dict[str, Channel]:
        """Channels by name."""
        return {channel.name: channel for channel in self.channel}


def read_settings(home: Path) -> Settings:
    """What the file says; nothing when there is none. Raises Invalid, which never repeats what stands in it."""
    path = home / FILE
    try:
        text, mode = path.read_text(encoding="utf-8"), path.stat().st_mode
    except FileNotFoundError:
        return Settings()
    except (OSError, UnicodeDecodeError) as error:
        raise Invalid(
            f"{FILE} cannot be read ({type(error).__name__})", way_out="see its owner and its encoding"
        ) from None
    if mode & stat.S_IROTH:
        raise Invalid(f"{FILE} holds passwords, and everybody on this machine can read it", way_out=f"chmod 600 {path}")
    try:
        return Settings.model_validate(tomllib.loads(text))
    except tomllib.TOMLDecodeError as error:
        # The message of the reader quotes nothing but the place.
        raise Invalid(f"{FILE} is not TOML: {error}", way_out="a text stands in quotes") from None
    except ValidationError as error:
        raise Invalid(f"{FILE}: {'; '.join(_sentences(error))}", way_out="docs/how-to/notifications.md") from None


def _sentences(error: ValidationError) -> list[str]:
    found = cast("list[dict[str, Any]]", error.errors(include_url=False, include_input=False, include_context=False))
    return [
        f"{'.'.join(map(str, each['loc'])) or 'file'}: {str(each['msg']).removeprefix('Value error, ')}"
        for each in found
    ]

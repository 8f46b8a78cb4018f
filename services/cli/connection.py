"""Finding the house: where its home is, at which address it answers, and with which token to ask."""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Concatenate, ParamSpec, cast
from urllib.parse import quote, urlsplit

import typer

from services.cli.show import problems_shown

if TYPE_CHECKING:
    import httpx

    from shared.kernel.errors import Problem

HOME, DEMO_HOME = Path(".casetrail"), Path(".casetrail-demo")
PLAYED = "demo.json"
"""What a demonstration remembers in its home."""
_PANEL = "Which installation"

HomeOption = Annotated[
    Path | None,
    typer.Option(
        envvar="CASETRAIL_HOME", metavar="DIR", rich_help_panel=_PANEL, show_default=False,
        help="Its home directory: .casetrail, or .casetrail-demo where only that one exists.",
    ),
]  # fmt: skip
DatabaseOption = Annotated[
    str | None,
    typer.Option(
        envvar="CASETRAIL_DATABASE", metavar="URL", rich_help_panel=_PANEL, show_default=False,
        help="The PostgreSQL database of its ledger; else the one it remembers, else a file in its home.",
    ),
]  # fmt: skip
ServerOption = Annotated[
    str | None,
    typer.Option(
        envvar="CASETRAIL_SERVER", metavar="URL", rich_help_panel=_PANEL, show_default=False,
        help="Its address, if it is not the one that runs in the home.",
    ),
]  # fmt: skip
TokenOption = Annotated[
    str | None,
    typer.Option(
        envvar="CASETRAIL_TOKEN", metavar="TOKEN", rich_help_panel=_PANEL, show_default=False,
        help="Who asks; else the owner's token from the home.",
    ),
]  # fmt: skip

P = ParamSpec("P")


def home_at(given: Path | None) -> Path:
    """The home that is meant: the one given, else `.casetrail`, else a demonstration that lies alone."""
    if given is not None:
        return given
    return DEMO_HOME if DEMO_HOME.is_dir() and not HOME.is_dir() else HOME


def start_words(home: Path) -> str:
    """The command that starts what lives in a home."""
    command = "demo" if home == DEMO_HOME or (home / PLAYED).exists() else "up"
    return f"casetrail {command}" + ("" if home in (HOME, DEMO_HOME) else f" --home {home}")


@dataclass(frozen=True)
class Connection:
    """A house and who is asking. Every answer that is not the wanted one is raised as a `Problem`."""

    home: Path
    url: str
    token: str

    @cached_property
    def client(self) -> httpx.Client:
        """An HTTP client with address and token."""
        import httpx

        from services.cli import show

        if not self.token.isascii() or not self.token.isprintable():
            raise show.typed_wrongly(
                "a token is printable ASCII", field="--token", way_out="casetrail token make PERSON"
            )
        return httpx.Client(
            base_url=self.url,
            headers={"Authorization": f"Bearer {self.token}", "User-Agent": "casetrail"},
            timeout=httpx.Timeout(60.0, connect=5.0),
            verify=self.url.startswith("https:"),  # reading all authorities takes longer than asking
            trust_env=not _loopback(self.url),  # a proxy of the environment cannot reach this machine's loopback
        )

    def get(self, path: str, timeout: float = 60.0, **query: object) -> Any:
        """The JSON answer; `None` in the query means: not asked for."""
        return self.send("GET", path, query=query, timeout=timeout)

    def bytes(self, path: str, **query: object) -> bytes:
        """The answer as it came, where it is no JSON."""
        import httpx

        try:
            response = self.client.get(path, params=asked(query))
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise self.unreachable(error) from None
        return response.content if response.is_success else answer(response)

    def post(self, path: str, body: object, headers: Mapping[str, str] | None = None) -> Any:
        """The JSON answer to a JSON body."""
        return self.send("POST", path, body=body, headers=headers)

    def send(
        self,
        method: str,
        path: str,
        *,
        query: Mapping[str, object] | None = None,
        body: object = None,
        headers: Mapping[str, str] | None = None,
        timeout: float = 60.0,
    ) -> Any:
        """Any request; None for an empty answer."""
        import httpx

        try:
            response = self.client.request(
                method, path, params=asked(query or {}), json=body, headers=headers, timeout=timeout
            )
        except (httpx.TransportError, httpx.InvalidURL) as error:
            raise self.unreachable(error) from None
        return answer(response)

    def unreachable(self, error: Exception) -> Problem:
        """Nobody answers, or the connection broke."""
        import httpx

        from shared.kernel.errors import Unavailable

        if isinstance(error, (httpx.ConnectError, httpx.ConnectTimeout, httpx.InvalidURL, httpx.UnsupportedProtocol)):
            return Unavailable(
                f"nobody answers at {self.url}",
                way_out=f"start it with `{start_words(self.home)}`, or name another --server",
            )
        return Unavailable(
            f"the connection to {self.url} broke ({type(error).__name__}); it may or may not have been done",
            way_out="look with `casetrail status`, then ask again",
        )


def found(home: Path | None = None, server: str | None = None, token: str | None = None) -> Connection:
    """The house that is meant. Raises Problem, naming the way out, when address or token cannot be found."""
    from shared.kernel.errors import Unauthenticated, Unavailable

    where = home_at(home)
    url = (server or _announced(where) or "").rstrip("/")
    if not url:
        raise Unavailable(
            f"nothing is running in {where}",
            way_out=f"start it with `{start_words(where)}`, or name another --home or --server",
        )
    secret = token or _first_line(where / "admin.token")
    if not secret:
        raise Unauthenticated(
            f"no token was given, and {where / 'admin.token'} cannot be read",
            way_out="give --token or set CASETRAIL_TOKEN",
        )
    return Connection(where, _address(url), secret)


def connected(command: Callable[Concatenate[Connection, P], None]) -> Callable[..., None]:
    """Gives a command the three options that find the house, hands it the `Connection`, and shows what is refused."""

    def run(*, home: Path | None, server: str | None, token: str | None, **given: Any) -> None:
        with problems_shown():
            command(found(home, server, token), **given)  # pyright: ignore[reportCallIssue]  (Typer fills the rest)

    signature = inspect.signature(command, eval_str=True)
    finders = {"home": HomeOption, "server": ServerOption, "token": TokenOption}
    parameters = [
        *list(signature.parameters.values())[1:],
        *(
            inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=None, annotation=kind)
            for name, kind in finders.items()
        ),
    ]
    run.__name__, run.__doc__, run.__module__ = command.__name__, command.__doc__, command.__module__
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in parameters}
    run.__signature__ = inspect.Signature(parameters)  # pyright: ignore[reportFunctionMemberAccess]  (read by inspect)
    return run


def asked(query: Mapping[str, object]) -> dict[str, str]:
    """A query without what was not asked for; booleans as HTTP has them."""
    return {
        name: str(value).lower() if isinstance(value, bool) else str(value)
        for name, value in query.items()
        if value is not None
    }


def answer(response: httpx.Response) -> Any:
    """The JSON of a good answer; raises the Problem of any other."""
    try:
        content = response.json() if response.content else None
    except ValueError:
        content = _NOT_JSON
    if response.is_success and content is not _NOT_JSON:
        return content
    raise problem_of(response.status_code, content, str(response.url))


def problem_of(status: int, content: object, url: str) -> Problem:
    """A problem document (RFC 9457) as the Problem it describes; anything else as one that says so."""
    from shared.kernel.errors import Problem

    match content:
        case {"title": str(title)}:
            known = cast("dict[str, object]", content)
            said = {key: str(value) for key, value in known.items() if value is not None}
            problem = Problem(said.get("detail", title), said.get("rule"), said.get("field"), said.get("way_out"))
            problem.title = title
        case _:
            problem = Problem(
                f"{url} answered {status}, and not as Casetrail does", way_out="is this the right address?"
            )
            problem.title = "Not understood"
    problem.status = status
    return problem


def in_path(text: str) -> str:
    """A value as one part of a path; case numbers in capitals, as they are printed."""
    return quote(text.upper() if _CASE_NO.fullmatch(text) else text, safe="")


_NOT_JSON = object()
_CASE_NO = re.compile(r"[A-Za-z0-9-]+-\d{4}-\d{5,}")


def _first_line(path: Path) -> str | None:
    try:
        text = path.read_text(encoding="utf-8").strip()
    except (OSError, UnicodeDecodeError):
        return None
    return text.splitlines()[0] if text else None


def _announced(home: Path) -> str | None:
    """Where the server that runs in a home says that it answers."""
    from shared.runtime.home import Home

    occupant = Home(home).occupant()
    return (occupant and occupant.url) or _first_line(home / "run" / "address")


def _address(url: str) -> str:
    """With `http://` where none is written; raises Invalid for what is no address of a web server."""
    whole = url if "://" in url else f"http://{url}"
    try:
        parts = urlsplit(whole)
        good = parts.scheme in ("http", "https") and bool(parts.hostname) and (parts.port or 1) > 0
    except ValueError:
        good = False
    if not good:
        from shared.kernel.errors import Invalid

        raise Invalid(f"{url!r} is no address", field="--server", way_out="for example http://127.0.0.1:8700")
    return whole


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    return host in ("localhost", "::1") or host.startswith("127.")

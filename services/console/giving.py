"""How a form becomes a command: what was sent is read within limits, files are stored, and the doorkeeper gets the rest.

The same doorkeeper as for HTTP and NATS, with the same headers: nothing is allowed here that is refused there.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from urllib.parse import parse_qsl

import orjson
from starlette.datastructures import UploadFile
from starlette.formparsers import MultiPartException, MultiPartParser
from starlette.requests import Request

from services.console.offered import Offer, offers
from shared.kernel.errors import Invalid
from shared.policy.organisation import Person
from shared.runtime.bodies import body_of, stream_of
from shared.runtime.clock import randomness
from shared.runtime.door import COMMAND_BYTES, Doorkeeper, Reply
from shared.runtime.files import LARGEST, Files
from shared.runtime.listener import Listener
from shared.runtime.service import Service

FORM_BYTES = 4 * COMMAND_BYTES
"""A form says in percent signs what a command says in bytes; how large the command may be, the door says."""
FIELDS, FILES = 5_000, 10
"""In one form, at most."""
UPLOAD = ".upload"
SEEN_WITHIN_S = 5.0
"""How long somebody waits to see what was just recorded."""
_MEDIA_TYPE = re.compile(r"[\w.+-]+/[\w.+-]+")
_UNWANTED = re.compile("[\x00-\x1f\x7f]")


class Sent(dict[str, list[str]]):
    """What a form sent, by the names of its inputs; stored files in place of uploaded ones."""

    def one(self, name: str) -> str:
        """The first value under a name."""
        return next(iter(self.get(name, ())), "")


class Giving:
    """Every command there is, and the way to give it."""

    def __init__(
        self, keeper: Doorkeeper, files: Files, services: Iterable[Service], listeners: Sequence[Listener] = ()
    ) -> None:
        """`listeners` feed the pages, as far as they run in this process."""
        self.keeper, self.files, self.listeners = keeper, files, listeners
        self.offers = offers(services)

    def new_key(self) -> str:
        """Names one form, so that sending it twice does nothing twice."""
        return f"form-{randomness(16).hex()}"

    async def give(
        self, person: str, offer: Offer, id: str, body: dict[str, object], key: str, version: int | None
    ) -> Reply:
        """Carry out a command; raises a Problem."""
        self.keeper.refresh()
        headers = {"idempotency-key": key}
        if version is not None:
            headers["if-match"] = f'"{version}"'
        who: Person = self.keeper.desk.directory.person(person)
        return await self.keeper.give(who, offer.service, offer.handles, id, headers, orjson.dumps(body))

    async def sent(self, request: Request) -> tuple[Sent, dict[str, str]]:
        """What a form sent, and what is wrong with its files by their path; raises TooLarge, Invalid."""
        kind = request.headers.get("content-type", "")
        if kind.startswith("multipart/form-data"):
            return await self._with_files(request)
        body = await body_of(request, FORM_BYTES)
        try:
            pairs = parse_qsl(body.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=FIELDS)
        except ValueError:
            raise Invalid("the form cannot be read", field="form") from None
        sent = Sent()
        for name, value in pairs:
            sent.setdefault(name, []).append(value)
        return sent, {}

    async def _with_files(self, request: Request) -> tuple[Sent, dict[str, str]]:
        stream = stream_of(request, LARGEST + FORM_BYTES)
        parser = MultiPartParser(
            request.headers, stream, max_files=FILES, max_fields=FIELDS, max_part_size=COMMAND_BYTES
        )
        try:
            form = await parser.parse()
        except MultiPartException:
            raise Invalid("the form cannot be read", field="form") from None
        sent, wrong = Sent(), dict[str, str]()
        for name, value in form.multi_items():
            if isinstance(value, str):
                sent.setdefault(name, []).append(value)
        for name, value in form.multi_items():
            if isinstance(value, UploadFile) and value.filename and name.endswith(UPLOAD):
                path = name.removesuffix(UPLOAD)
                try:
                    sent |= await self._stored(path, value)
                except Invalid as invalid:
                    wrong[path] = invalid.detail
        await form.close()
        return sent, wrong

    async def _stored(self, path: str, file: UploadFile) -> dict[str, list[str]]:
        """The file in the store, as the fields of a `FileRef`."""

        async def chunks() -> AsyncIterator[bytes]:
            while chunk := await file.read(1 << 20):
                yield chunk

        said = (file.content_type or "").partition(";")[0].strip()
        stored = await self.files.store(chunks(), said if _MEDIA_TYPE.fullmatch(said) else "application/octet-stream")
        last = re.split(r"[/\\]", file.filename or "")[-1]
        name = _UNWANTED.sub("", last).strip()[-250:] or "file"
        found = {"sha256": stored.sha256, "bytes": str(stored.bytes), "media_type": stored.media_type, "name": name}
        return {f"{path}.{part}": [value] for part, value in found.items()}

    async def seen(self, reached: Callable[[], bool]) -> None:
        """Wait until the pages show what was just recorded; not for ever: the page can be loaded again.

        Listeners take their turns up to a second apart; nobody who sent a form should wait for that.
        """
        for _ in range(int(SEEN_WITHIN_S / 0.02)):
            if await asyncio.to_thread(reached):
                return
            for listener in self.listeners:
                listener.hurry()
            await asyncio.sleep(0.02)

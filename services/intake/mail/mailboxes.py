"""Where mail lies: a mailbox file, a Maildir, a folder of messages, or a folder on an IMAP server. It is only read."""

from __future__ import annotations

import imaplib
import mailbox
import re
import ssl
from base64 import b64encode
from collections.abc import Generator, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast
from urllib.parse import unquote, urlsplit

from services.intake.mail.message import LARGEST
from shared.kernel.errors import Invalid, Unauthenticated, Unavailable, Unknown

PATIENCE_S = 60
_LOOPBACK = ("localhost", "127.0.0.1", "::1")
_PRINTABLE = re.compile(r"[\x20-\x25\x27-\x7e]+")


@dataclass(frozen=True)
class Letter:
    """One message as it lies there; without `raw` it was not fetched, for the reason given."""

    number: int
    raw: bytes
    too_large: int = 0


@dataclass(frozen=True)
class Mailbox:
    """An open mailbox."""

    name: str
    count: int
    letters: Iterator[Letter]


@dataclass(frozen=True)
class ImapFolder:
    """`imaps://user@host:port/folder`, without a password: an address is shown by `ps` and kept by the shell."""

    host: str
    port: int
    user: str
    folder: str
    secure: bool

    @staticmethod
    def parse(url: str) -> ImapFolder:
        """Raises Invalid for what is no such address, and for one with a password in it."""
        try:
            parts = urlsplit(url)
            port = parts.port
        except ValueError:
            raise Invalid("is no address of a mail server", field="SOURCE") from None
        if parts.password is not None:
            raise Invalid(
                "a password in the address can be read by everybody on this machine", field="SOURCE",
                way_out="leave it out: it is asked for, or taken from CASETRAIL_MAIL_PASSWORD",
            )  # fmt: skip
        if not parts.hostname or not parts.username:
            raise Invalid("names no server and user", field="SOURCE", way_out="imaps://user@mail.example.com/INBOX")
        secure = parts.scheme == "imaps"
        folder = unquote(parts.path.removeprefix("/")) or "INBOX"
        return ImapFolder(parts.hostname, port or (993 if secure else 143), unquote(parts.username), folder, secure)


def is_imap(source: str) -> bool:
    """Whether a source is an address of an IMAP server."""
    return source.startswith(("imap://", "imaps://"))


@contextmanager
def open_mailbox(path: Path) -> Generator[Mailbox]:
    """A mailbox on this machine; raises Unknown or Invalid."""
    if not path.exists():
        raise Unknown(f"there is no {path}", field="SOURCE")
    try:
        if path.is_dir():
            yield _folder(path)
            return
        with path.open("rb") as file:
            if file.read(5) != b"From ":
                yield Mailbox(path.name, 1, iter([_letter(path, 1)]))
                return
        box = mailbox.mbox(path, create=False)
        try:
            keys: list[Any] = list(box.keys())
            yield Mailbox(path.name, len(keys), (Letter(n, box.get_bytes(key)) for n, key in enumerate(keys, 1)))
        finally:
            box.close()
    except OSError as error:
        raise Invalid(f"{path} cannot be read ({error.strerror or error})", field="SOURCE") from None


def _folder(path: Path) -> Mailbox:
    """A Maildir, or plain files that end in .eml; in the order of their names, which is that of arrival."""
    inner = [path / "cur", path / "new"]
    if all(one.is_dir() for one in inner):
        files = [file for folder in inner for file in folder.iterdir() if file.is_file() and file.name[0] != "."]
    else:
        files = list(path.glob("*.eml"))
    files.sort(key=lambda file: file.name)
    if not files and not all(one.is_dir() for one in inner):
        raise Invalid(f"{path} is no Maildir and holds no .eml files", field="SOURCE")
    return Mailbox(path.name, len(files), (_letter(file, number) for number, file in enumerate(files, 1)))


def _letter(file: Path, number: int) -> Letter:
    size = file.stat().st_size
    return Letter(number, b"", size) if size > LARGEST else Letter(number, file.read_bytes())


# ── IMAP ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
@contextmanager
def open_imap(folder: ImapFolder, password: str) -> Generator[Mailbox]:
    """The messages of a folder, opened to be read only: nothing is marked, moved or deleted. Raises a Problem."""
    try:
        connection = _connected(folder)
    except (OSError, imaplib.IMAP4.error) as error:
        raise Unavailable(
            f"{folder.host} does not answer ({_said(error)})", way_out="see its address and port"
        ) from None
    try:
        try:
            connection.login(folder.user, password)
        except imaplib.IMAP4.error:
            raise Unauthenticated(
                f"{folder.host} does not let {folder.user} in", way_out="see user and password"
            ) from None
        status, _ = connection.select(f'"{_escaped(modified_utf7(folder.folder))}"', readonly=True)
        if status != "OK":
            raise Unknown(f"{folder.user} has no folder {folder.folder!r}", field="SOURCE")
        _, found = connection.uid("search", "ALL")
        uids = cast("list[bytes]", (found[0] or b"").split())
        yield Mailbox(folder.folder, len(uids), _fetched(connection, uids))
    except (OSError, imaplib.IMAP4.error) as error:
        raise Unavailable(f"the connection to {folder.host} broke ({_said(error)})", way_out="run it again") from None
    finally:
        with suppress(Exception):
            connection.logout()


def _connected(folder: ImapFolder) -> imaplib.IMAP4:
    if folder.secure:
        return imaplib.IMAP4_SSL(folder.host, folder.port, ssl_context=ssl.create_default_context(), timeout=PATIENCE_S)
    connection = imaplib.IMAP4(folder.host, folder.port, timeout=PATIENCE_S)
    if folder.host not in _LOOPBACK:  # never a password in the clear
        connection.starttls(ssl.create_default_context())
    return connection


def _fetched(connection: imaplib.IMAP4, uids: list[bytes]) -> Iterator[Letter]:
    for number, uid in enumerate(uids, 1):
        size = _size(connection, uid)
        if size > LARGEST:
            yield Letter(number, b"", size)
            continue
        # PEEK: reading does not make it read.
        _, answer = connection.uid("fetch", uid.decode(), "(BODY.PEEK[])")
        parts: list[bytes] = [part[1] for part in answer if isinstance(part, tuple)]
        yield Letter(number, parts[0] if parts else b"")


def _size(connection: imaplib.IMAP4, uid: bytes) -> int:
    _, answer = connection.uid("fetch", uid.decode(), "(RFC822.SIZE)")
    text = b" ".join(part for part in answer if isinstance(part, bytes))
    found = re.search(rb"RFC822\.SIZE (\d+)", text)
    return int(found[1]) if found else 0


def modified_utf7(name: str) -> str:
    """A folder's name as IMAP has it (RFC 3501, 5.1.3): 投诉 is &YpWLyQ-."""
    found: list[str] = []
    end = 0
    for plain in (*_PRINTABLE.finditer(name), None):
        start = plain.start() if plain else len(name)
        for piece in re.split(r"(&)", name[end:start]):
            if piece == "&":
                found.append("&-")
            elif piece:
                found.append(f"&{b64encode(piece.encode('utf-16-be')).decode().rstrip('=').replace('/', ',')}-")
        if plain:
            found.append(plain[0])
            end = plain.end()
    return "".join(found)


def _escaped(name: str) -> str:
    return name.replace("\\", "\\\\").replace('"', '\\"')


def _said(error: Exception) -> str:
    return " ".join(str(error).split())[:120] or type(error).__name__

"""One message, read: who wrote it, when it came, what it says, what hangs on it, what it answers, and whether a program sent it."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email import message_from_bytes
from email.message import Message
from email.utils import parseaddr, parsedate_to_datetime
from typing import Any, TypeVar, cast

from services.intake.mail.letters import clean, decoded, header, one_line, text_of_html
from shared.kernel.errors import Invalid

LARGEST = 60_000_000
"""Bytes of a message; mail servers take less."""
MOST_PARTS, DEEPEST, MOST_FILES, LONGEST_TEXT = 300, 30, 40, 19_000
LONGEST_PAGE = 1_000_000
OURS = "casetrail-notice"
"""The header of our own notices: taken for complaints they would go round for ever."""
_ID = re.compile(r"<([^<>\s]{1,400})>")
_SKEW = timedelta(minutes=5)
_EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
T = TypeVar("T")


@dataclass(frozen=True)
class Attached:
    """One file of a message."""

    name: str
    media_type: str
    content: bytes = field(repr=False)


@dataclass(frozen=True)
class Mail:
    """A message as far as intake minds it. All texts may stand in a record as they are."""

    id: str
    """Its Message-ID, or a hash of its bytes where it has none."""
    sender: str
    sender_name: str
    subject: str
    text: str
    received_at: datetime | None
    answers: tuple[str, ...]
    """Message-IDs of what it answers, the nearest first."""
    files: tuple[Attached, ...]
    automatic: str | None
    """Why it is no complaint: an answering machine, a bounce, spam …; None for everything else."""
    language: str | None = None


def read(raw: bytes, now: datetime) -> Mail:
    """The message; raises Invalid when it is too large or no message at all."""
    if len(raw) > LARGEST:
        raise Invalid(f"larger than {LARGEST:,} bytes")
    try:
        message = message_from_bytes(raw)
    except Exception as error:  # the parser of the standard library gives up in many ways
        raise Invalid(f"cannot be read as a message ({type(error).__name__})") from None
    headers = _headers(message)
    if not headers:
        raise Invalid("has no headers: this is no message")

    def said(name: str) -> str:
        return headers.get(name, [""])[0]

    name, address = _sender(said("from") or said("sender"))
    text, files = _content(message)
    subject = one_line(header(said("subject")))[:250]
    return Mail(
        id=_id(said("message-id"), raw),
        sender=address,
        sender_name=name,
        subject=subject,
        text=text,
        received_at=_received(headers, now),
        answers=_answers(said("in-reply-to"), said("references")),
        files=files,
        automatic=_automatic(headers, message, address),
        language=_language(said("content-language")),
    )


def _headers(message: Message) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for name, value in _safely(lambda: list(message.raw_items()), []):
        found.setdefault(str(name).lower(), []).append(str(value)[:20_000])
    return found


def _id(raw: str, whole: bytes) -> str:
    found = _ID.search(raw) or re.fullmatch(r"\s*([^<>\s]{3,400})\s*", raw)
    if found and re.fullmatch(r"[\x21-\x7e]{3,240}", found[1]):
        return found[1]
    return f"sha256-{hashlib.sha256(found[1].encode('utf-8', 'surrogatepass') if found else whole).hexdigest()}"


def _sender(raw: str) -> tuple[str, str]:
    name, address = _safely(lambda: parseaddr(header(raw)), ("", ""))
    name = one_line(name).strip("\"' ")[:200]
    return ("" if "@" in name else name), one_line(address)[:200]


def _answers(in_reply_to: str, references: str) -> tuple[str, ...]:
    nearest = [*_ID.findall(in_reply_to)[:5], *reversed(_ID.findall(references)[-30:])]
    return tuple(dict.fromkeys(id for id in nearest if id.isascii() and id.isprintable()))


def _received(headers: dict[str, list[str]], now: datetime) -> datetime | None:
    """When our server got it: the topmost Received, else what the sender says. None when neither can be true."""
    stamps = [line.rpartition(";")[2] for line in headers.get("received", ())[:1]]
    for stamp in (*stamps, *headers.get("date", ())[:1]):
        at = _safely(lambda stamp=stamp: parsedate_to_datetime(stamp.strip()), None)
        if at is None:
            continue
        at = _safely(lambda at=at: (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC), None)
        if at is not None and _EARLIEST <= at <= now + _SKEW:
            return min(at, now)
    return None


def _language(said: str) -> str | None:
    first = said.split(",", maxsplit=1)[0].strip()
    return first if re.fullmatch(r"[a-z]{2,3}(-[A-Za-z0-9]{2,8}){0,3}", first) else None


# ── no complaint ──────────────────────────────────────────────────────────────────────────────────────────────────────
def _automatic(headers: dict[str, list[str]], message: Message, sender: str) -> str | None:
    def said(name: str) -> str:
        return headers.get(name, [""])[0].strip().lower()

    kind = _safely(message.get_content_type, "text/plain")
    checks = (
        (bool(said(OURS)), "sent by Casetrail itself"),
        (said("x-spam-flag") == "yes" or said("x-spam-status").startswith("yes"), "marked as spam by the mail server"),
        (
            kind == "multipart/report" or said("return-path") == "<>" or bool(said("x-failed-recipients"))
            or sender.lower().startswith(("mailer-daemon@", "postmaster@")),
            "a report of delivery",
        ),
        (said("auto-submitted") not in ("", "no") or bool(said("x-autoreply")), "an automatic answer"),
        (said("precedence") in ("bulk", "junk", "list", "auto_reply") or bool(said("list-id")), "mail to many"),
    )  # fmt: skip
    return next((why for holds, why in checks if holds), None)


# ── what it says ──────────────────────────────────────────────────────────────────────────────────────────────────────
def _content(message: Message) -> tuple[str, tuple[Attached, ...]]:
    plain: list[str] = []
    html: list[str] = []
    files: list[Attached] = []
    for part in _leaves(message):
        kind = _safely(part.get_content_type, "application/octet-stream")
        name = _safely(lambda part=part: header(str(part.get_filename() or "")), "")
        attached = bool(name) or _safely(lambda part=part: part.get_content_disposition() == "attachment", False)
        if kind in ("text/plain", "text/html") and not attached:
            charset = _safely(part.get_content_charset, None)
            (plain if kind == "text/plain" else html).append(decoded(_bytes(part, kind), charset))
        elif (content := _bytes(part, kind)) and len(files) < MOST_FILES:
            files.append(Attached(_file_name(name, kind, len(files) + 1), _media_type(kind), content))
    text = clean("\n\n".join(filter(None, plain))) or clean(
        "\n\n".join(text_of_html(page[:LONGEST_PAGE]) for page in html)
    )
    if len(text) > LONGEST_TEXT:
        files.insert(0, Attached("whole-text.txt", "text/plain", text.encode()))
        text = f"{text[:LONGEST_TEXT]}\n…"
    return text, tuple(files)


def _leaves(message: Message) -> Iterator[Message]:
    """The parts that hold something, in order; as many and as deep as an honest message has."""
    waiting: list[tuple[Any, int]] = [(message, 0)]
    for _ in range(MOST_PARTS):
        if not waiting:
            return
        part, depth = waiting.pop()
        inner: Any = part.get_payload()
        forwarded = _safely(part.get_content_maintype, "") == "message"
        if isinstance(inner, list) and not forwarded:
            if depth < DEEPEST:
                waiting += [(one, depth + 1) for one in reversed(cast("list[Any]", inner)) if isinstance(one, Message)]
        else:
            yield part


def _bytes(part: Message, kind: str) -> bytes:
    if kind.startswith("message/") and part.is_multipart():
        inner = cast("list[Message]", part.get_payload())
        return b"\n".join(_safely(one.as_bytes, b"") for one in inner)
    found: Any = _safely(lambda: part.get_payload(decode=True), b"")
    return found if isinstance(found, bytes) else b""


def _file_name(name: str, kind: str, number: int) -> str:
    """A plain file name without a path."""
    plain = one_line(re.sub(r"[/\\:]+", "_", name)).strip(". ")[-200:]
    ending = {"message/rfc822": "eml", "image/jpeg": "jpg", "image/png": "png"}.get(kind, "bin")
    return plain or f"attachment-{number}.{ending}"


def _media_type(kind: str) -> str:
    return kind if re.fullmatch(r"[\w.+-]+/[\w.+-]+", kind) and len(kind) <= 100 else "application/octet-stream"


def _safely(ask: Callable[[], T], otherwise: T) -> T:
    """The standard library's parser answers to damaged messages with exceptions of every kind."""
    try:
        return ask()
    except Exception:
        return otherwise

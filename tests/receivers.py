"""Those who receive notices in tests: a real mail server and a real web hook on this machine's loopback."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

from tests.house import free_port


class MailBox:
    """What a mail server took; it answers what it is told to."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.port = free_port()
        self.answers: list[str] = []
        """Used up one by one, then 250."""
        self.hold = threading.Event()
        self.hold.set()
        """Cleared: mail is taken, and nobody is told so until it is set."""

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's
        answer = self.answers.pop(0) if self.answers else "250 taken"
        if answer.startswith("250"):
            assert isinstance(envelope.content, bytes)
            mail = message_from_bytes(envelope.content, policy=policy.default)
            assert isinstance(mail, EmailMessage)
            self.mails.append(mail)
        while not self.hold.is_set():  # noqa: ASYNC110 - it is set from another thread
            await asyncio.sleep(0.01)
        return answer

    def settings(self) -> str:
        """As notify.toml has it."""
        return f'[mail]\nhost = "127.0.0.1"\nport = {self.port}\nsecurity = "none"\nfrom = "casetrail@example.com"\n'


@contextmanager
def mail_server() -> Iterator[MailBox]:
    """A mail server that runs within the block."""
    box = MailBox()
    controller = Controller(box, hostname="127.0.0.1", port=box.port)
    controller.start()
    try:
        yield box
    finally:
        box.hold.set()
        controller.stop()


class WebHook:
    """What was posted to an address, and with which headers."""

    def __init__(self, port: int) -> None:
        self.url = f"json://127.0.0.1:{port}/secret-token-4711"
        self.posted: list[tuple[dict[str, str], dict[str, Any]]] = []
        self.statuses: list[int] = []
        """Used up one by one, then 200."""


@contextmanager
def web_hook() -> Iterator[WebHook]:
    """A web server that runs within the block."""

    class Takes(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = json.loads(self.rfile.read(int(self.headers["content-length"])))
            status = hook.statuses.pop(0) if hook.statuses else 200
            if status == 200:
                hook.posted.append(({name.lower(): value for name, value in self.headers.items()}, body))
            self.send_response(status)
            self.end_headers()

        def log_message(self, format: str, *args: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Takes)
    hook = WebHook(server.server_address[1])
    running = threading.Thread(target=server.serve_forever, daemon=True)
    running.start()
    try:
        yield hook
    finally:
        server.shutdown()
        server.server_close()

"""A small IMAP server for tests, on a real socket: one user, one folder, what `imaplib` asks of it, and nothing that writes."""

from __future__ import annotations

import re
import socketserver
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field


@dataclass
class Imap:
    """Who may come in and what lies there; what was asked is kept in `asked`."""

    user: str
    password: str
    folder: str
    messages: list[bytes]
    port: int = 0
    asked: list[str] = field(default_factory=list[str])


@contextmanager
def imap_server(user: str, password: str, folder: str, messages: list[bytes]) -> Iterator[Imap]:
    """It runs within the block. `folder` is the name as it goes over the wire."""
    imap = Imap(user, password, folder, messages)

    class Talks(socketserver.StreamRequestHandler):
        def handle(self) -> None:
            self.say("* OK ready")
            while line := self.rfile.readline():
                tag, _, rest = line.decode("ascii").strip().partition(" ")
                imap.asked.append(re.sub(r"^LOGIN .*", "LOGIN …", rest))
                if not self.answer(tag, rest):
                    return

        def say(self, text: str) -> None:
            self.wfile.write(f"{text}\r\n".encode())

        def answer(self, tag: str, rest: str) -> bool:
            match rest.split(" ", maxsplit=1)[0].upper():
                case "CAPABILITY":
                    self.say("* CAPABILITY IMAP4rev1")
                case "LOGIN":
                    if rest != f'LOGIN {imap.user} "{imap.password}"':
                        self.say(f"{tag} NO not you")
                        return True
                case "EXAMINE":
                    if rest != f'EXAMINE "{imap.folder}"':
                        self.say(f"{tag} NO no such folder")
                        return True
                    self.say(f"* {len(imap.messages)} EXISTS")
                case "UID":
                    self.uid(rest)
                case "LOGOUT":
                    self.say(f"* BYE\r\n{tag} OK")
                    return False
                case _:
                    self.say(f"{tag} BAD not here")
                    return True
            self.say(f"{tag} OK done")
            return True

        def uid(self, rest: str) -> None:
            if "SEARCH" in rest.upper():
                self.say("* SEARCH " + " ".join(str(100 + n) for n in range(len(imap.messages))))
                return
            number = int(rest.split(" ")[2]) - 100
            raw = imap.messages[number]
            if "RFC822.SIZE" in rest:
                self.say(f"* {number + 1} FETCH (UID {number + 100} RFC822.SIZE {len(raw)})")
            else:
                head = f"* {number + 1} FETCH (UID {number + 100} BODY[] {{{len(raw)}}}\r\n"
                self.wfile.write(head.encode() + raw + b")\r\n")

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Talks) as server:
        imap.port = server.server_address[1]
        threading.Thread(target=server.serve_forever, daemon=True).start()
        try:
            yield imap
        finally:
            server.shutdown()

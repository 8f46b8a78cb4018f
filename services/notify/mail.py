"""Mail goes out by our own hand, for one line's sake: its Message-ID, by which a receiver sees that it has had it already.

Apprise gives every mail a Message-ID of its own. A mail that was sent just before a crash is sent again after it; with the
same Message-ID, mail servers and programs can tell.
"""

from __future__ import annotations

import smtplib
import ssl
from datetime import datetime
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime

from services.notify.settings import MailServer
from services.notify.words import Letter

PATIENCE_S = 20
DOMAIN = "casetrail.invalid"
"""The right half of our Message-IDs: a name that can never be anybody's (RFC 6761)."""
MARK = "Casetrail-Notice"
"""A header by which our own mail is known, so that none of it is ever taken for a complaint."""


def message_of(letter: Letter, key: str, thread: str, to: str, server: MailServer, now: datetime) -> EmailMessage:
    """The mail. All mail about one case hangs together in the reader's program."""
    mail = EmailMessage(policy=SMTP)
    mail["Subject"] = letter.title
    mail["From"] = Address("Casetrail", addr_spec=server.sender)
    mail["To"] = Address(addr_spec=to)
    mail["Date"] = format_datetime(now)
    mail["Message-ID"] = f"<{key}@{DOMAIN}>"
    mail["References"] = f"<{thread}@{DOMAIN}>"
    mail["Auto-Submitted"] = "auto-generated"  # RFC 3834: no answering machine answers it
    mail[MARK] = key
    mail.set_content(letter.text)
    return mail


def send_mail(mail: EmailMessage, server: MailServer) -> None:
    """Hand it to the server; raises OSError (smtplib's errors are such) when it is not taken."""
    secure = ssl.create_default_context()
    if server.security == "tls":
        connection: smtplib.SMTP = smtplib.SMTP_SSL(server.host, server.port, timeout=PATIENCE_S, context=secure)
    else:
        connection = smtplib.SMTP(server.host, server.port, timeout=PATIENCE_S)
    with connection as smtp:
        if server.security == "starttls":
            smtp.starttls(context=secure)
        if server.user is not None:
            smtp.login(server.user, server.password or "")
        smtp.send_message(mail)


def lasting(error: OSError) -> bool:
    """Whether the server said no for good (5xx), so that trying again is of no use."""
    match error:
        case smtplib.SMTPRecipientsRefused():
            return all(code >= 500 for code, _ in error.recipients.values())
        case smtplib.SMTPResponseException():
            # A wrong password is put right by a person; the notice then still goes out.
            return error.smtp_code >= 500 and not isinstance(error, smtplib.SMTPAuthenticationError)
        case _:
            return False

"""Mail that becomes complaints: read from a mailbox file, a Maildir or an IMAP folder, each message taken in once."""

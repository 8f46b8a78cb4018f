"""Where mail lies: files, folders and IMAP servers, which are only read."""

from __future__ import annotations

import mailbox
from pathlib import Path

import pytest

from services.intake.mail.mailboxes import ImapFolder, modified_utf7, open_imap, open_mailbox
from services.intake.mail.message import LARGEST
from shared.kernel.errors import Invalid, Unauthenticated, Unavailable, Unknown
from tests.house import free_port
from tests.imap_server import imap_server

FIRST, SECOND = b"From: a@b.cn\nSubject: one\n\nFrom here on it is broken\n", b"From: c@d.cn\nSubject: two\n\nhello\n"


def read(path: Path) -> list[bytes]:
    with open_mailbox(path) as found:
        letters = list(found.letters)
    assert [letter.number for letter in letters] == list(range(1, found.count + 1))
    return [letter.raw for letter in letters]


def test_a_mailbox_file(tmp_path: Path):
    box = mailbox.mbox(tmp_path / "complaints.mbox")
    box.add(mailbox.mboxMessage(FIRST))
    box.add(mailbox.mboxMessage(SECOND))
    box.close()
    before = (tmp_path / "complaints.mbox").read_bytes()
    one, two = read(tmp_path / "complaints.mbox")
    assert b"Subject: one" in one and b"Subject: two" in two
    assert (tmp_path / "complaints.mbox").read_bytes() == before


def test_a_maildir_a_folder_of_messages_and_a_single_one(tmp_path: Path):
    maildir = mailbox.Maildir(tmp_path / "Maildir")
    maildir.add(FIRST)
    maildir.add(SECOND)
    assert sorted(read(tmp_path / "Maildir")) == sorted([FIRST, SECOND])
    folder = tmp_path / "letters"
    folder.mkdir()
    (folder / "1.eml").write_bytes(FIRST)
    (folder / "2.eml").write_bytes(SECOND)
    (folder / "note.txt").write_bytes(b"no mail")
    assert read(folder) == [FIRST, SECOND]
    assert read(folder / "2.eml") == [SECOND]


def test_a_message_that_is_too_large_is_not_even_read(tmp_path: Path):
    with (tmp_path / "1.eml").open("wb") as file:
        file.truncate(LARGEST + 1)
    with open_mailbox(tmp_path) as found:
        (letter,) = found.letters
    assert (letter.raw, letter.too_large) == (b"", LARGEST + 1)


def test_what_is_no_mailbox_is_refused(tmp_path: Path):
    with pytest.raises(Unknown):
        read(tmp_path / "nothing")
    with pytest.raises(Invalid):
        read(tmp_path)


# ── IMAP ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("name", "wire"),
    [
        ("INBOX", "INBOX"),
        ("投诉", "&YpWLyQ-"),
        ("A&B", "A&-B"),
        ("~peter/mail/台北/日本語", "~peter/mail/&U,BTFw-/&ZeVnLIqe-"),
    ],
)
def test_folders_are_called_as_imap_has_it(name: str, wire: str):
    """The last one is the example of RFC 3501, 5.1.3."""
    assert modified_utf7(name) == wire


def test_an_address_names_user_server_and_folder():
    found = ImapFolder.parse("imaps://complaints%40example.com@mail.example.com/%E6%8A%95%E8%AF%89")
    assert found == ImapFolder("mail.example.com", 993, "complaints@example.com", "投诉", True)


@pytest.mark.parametrize("url", ["imaps://user:secret@host/INBOX", "imaps://host/INBOX", "imap://u@host:99999/x"])
def test_an_address_with_a_password_or_without_a_user_is_refused(url: str):
    with pytest.raises(Invalid) as refused:
        ImapFolder.parse(url)
    assert "secret" not in str(refused.value)


def test_a_folder_of_a_server_is_read_without_leaving_a_trace():
    with imap_server("complaints", "hunter 2", "&YpWLyQ-", [FIRST, SECOND]) as server:
        folder = ImapFolder.parse(f"imap://complaints@127.0.0.1:{server.port}/投诉")
        with open_imap(folder, "hunter 2") as found:
            assert [letter.raw for letter in found.letters] == [FIRST, SECOND]
    assert 'EXAMINE "&YpWLyQ-"' in server.asked, "opened to be read only"
    assert not [line for line in server.asked if "BODY[" in line or "STORE" in line], "and nothing is marked as read"


def test_what_can_go_wrong_with_a_server_is_said():
    with imap_server("complaints", "right", "INBOX", []) as server:
        url = f"imap://complaints@127.0.0.1:{server.port}/"
        with pytest.raises(Unauthenticated), open_imap(ImapFolder.parse(url), "wrong"):
            pass
        with pytest.raises(Unknown), open_imap(ImapFolder.parse(url + "Elsewhere"), "right"):
            pass
    with pytest.raises(Unavailable), open_imap(ImapFolder.parse(f"imap://u@127.0.0.1:{free_port()}/"), "x"):
        pass

"""What is read from a message: sender, time, words, files, thread – from honest mail, foreign mail, and mail that is broken."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage, Message

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import TypeAdapter

from services.intake.domain import AttachEvidence, ReceiveComplaint
from services.intake.mail.letters import header, text_of_html
from services.intake.mail.message import LARGEST, Mail, read
from services.intake.mail.taking import reference, text_of
from shared.kernel.errors import Invalid
from shared.kernel.values import FileRef

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)


def mail(*lines: str, body: str = "Screen garbled") -> bytes:
    usual = ["From: Zhang San <zhang@example.org>", "Subject: Broken", "Message-ID: <m1@example.org>"]
    given_names = {line.partition(":")[0].lower() for line in lines}
    kept = [line for line in usual if line.partition(":")[0].lower() not in given_names]
    return "\r\n".join([*kept, *lines, "", body]).encode("utf-8", "surrogateescape")


def received(raw: bytes) -> Mail:
    return read(raw, NOW)


# ── who, when, what ───────────────────────────────────────────────────────────────────────────────────────────────────
def test_an_ordinary_mail():
    found = received(
        mail("Date: Mon, 2 Mar 2026 16:30:00 +0800", "Received: from a by b; Mon, 2 Mar 2026 08:31:00 +0000")
    )
    assert (found.sender_name, found.sender) == ("Zhang San", "zhang@example.org")
    assert text_of(found) == "Broken\n\nScreen garbled"
    assert found.received_at == datetime(2026, 3, 2, 8, 31, tzinfo=UTC), "our server's time goes before the sender's"
    assert (found.id, found.answers, found.files, found.automatic) == ("m1@example.org", (), (), None)


@pytest.mark.parametrize(
    ("lines", "at"),
    [
        (["Date: Mon, 2 Mar 2026 16:30:00 +0800"], datetime(2026, 3, 2, 8, 30, tzinfo=UTC)),
        (["Date: Mon, 2 Mar 2026 09:03:00 +0000"], NOW),  # a clock that is a little ahead
        (["Date: Mon, 2 Mar 2027 09:00:00 +0000"], None),
        (["Date: Thu, 1 Jan 1970 00:00:00 +0000"], None),
        (["Date: yesterday"], None),
        (["Date: Mon, 2 Mar 0000 99:99:99 +9999"], None),
        (["Received: nonsense", "Date: Mon, 2 Mar 2026 08:00:00 -0000"], datetime(2026, 3, 2, 8, 0, tzinfo=UTC)),
    ],
)
def test_a_time_that_cannot_be_true_is_none(lines: list[str], at: datetime | None):
    assert received(mail(*lines)).received_at == at


@pytest.mark.parametrize(
    ("raw", "text"),
    [
        ("=?UTF-8?B?6Iqx5bGP?=", "花屏"),
        ("=?gb2312?B?u6jGwQ==?= ABC-2000", "花屏 ABC-2000"),
        ("=?utf-8?q?Bildschirm_st=C3=B6rt?=", "Bildschirm stört"),
        ("=?UTF-8?B?6Iqx5Q==?=\r\n =?UTF-8?B?sY8=?=", "花屏"),  # one character in two words
        ("=?no-such-charset?B?6Iqx5bGP?=", "花屏"),
        ("=?utf-8?b?!!!!?= after", None),
        ("=?utf-8?q?a=ZZ?=", None),
        ("plain", "plain"),
    ],
)
def test_words_of_headers(raw: str, text: str | None):
    assert header(raw) == text if text is not None else header(raw)


def test_a_header_in_bare_gb18030_is_read():
    raw = mail().replace(b"Broken", "开机后花屏无法使用请尽快处理".encode("gb18030"))
    assert received(raw).subject == "开机后花屏无法使用请尽快处理"


@pytest.mark.parametrize("charset", ["utf-8", "gb2312", "gbk", "big5", "iso-8859-1", "windows-1252"])
def test_text_in_its_declared_charset(charset: str):
    text = (
        "Bildschirm stört"
        if "8859" in charset or "1252" in charset
        else "螢幕花屏"
        if charset == "big5"
        else "开机花屏"
    )
    message = EmailMessage()
    message["From"], message["Message-ID"] = "a@b.cn", "<1@b.cn>"
    message.set_content("x")
    raw = message.as_bytes().replace(b'charset="utf-8"', f'charset="{charset}"'.encode())
    raw = raw.replace(b"7bit", b"8bit").replace(b"x\n", text.encode(charset) + b"\n")
    assert received(raw).text == text


def test_text_whose_charset_is_a_lie_is_read_all_the_same():
    raw = mail("Content-Type: text/plain; charset=us-ascii", "Content-Transfer-Encoding: 8bit", body="开机花屏")
    assert received(raw).text == "开机花屏"


def test_html_becomes_text_without_what_nobody_sees():
    page = (
        "<html><head><title>x</title><style>p{}</style></head><body><p>Screen&nbsp;garbled<br>since <b>Monday</b></p>"
        "<script>alert(1)</script><table><tr><td>Lot</td><td>L2403</td></tr></table></body></html>"
    )
    assert text_of_html(page).split() == ["Screen", "garbled", "since", "Monday", "Lot", "L2403"]
    found = received(mail("Content-Type: text/html; charset=utf-8", body=page))
    assert found.text.startswith("Screen garbled\nsince Monday") and "alert" not in found.text and found.files == ()


def test_of_two_versions_the_plain_one_is_taken_and_files_hang_on_it():
    message = EmailMessage()
    message["From"], message["Subject"], message["Message-ID"] = "a@b.cn", "Broken", "<1@b.cn>"
    message.set_content("plain words")
    message.add_alternative("<p>other words</p>", subtype="html")
    message.add_attachment(b"\xff\xd8\xff photo", maintype="image", subtype="jpeg", filename="../../花屏.jpg")
    inner = EmailMessage()
    inner["Subject"] = "what I had written before"
    inner.set_content("before")
    message.add_attachment(inner)
    found = received(message.as_bytes())
    assert found.text == "plain words"
    photo, forwarded = found.files
    assert (photo.name, photo.media_type, photo.content) == ("_.._花屏.jpg", "image/jpeg", b"\xff\xd8\xff photo")
    assert forwarded.name.endswith(".eml") and b"before" in forwarded.content


def test_a_text_that_is_too_long_is_shortened_and_kept_whole_as_a_file():
    found = received(mail(body="lang " * 10_000))
    assert len(found.text) < 20_000 and found.files[0].name == "whole-text.txt" and len(found.files[0].content) > 49_000


def test_what_a_mail_answers_the_nearest_first():
    found = received(mail("In-Reply-To: <b@x>", "References: <a@x>\r\n <b@x> <c@x>"))
    assert found.answers == ("b@x", "c@x", "a@x")


def test_a_mail_without_an_id_has_one_of_its_own_making():
    raw = mail("Message-ID: ")
    assert received(raw).id == received(raw).id != received(raw + b"x").id
    assert received(raw).id.startswith("sha256-")


# ── no complaints ─────────────────────────────────────────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("Auto-Submitted: auto-replied", "an automatic answer"),
        ("X-Autoreply: yes", "an automatic answer"),
        ("Precedence: bulk", "mail to many"),
        ("List-Id: <news.example.org>", "mail to many"),
        ("X-Spam-Flag: YES", "marked as spam by the mail server"),
        ("X-Spam-Status: Yes, score=9.1", "marked as spam by the mail server"),
        ("Return-Path: <>", "a report of delivery"),
        ("From: MAILER-DAEMON@example.org", "a report of delivery"),
        ("Content-Type: multipart/report; report-type=delivery-status", "a report of delivery"),
        ("Casetrail-Notice: 1234", "sent by Casetrail itself"),
    ],
)
def test_what_a_machine_wrote_is_no_complaint(line: str, why: str):
    assert received(mail(line)).automatic == why


def test_what_says_that_no_machine_wrote_it_is_one():
    assert received(mail("Auto-Submitted: no", "X-Spam-Status: No, score=0.1")).automatic is None


# ── broken ────────────────────────────────────────────────────────────────────────────────────────────────────────────
def deep(levels: int) -> bytes:
    raw = b"Content-Type: text/plain\r\n\r\nthe core\r\n"
    for n in range(levels):
        raw = (
            f'Content-Type: multipart/mixed; boundary="b{n}"\r\n\r\n--b{n}\r\n'.encode()
            + raw
            + f"--b{n}--\r\n".encode()
        )
    return b"From: a@b.cn\r\n" + raw


@pytest.mark.parametrize(
    "raw",
    [
        pytest.param(
            b"From: a@b.cn\r\nSubject: " + b"x" * 3_000_000 + b"\r\n\r\nhello", id="a header of three megabytes"
        ),
        pytest.param(b"".join(b"X-%d: y\r\n" % n for n in range(50_000)) + b"\r\nhello", id="fifty thousand headers"),
        pytest.param(deep(20), id="nested"),
        pytest.param(deep(900), id="nested deeper than Python goes"),
        pytest.param(mail("Content-Type: multipart/mixed"), id="a multipart without a boundary"),
        pytest.param(mail('Content-Type: multipart/mixed; boundary=""'), id="an empty boundary"),
        pytest.param(mail("Content-Transfer-Encoding: base64", body="!!!"), id="no base64"),
        pytest.param(mail("Content-Type: text/plain; charset=\x00\xff"), id="a charset of bytes"),
        pytest.param(mail("Content-Type: ;;;===", 'Content-Disposition: attachment; filename*=x"'), id="no types"),
        pytest.param(mail("From: =?x?b?", "To: " + "<" * 5_000), id="no sender"),
        pytest.param(mail("Content-Type: message/rfc822", body=""), id="a forwarded nothing"),
    ],
)
def test_damaged_mail_is_read_as_far_as_it_goes(raw: bytes):
    fits_the_record(raw)


@pytest.mark.parametrize("raw", [b"", b"\r\n\r\nonly a body", b"x" * (LARGEST + 1)])
def test_what_is_no_message_is_refused(raw: bytes):
    with pytest.raises(Invalid):
        received(raw)


def fits_the_record(raw: bytes) -> None:
    """Whatever is read can be recorded: every text is one that a command takes."""
    try:
        found = received(raw)
    except Invalid:
        return
    body = {
        "site": "sz", "channel": "email", "description": text_of(found), "external_ref": reference(found.id),
        **{key: value for key, value in (("contact", found.sender), ("contact_person", found.sender_name)) if value},
        **({"language": found.language} if found.language else {}),
    }  # fmt: skip
    ReceiveComplaint.model_validate_json(json.dumps(body))
    for file in found.files:
        TypeAdapter(FileRef).validate_python(
            FileRef(sha256="a" * 64, bytes=1, media_type=file.media_type, name=file.name)
        )
        note = {
            "kind": "document",
            "file": {"sha256": "a" * 64, "bytes": 1, "media_type": file.media_type, "name": file.name},
        }
        AttachEvidence.model_validate_json(json.dumps({**note, "note": f"from the mail {found.id[:200]}"}))
    assert found.received_at is None or found.received_at <= NOW + timedelta(minutes=5)


LINES = st.sampled_from(
    [
        b"Content-Type: multipart/mixed; boundary=b", b"Content-Type: text/html; charset=gb2312", b"--b", b"--b--", b"",
        b"Content-Transfer-Encoding: base64", b"Content-Transfer-Encoding: quoted-printable", b"=?utf-8?b?6Iqx",
        b"Subject: =?gb2312?q?=bb=a8?= =?x?b?////?=", b"From: \"a\" <b@c", b"From: =?utf-8?b?6Iqx5bGP?= <a@b.cn>",
        b"Content-Disposition: attachment; filename*=utf-8''%ff%fe; filename=\"\\", b"Content-Type: message/rfc822",
        b"Date: Mon, 99 Mar 2026 25:61:61 +2500", b"Received: x; Mon, 2 Mar 2026 08:31:00", b"References: <a@b> <c",
        b"Message-ID: <\x00\xff@x>", b"Content-Type: text/plain; charset=\xff", b" folded \xbb\xa8", b"\x80\x81\x00\x1b[2J",
        b"Content-Language: zh-CN, en", b"Content-Type: application/x-../../etc; name=\"a/b\\c\x07\"",
    ]
)  # fmt: skip


@settings(max_examples=400, deadline=None)
@given(st.lists(st.one_of(LINES, st.binary(max_size=60)), max_size=40), st.sampled_from([b"\n", b"\r\n", b"\r"]))
def test_no_mail_breaks_the_reader(lines: list[bytes], ends: bytes):
    fits_the_record(ends.join([b"From: a@b.cn", *lines]))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80), st.sampled_from(["utf-8", "gb18030", "big5", "iso-8859-15", "utf-7", "utf-16"]))
def test_what_a_proper_program_sends_is_read_as_it_was_written(text: str, charset: str):
    import email.charset

    try:
        text.encode(charset)
        message = Message()
        message["From"] = "a@b.cn"
        message.set_payload(text, email.charset.Charset(charset))
        raw = message.as_bytes()
    except (UnicodeError, ValueError, LookupError):
        return
    read(raw, NOW)

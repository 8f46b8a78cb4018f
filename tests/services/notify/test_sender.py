"""What goes out: once, also over restarts, rebuilt read models and killed senders; at hours when people work; and what does not."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest

from services.notify import sender
from services.notify.sending_log import State
from shared.events import complaint as e
from shared.events import organisation as o
from shared.events import words as w
from shared.events.policy import PackRef, PolicyActivated, PolicyPackPublished
from shared.kernel.values import Rank
from shared.policy.policies import digest_of_text
from shared.runtime.clock import wall
from tests.facts import DAY, HOUR, acknowledged, assigned, classified, received, registered
from tests.house import until
from tests.receivers import MailBox, WebHook
from tests.services.notify.conftest import CASE, PostOffice
from tests.shared.runtime.desks import saying

AT_ONCE = "\n[sending]\nfirst_retry_s = 0.001\n"


def triaged(office: PostOffice, rank: Rank = Rank.CRITICAL) -> None:
    office.happens(acknowledged(), registered(), classified(rank))


def channel(hook: WebHook, **of: str) -> str:
    return f'[[channel]]\nname = "room"\nurl = "{hook.url}"\n' + "".join(
        f'{key} = "{text}"\n' for key, text in of.items()
    )


# ── by mail and by Apprise ────────────────────────────────────────────────────────────────────────────────────────────
def test_a_rank_1_case_is_in_the_mail_of_the_head_of_quality_in_the_middle_of_the_night(
    office: PostOffice, mailbox: MailBox
):
    office.configured(mailbox.settings())
    office.passes(14 * HOUR)  # eleven at night
    triaged(office)
    office.turn()
    (mail,) = mailbox.mails
    assert mail["To"] == "head@example.com"
    assert mail["Subject"] == "SZ-2026-00001: graded P1, rank 1"
    assert "张*" in mail.get_content() and "张三" not in mail.as_string()
    assert mail["Auto-Submitted"] == "auto-generated"
    assert office.states()["sent"] == 1


def test_whoever_reads_chinese_is_told_in_chinese(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings() + '[people.p-head]\nlanguage = "zh"\n')
    triaged(office)
    office.turn()
    assert mailbox.mails[0]["Subject"] == "SZ-2026-00001：定级P1（第1级）"
    assert "硬件故障" in mailbox.mails[0].get_content()


def test_a_channel_gets_what_its_role_is_told_through_apprise(office: PostOffice, hook: WebHook):
    office.configured(channel(hook, role="quality_head", site="sz"))
    triaged(office)
    office.turn()
    ((headers, body),) = hook.posted
    assert body["title"] == "SZ-2026-00001: graded P1, rank 1"
    (delivery,) = office.all(State.SENT)
    assert headers["idempotency-key"] == delivery["key"]
    assert (delivery["to"], delivery["via"]) == ("role:quality_head", "room")


def test_a_role_is_reached_through_whoever_stands_in_for_it(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    until = (office.clock.at + 7 * DAY).date()
    office.happens(
        o.StandInNamed(person="p-li", of="p-head", role=o.Role.QUALITY_HEAD, site="sz", until=until, reason="leave"),
        to="person-p-li",
    )
    triaged(office)
    office.turn()
    assert {mail["To"] for mail in mailbox.mails} == {"head@example.com", "li@example.com"}


def test_nobody_is_told_what_he_did_himself(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    office.happens(acknowledged(), registered(), classified(Rank.CRITICAL), by="p-head")
    office.turn()
    assert mailbox.mails == []


# ── not sent ──────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_without_channels_it_is_noted_that_nobody_could_be_told(office: PostOffice):
    triaged(office)
    assert office.turn() == 0
    assert {(one["to"], one["state"]) for one in office.all()} >= {("role:quality_head", "no_channel")}
    assert set(office.states()) == {"no_channel"}


def test_of_several_people_it_is_noted_who_cannot_be_reached(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    office.happens(o.RoleGranted(person="p-mute", role=o.Role.QUALITY_HEAD, site="sz"), to="person-p-mute")
    triaged(office)
    office.turn()
    found = {(one["to"], one["state"]) for one in office.all() if one["template"] == "critical_case"}
    assert found == {("p-head", "sent"), ("p-mute", "no_channel")}


def test_what_is_older_than_a_day_is_never_sent(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    triaged(office)
    office.passes(25 * HOUR)
    office.turn()
    assert mailbox.mails == [] and office.states()["too_old"] == 1


def test_history_is_told_to_nobody(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    other = f"complaint-{CASE[:-1]}f"
    old = e.Received(case_no="SZ-2026-00002", channel=w.Channel.OTHER, description="old")
    office.desk.submit(saying(other, old, classified(Rank.CRITICAL), historical=True)).result(10)
    office.happens(to=other)
    office.turn()
    assert mailbox.mails == []


def test_a_broken_settings_file_holds_everything_back_and_says_so_without_its_content(
    office: PostOffice, mailbox: MailBox
):
    office.configured('[mail]\nhost = "127.0.0.1"\npassword = "hunter2"\nnonsense = 1\n')
    triaged(office)
    office.turn()
    assert office.states() == {} and office.sender.fault is not None
    assert "mail.nonsense" in office.sender.fault and "hunter2" not in office.sender.fault
    office.configured(mailbox.settings())
    office.turn()
    assert len(mailbox.mails) == 1 and office.sender.fault is None


def test_a_settings_file_that_everybody_can_read_is_not_used(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    (office.folder / "notify.toml").chmod(0o644)
    triaged(office)
    office.turn()
    assert mailbox.mails == []
    assert office.sender.fault is not None and "everybody" in office.sender.fault


# ── hours ─────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_what_is_not_grave_waits_until_people_work_and_the_deadline_does_not_move(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    office.passes(4 * DAY + 9 * HOUR)  # Friday at six in the evening; a weekend is longer than the greatest age
    triaged(office, Rank.MINOR)
    office.happens(assigned(owner="p-li"))
    office.turn()
    office.passes(2 * DAY)
    office.turn()
    assert mailbox.mails == [] and office.states()["waiting"] == 1
    (waiting,) = office.all(State.WAITING)
    assert str(waiting["ready_at"]).startswith("2026-03-09T00:00:00"), "Monday at eight in Shenzhen"
    office.passes(14 * HOUR + timedelta(minutes=1))
    office.turn()
    assert [mail["To"] for mail in mailbox.mails] == ["li@example.com"]


def test_within_working_hours_it_goes_out_now(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    triaged(office, Rank.MINOR)
    office.happens(assigned(owner="p-li"))
    office.turn()
    assert [mail["Subject"] for mail in mailbox.mails] == ["SZ-2026-00001: assigned to you"]


def test_what_is_urgent_is_taken_over_and_sent_next_while_many_others_wait_for_a_slow_mail_server(
    office: PostOffice, mailbox: MailBox, monkeypatch: pytest.MonkeyPatch
):
    """Else a breach would wait behind a night's digests, and the outbox would not answer for as long."""
    monkeypatch.setattr(sender, "TAKES_OVER_EVERY_S", 0.0)
    office.configured(mailbox.settings())
    for number in range(2, 7):
        told = (received(case_no=f"SZ-2026-0000{number}"), acknowledged(), registered(), classified(Rank.MINOR))
        office.happens(*told, assigned(owner="p-li"), to=f"complaint-{CASE[:-1]}{number}")
    mailbox.hold.clear()
    with ThreadPoolExecutor(1) as pool:
        turn = pool.submit(office.turn)
        until(lambda: mailbox.mails, "the first is on its way")
        triaged(office)
        office.sender.wake()
        mailbox.hold.set()
        assert turn.result(20) == 6
    assert [mail["To"] for mail in mailbox.mails] == ["li@example.com", "head@example.com", *["li@example.com"] * 4]


# ── once ──────────────────────────────────────────────────────────────────────────────────────────────────────────────
def test_nothing_is_sent_twice_over_a_restart_and_over_a_rebuilt_or_lost_outbox(
    office: PostOffice, mailbox: MailBox, hook: WebHook
):
    office.configured(mailbox.settings() + channel(hook, role="quality_head"))
    triaged(office)
    office.turn()
    assert (len(mailbox.mails), len(hook.posted)) == (1, 1)
    office.starts_again()
    office.turn()
    office.store.rebuild(lambda after: office.desk.ledger.rows(after, 3))
    office.turn()
    office.store.close()
    for left in (office.folder / "read").iterdir():
        left.unlink()
    office.opens()
    office.store.apply_rows(office.desk.ledger.rows(0, 500))
    office.turn()
    assert (len(mailbox.mails), len(hook.posted)) == (1, 1)
    office.happens(assigned(owner="p-li"))
    office.turn()
    assert [mail["To"] for mail in mailbox.mails] == ["head@example.com", "li@example.com"], "and what is new goes out"


def test_the_outbox_built_anew_holds_the_same_notices(office: PostOffice):
    triaged(office)
    office.happens(assigned(owner="p-li"))
    before = office.store.dump()
    assert before.count(b"notices ") >= 4
    office.store.rebuild(lambda after: office.desk.ledger.rows(after, 2))
    assert office.store.dump() == before


def test_a_notice_keeps_its_recipients_when_the_role_changes_hands_afterwards(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    triaged(office)
    office.turn()
    office.happens(o.RoleGranted(person="p-li", role=o.Role.QUALITY_HEAD, site="sz"), to="person-p-li")
    office.store.rebuild(lambda after: office.desk.ledger.rows(after, 500))
    office.turn()
    assert [mail["To"] for mail in mailbox.mails] == ["head@example.com"]


def test_what_was_not_taken_is_tried_again_later_and_only_there(office: PostOffice, mailbox: MailBox, hook: WebHook):
    office.configured(mailbox.settings() + channel(hook, role="quality_head") + AT_ONCE)
    hook.statuses = [500, 503]
    triaged(office)
    while office.states().get("sent", 0) < 2:
        office.turn()
    assert (len(mailbox.mails), len(hook.posted)) == (1, 1)
    tries = {one["via"]: one["attempts"] for one in office.all(State.SENT)}
    assert tries == {"email": 1, "room": 3}


def test_each_failure_doubles_the_wait_and_its_reason_shows_no_secret(office: PostOffice, hook: WebHook):
    office.configured(channel(hook, role="quality_head") + "\n[sending]\nfirst_retry_s = 60\nattempts = 3\n")
    hook.statuses = [500] * 9
    triaged(office)
    before = wall()
    office.turn()
    (failed,) = office.all(State.FAILED)
    assert failed["attempts"] == 1 and "500" in str(failed["error"]) and "4711" not in str(failed["error"])
    assert office.turn() == 0, "not before its time"
    assert office.due(before + timedelta(seconds=59)) == [] and len(office.due(wall() + timedelta(seconds=61))) == 1
    for attempt in (2, 3):
        office.sender.log.changed(str(failed["key"]), next_attempt_at="")
        office.turn()
        assert {one["attempts"] for one in office.all() if one["via"] == "room"} == {attempt}
    assert office.states()["given_up"] == 1


def test_a_server_that_says_no_for_good_is_believed(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings() + AT_ONCE)
    mailbox.answers = ["550 no such mailbox"]
    triaged(office)
    office.turn()
    assert office.states()["given_up"] == 1
    assert office.all(State.GIVEN_UP)[0]["error"] == "SMTPDataError: 550"


def test_a_sender_that_died_between_sending_and_noting_it_sends_once_more_with_the_same_message_id(
    office: PostOffice, mailbox: MailBox, monkeypatch: pytest.MonkeyPatch
):
    """At least once: SMTP knows no more. What tells the receiver is the Message-ID."""
    office.configured(mailbox.settings() + AT_ONCE)
    triaged(office)
    changed = office.sender.log.changed

    def dies(key: str, **to: object) -> None:
        if to.get("state") is State.SENT:
            raise SystemExit("killed")
        changed(key, **to)

    monkeypatch.setattr(office.sender.log, "changed", dies)
    with pytest.raises(SystemExit):
        office.turn()
    assert office.all(State.FAILED)[0]["error"] == "was not finished"
    office.starts_again()
    while office.states().get("sent", 0) < 1:
        office.turn()
    first, second = mailbox.mails
    assert first["Message-ID"] == second["Message-ID"]


def test_where_an_older_ledger_was_put_back_new_facts_are_told_of_again(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    office.sender.log.take_over((), 10_000)
    triaged(office)
    office.turn()
    assert mailbox.mails == [] and office.sender.log.position == office.desk.ledger.head()
    office.happens(assigned(owner="p-li"))
    office.turn()
    assert [mail["To"] for mail in mailbox.mails] == ["li@example.com"]


# ── a company's own procedure ─────────────────────────────────────────────────────────────────────────────────────────
OURS = """
meta: {id: ours, version: 1, title: {en: ours, zh: 我们的}}
notifications:
  hours: {other: always}
  customer_messages: true
  events:
    Assigned: [{to: [quality_head], template: ours}]
    Acknowledged: [{to: [customer], template: customer_promise, needs: promised_contact_by}]
  templates:
    ours:
      en: {title: "Boss, look at {case_no}", text: "{product}: {owner} has it"}
      zh: {title: "请看{case_no}", text: "{product}：{owner}负责"}
"""


def goes_by_ours(office: PostOffice) -> None:
    digest = digest_of_text(OURS)
    office.happens(
        PolicyPackPublished(pack="ours", version=1, title="ours", text=OURS, digest=digest), to="policy-ours"
    )
    active = PolicyActivated(
        site="sz", policy="ours@1", lineage=(PackRef(pack="ours", version=1, digest=digest),), digest=digest,
        effective_from=office.clock.at,
    )  # fmt: skip
    office.happens(active, to="site-sz")


def test_rules_and_words_are_those_of_the_policy_in_effect(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    office.passes(12 * HOUR)
    goes_by_ours(office)
    triaged(office)
    office.happens(assigned(owner="p-li"))
    office.turn()
    (mail,) = mailbox.mails
    assert (mail["To"], mail["Subject"]) == ("head@example.com", "Boss, look at SZ-2026-00001")
    assert mail.get_content().strip() == "ABC-2000: Li Na has it"


@pytest.mark.requirement("S1-25")
def test_a_customer_who_left_an_address_is_told_by_mail_when_somebody_will_call(office: PostOffice, mailbox: MailBox):
    office.configured(mailbox.settings())
    goes_by_ours(office)
    promise = e.Acknowledged(channel=w.Channel.EMAIL, promised_contact_by=office.clock.at + 4 * HOUR)
    office.happens(promise)
    office.turn()
    (mail,) = mailbox.mails
    assert (mail["To"], mail["Subject"]) == ("zhang@example.org", "您的投诉SZ-2026-00001已受理")
    assert "4小时内" in mail.get_content()
    assert "zhang@example.org" not in str(office.all()), "the outbox holds no address"


def test_the_sender_runs_beside_everything_else(office: PostOffice, mailbox: MailBox):
    """A mail server that does not answer keeps no listener and no command waiting."""
    office.configured(mailbox.settings())
    mailbox.hold.clear()
    triaged(office)
    office.sender.start()
    until(lambda: mailbox.mails, "the mail is on its way")
    position = office.happens(assigned(owner="p-li"))
    assert office.store.position == position and office.states()["failed"] == 1
    mailbox.hold.set()
    office.sender.wake()
    until(lambda: office.states().get("sent") == 2, "both are sent")
    office.sender.stop()

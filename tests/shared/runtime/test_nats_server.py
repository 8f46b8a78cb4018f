"""The embedded NATS server: who may do what, and that neither a crash nor a stranger leaves anything behind."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import nats
import pytest
from nats.aio.client import Client
from nats.errors import Error as NatsError
from nats.js.api import AckPolicy, ConsumerConfig
from nats.js.errors import APIError

from shared.runtime.home import Home, StartRefused
from shared.runtime.nats_config import DOMAIN
from shared.runtime.nats_names import FACTS, STREAM, NatsLogin
from shared.runtime.nats_server import EmbeddedNats

SERVICES = {"intake": ["intake-worklist"], "audit": ["audit-timeline"]}
FACT = f"{FACTS}.sz.complaint.Received"


def wait_for(what: Callable[[], bool], seconds: float = 5) -> None:
    deadline = time.monotonic() + seconds
    while not what():
        assert time.monotonic() < deadline, "waited in vain"
        time.sleep(0.005)


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[EmbeddedNats]:
    """One server for all questions about permissions; with a stream of three facts and the durables of everybody."""
    with Home(tmp_path_factory.mktemp("nats") / "home") as home:
        server = EmbeddedNats(home, SERVICES)
        server.start()
        server.add_subscriber("lake")
        server.add_subscriber("dresden", "de")
        asyncio.run(fill(server))
        yield server
        server.stop()


async def fill(server: EmbeddedNats, facts: int = 3) -> None:
    async with connected(server, "relay") as (relay, _):
        js = relay.jetstream()
        await js.add_stream(name=STREAM, subjects=[f"{FACTS}.>"], allow_atomic=True, allow_direct=True)
        wanted = {"intake-worklist": f"{FACTS}.>", "audit-timeline": f"{FACTS}.>", **server.subscribers()}
        for durable, subject in wanted.items():
            config = ConsumerConfig(durable_name=durable, ack_policy=AckPolicy.EXPLICIT, filter_subject=subject)
            await js.add_consumer(STREAM, config)
        for number in range(facts):
            await js.publish(FACT, b"%d" % number)


@asynccontextmanager
async def connected(server: EmbeddedNats, user: str) -> AsyncGenerator[tuple[Client, list[str]]]:
    """A connection and the violations that the server has held against it."""
    violations: list[str] = []

    async def noted(error: Exception) -> None:
        violations.append(str(error).lower())

    login = server.login(user)
    client = await patiently(
        lambda: nats.connect(
            login.url, user=login.user, password=login.password, inbox_prefix=login.inbox.encode(), error_cb=noted,
            allow_reconnect=False,
        )
    )  # fmt: skip
    try:
        yield client, violations
    finally:
        await client.close()


async def patiently(connect: Callable[[], Awaitable[Client]]) -> Client:
    """A server that is just taking up new users may hang up on whoever comes at that moment; clients come again."""
    deadline = time.monotonic() + 5
    while True:
        try:
            return await connect()
        except ConnectionResetError:
            assert time.monotonic() < deadline


async def refused(violations: list[str], subject: str) -> None:
    """Waits for the server's answer: nats-py's flush() may overtake what was published before it."""
    deadline = time.monotonic() + 5
    while not any("permissions violation" in told and f'"{subject.lower()}"' in told for told in violations):
        assert time.monotonic() < deadline, f"{subject} was not refused; only {violations}"
        await asyncio.sleep(0.001)


async def length(server: EmbeddedNats) -> int:
    async with connected(server, "relay") as (relay, _):
        return (await relay.jetstream().stream_info(STREAM)).state.last_seq


def run(coroutine: Coroutine[Any, Any, None]) -> None:
    asyncio.run(asyncio.wait_for(coroutine, 10))


FORBIDDEN_PUBLISHES = [
    (user, subject)
    for user in ("intake", "audit", "client", "sub-lake")
    for subject in (
        FACT,
        f"$JS.API.STREAM.DELETE.{STREAM}",
        f"$JS.API.STREAM.PURGE.{STREAM}",
        f"$JS.API.STREAM.UPDATE.{STREAM}",
        f"$JS.API.STREAM.MSG.DELETE.{STREAM}",
        f"$JS.API.DIRECT.GET.{STREAM}",
        "$JS.API.STREAM.CREATE.OTHER",
        f"$JS.API.CONSUMER.CREATE.{STREAM}.mine",
        f"$JS.API.CONSUMER.DELETE.{STREAM}.sub-dresden",
        f"$JS.API.CONSUMER.MSG.NEXT.{STREAM}.sub-dresden",
        f"$JS.{DOMAIN}.API.CONSUMER.MSG.NEXT.{STREAM}.sub-dresden",
        f"$JS.ACK.{STREAM}.sub-dresden.1.1.1.1.1",
        "$SYS.REQ.SERVER.PING",
        "_INBOX_relay.x",
    )
] + [
    ("audit", f"$JS.API.CONSUMER.DELETE.{STREAM}.intake-worklist"),
    ("audit", "casetrail.command.intake.receive"),
    ("audit", "_INBOX_client.x"),
    ("intake", "casetrail.command.capa.close"),
    ("relay", "casetrail.command.capa.close"),
    ("relay", "$JS.API.STREAM.CREATE.OTHER"),
    ("relay", "$JS.API.STREAM.DELETE.OTHER"),
    ("sub-lake", "casetrail.command.intake.receive"),
    ("sub-lake", f"$JS.API.CONSUMER.DELETE.{STREAM}.sub-lake"),
    ("sub-lake", f"$JS.{DOMAIN}.API.CONSUMER.DELETE.{STREAM}.sub-lake"),
]

FORBIDDEN_SUBSCRIPTIONS = [
    (user, subject)
    for user in ("relay", "intake", "audit", "client", "sub-lake")
    for subject in (">", "_INBOX.>", "_INBOX_capa.>", "$JS.EVENT.>", "casetrail.>", f"{FACTS}.>")
] + [("audit", "casetrail.command.audit.*"), ("intake", "casetrail.command.capa.*"), ("client", "casetrail.command.>")]


def test_nobody_publishes_what_is_not_theirs(server: EmbeddedNats):
    async def tried() -> None:
        before = await length(server)
        for user in sorted({user for user, _ in FORBIDDEN_PUBLISHES}):
            async with connected(server, user) as (client, violations):
                for subject in (subject for name, subject in FORBIDDEN_PUBLISHES if name == user):
                    await client.publish(subject, b"{}")
                    await refused(violations, subject)
        assert await length(server) == before

    run(tried())


def test_nobody_hears_what_is_not_theirs(server: EmbeddedNats):
    async def tried() -> None:
        for user in sorted({user for user, _ in FORBIDDEN_SUBSCRIPTIONS}):
            async with connected(server, user) as (client, violations):
                for subject in (subject for name, subject in FORBIDDEN_SUBSCRIPTIONS if name == user):
                    await client.subscribe(subject)
                    await refused(violations, subject)

    run(tried())


def test_the_relay_publishes_one_by_one_and_in_atomic_batches(server: EmbeddedNats):
    async def published() -> None:
        async with connected(server, "relay") as (relay, violations):
            js = relay.jetstream()
            last = (await js.stream_info(STREAM)).state.last_seq
            assert (await js.publish(FACT, b"x", headers={"Nats-Expected-Last-Sequence": str(last)})).seq == last + 1
            batch = {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": "1", "Nats-Expected-Last-Sequence": str(last + 1)}
            await relay.publish(FACT, b"y", headers=batch)
            commit = {"Nats-Batch-Id": "b", "Nats-Batch-Sequence": "2", "Nats-Batch-Commit": "1"}
            reply = await relay.request(FACT, b"z", headers=commit)
            assert b'"error"' not in reply.data
            with pytest.raises(APIError, match="wrong last sequence"):
                await js.publish(FACT, b"x", headers={"Nats-Expected-Last-Sequence": "1"})
            assert (await js.get_msg(STREAM, seq=last + 2)).data == b"y"
            assert (await js.stream_info(STREAM)).state.last_seq == last + 3
            assert not violations

    run(published())


def test_a_service_pulls_pushes_and_repairs_its_own_durable(server: EmbeddedNats):
    async def served() -> None:
        async with connected(server, "audit") as (audit, violations):
            js, login = audit.jetstream(), server.login("audit")
            pulled = await (await js.pull_subscribe(f"{FACTS}.>", durable="audit-timeline", stream=STREAM)).fetch(3)
            assert [message.metadata.sequence.stream for message in pulled] == [1, 2, 3]
            for message in pulled:
                await message.ack_sync()
            await js.delete_consumer(STREAM, "audit-timeline")
            config = ConsumerConfig(
                durable_name="audit-timeline", ack_policy=AckPolicy.ALL, filter_subject=f"{FACTS}.>",
                deliver_subject=login.delivery("audit-timeline"),
            )  # fmt: skip
            await js.add_consumer(STREAM, config)
            pushed = await js.subscribe(f"{FACTS}.>", durable="audit-timeline", stream=STREAM, manual_ack=True)
            assert (await pushed.next_msg(2)).metadata.sequence.stream == 1
            await js.reset_consumer(STREAM, "audit-timeline", seq=3)
            while (message := await pushed.next_msg(2)).metadata.sequence.stream != 3:
                pass
            await message.ack_sync()
            assert not violations

    run(served())


def test_a_command_is_answered_at_the_inbox_of_whoever_sent_it_and_nowhere_else(server: EmbeddedNats):
    async def asked() -> None:
        before = await length(server)
        async with connected(server, "intake") as (intake, held), connected(server, "client") as (client, violations):

            async def answer(message: Any) -> None:
                await message.respond(b"answer to " + message.data)

            await intake.subscribe("casetrail.command.intake.*", queue="intake", cb=answer)
            await intake.flush()
            assert (await client.request("casetrail.command.intake.receive", b"1")).data == b"answer to 1"
            assert not held and not violations
            # With allow_responses this one would have become a fact.
            await client.publish("casetrail.command.intake.receive", b"2", reply=FACT)
            await client.flush()
            await refused(held, FACT)
        assert await length(server) == before

    run(asked())


def test_a_subscriber_pulls_and_acknowledges_its_own_durable(server: EmbeddedNats):
    async def pulled() -> None:
        async with connected(server, "sub-lake") as (lake, violations):
            facts = await lake.jetstream(domain=DOMAIN).pull_subscribe_bind("sub-lake", STREAM)
            messages = await facts.fetch(2)
            assert [message.data for message in messages] == [b"0", b"1"]
            for message in messages:
                await message.ack_sync()
            assert (await facts.consumer_info()).ack_floor.stream_seq == 2  # pyright: ignore[reportOptionalMemberAccess]
            assert not violations
        async with connected(server, "sub-dresden") as (dresden, _):
            facts = await dresden.jetstream(domain=DOMAIN).pull_subscribe_bind("sub-dresden", STREAM)
            with pytest.raises(TimeoutError):
                await facts.fetch(1, timeout=0.2)  # every fact here is from another site

    run(pulled())


def test_a_subscriber_cannot_have_its_facts_delivered_into_the_stream_or_to_a_desk(server: EmbeddedNats):
    async def delivered() -> None:
        before = await length(server)
        async with connected(server, "intake") as (intake, _), connected(server, "sub-lake") as (lake, _):
            commands = await intake.subscribe("casetrail.command.intake.*")
            await intake.flush()
            for reply in (FACT, "casetrail.command.intake.receive", "_INBOX_client.x"):
                await lake.publish(f"$JS.{DOMAIN}.API.CONSUMER.MSG.NEXT.{STREAM}.sub-lake", b"1", reply=reply)
            # A durable's pulls are served in order: when an honest one has its fact, those have been dealt with.
            async with connected(server, "relay") as (relay, _):
                await relay.jetstream().publish(FACT, b"new")
            facts = await lake.jetstream(domain=DOMAIN).pull_subscribe_bind("sub-lake", STREAM)
            assert await facts.fetch(1)
            await intake.flush()
            assert commands.pending_msgs == 0
        assert await length(server) == before + 1

    run(delivered())


@pytest.mark.parametrize("user", ["relay", "intake", "sub-lake", "nobody", ""])
def test_a_wrong_password_or_none_is_refused(server: EmbeddedNats, user: str):
    async def tried() -> None:
        for word in ("wrong", ""):
            with pytest.raises(NatsError, match=r"(?i)authorization"):
                await nats.connect(server.url, user=user, password=word, allow_reconnect=False)

    run(tried())


def test_subscribers_come_and_go_while_others_stay_connected(server: EmbeddedNats):
    async def changed() -> None:
        async with connected(server, "relay") as (relay, violations):
            login = server.add_subscriber("guest", "sz")
            assert server.add_subscriber("guest", "sz") == login
            with pytest.raises(ValueError, match="remove it first"):
                server.add_subscriber("guest", "de")
            async with connected(server, "sub-guest") as (guest, _):
                assert server.subscribers()["sub-guest"] == f"{FACTS}.sz.>"
                # Another process may do it, too: it only shares the home.
                await asyncio.to_thread(EmbeddedNats(Home(server.home.path), SERVICES).remove_subscriber, "guest")
                deadline = time.monotonic() + 5
                while not guest.is_closed:
                    assert time.monotonic() < deadline
                    await asyncio.sleep(0.005)
            with pytest.raises(KeyError):
                server.login("sub-guest")
            assert relay.is_connected and (await relay.jetstream().stream_info(STREAM)).state.last_seq
            assert not violations

    run(changed())


@pytest.mark.parametrize("name", ["", "Lake", "a b", "a.b", "*", ">", "x" * 33, '"', "ä"])
def test_names_that_could_mean_something_to_nats_are_refused(server: EmbeddedNats, name: str):
    with pytest.raises(ValueError, match="a-z"):
        server.add_subscriber(name)
    with pytest.raises(ValueError, match="a-z"):
        server.add_subscriber("fine", site=name)


# -- starting and ending -----------------------------------------------------------------------------------------------


def test_port_and_facts_outlive_restarts_and_kills(tmp_path: Path):
    with Home(tmp_path / 'a "strange" home, 家') as home:
        server = EmbeddedNats(home, SERVICES)
        started = time.monotonic()
        server.start()
        took = time.monotonic() - started
        first = server.login("relay")
        asyncio.run(fill(server))
        stopping = time.monotonic()
        server.stop()
        assert took < 2 and time.monotonic() - stopping < 1
        server = EmbeddedNats(home, SERVICES)
        server.start()
        assert server.login("relay") == first and asyncio.run(length(server)) == 3
        os.kill(int((home / "nats" / "nats.pid").read_text()), signal.SIGKILL)
        wait_for(lambda: not server.running)
        server.start()
        assert asyncio.run(length(server)) == 3
        server.stop()


# In a process of its own, which can be killed: start, say ready, wait.
STARTS = """
import sys
from shared.runtime.home import Home
from shared.runtime.nats_server import EmbeddedNats
with Home(sys.argv[1]) as home:
    if len(sys.argv) > 2:
        import shared.runtime.nats_server as module
        module._libc = None  # as on systems where children are not told of their parent's death
    EmbeddedNats(home, {}).start()
    print("ready", flush=True)
    sys.stdin.read()
"""


def killed_house(path: Path, *words: str) -> int:
    """A house that was started and killed; the process number of its server."""
    told = [sys.executable, "-c", STARTS, str(path), *words]
    with subprocess.Popen(told, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as house:
        assert house.stdout and house.stdout.readline() == "ready\n"
        house.kill()
    return int((path / "nats" / "nats.pid").read_text())


def lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    stat = Path(f"/proc/{pid}/stat")
    return not stat.exists() or stat.read_text().rpartition(")")[2].split()[0] != "Z"


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells children")
def test_its_configuration_is_made_anew_when_something_of_it_has_changed(tmp_path: Path):
    with Home(tmp_path / "home") as home:
        config, server = home / "nats" / "nats.conf", EmbeddedNats(home, SERVICES)

        def started() -> tuple[str, int]:
            server.start()
            server.stop()
            return config.read_text(), config.stat().st_ino

        first = started()
        assert started() == first
        for changed in (first[0].replace("sync_interval: always", "sync_interval: 2m"), first[0][:-200], ""):
            assert changed != first[0]
            config.write_text(changed)
            assert started()[0] == first[0]
        server = EmbeddedNats(home, {**SERVICES, "audit": ["audit-timeline", "audit-other"]})
        assert "audit-other" in started()[0]


def test_the_server_dies_with_its_parent(tmp_path: Path):
    pid = killed_house(tmp_path / "home")
    wait_for(lambda: not lives(pid))


def test_a_server_that_was_left_behind_is_ended_by_the_next_start(tmp_path: Path):
    pid = killed_house(tmp_path / "home", "left behind")
    assert lives(pid)
    with Home(tmp_path / "home") as home:
        server = EmbeddedNats(home, SERVICES)
        server.start()
        wait_for(lambda: not lives(pid))
        server.stop()


def test_a_number_that_was_reused_by_somebody_else_is_not_killed(tmp_path: Path):
    with subprocess.Popen(["sleep", "60"]) as stranger, Home(tmp_path / "home") as home:
        (home.folder("nats") / "nats.pid").write_text(str(stranger.pid))
        server = EmbeddedNats(home, SERVICES)
        server.start()
        server.stop()
        assert stranger.poll() is None
        stranger.kill()


def test_a_port_that_a_stranger_has_taken_is_named(tmp_path: Path):
    with Home(tmp_path / "home") as home, socket.socket() as stranger:
        stranger.bind(("127.0.0.1", home.port("nats")))
        stranger.listen()
        with pytest.raises(StartRefused, match=rf"port {home.port('nats')}.*in use.*home\.json"):
            EmbeddedNats(home, SERVICES).start()


def test_a_server_that_cannot_start_says_why(tmp_path: Path):
    with Home(tmp_path / "home") as home:
        (home.folder("nats") / "jetstream").write_text("a file where a directory should be")
        with pytest.raises(StartRefused, match=r"ended at once.*nats\.log") as caught:
            EmbeddedNats(home, SERVICES).start()
        assert "\n" not in str(caught.value)


def test_it_is_started_on_the_main_thread_only(tmp_path: Path):
    said: list[BaseException] = []

    def elsewhere() -> None:
        try:
            EmbeddedNats(Home(tmp_path / "home"), SERVICES).start()
        except RuntimeError as error:
            said.append(error)

    thread = threading.Thread(target=elsewhere)
    thread.start()
    thread.join()
    assert "main thread" in str(said)


def test_secrets_are_readable_to_their_owner_only(server: EmbeddedNats):
    for name in ("home.json", "nats/nats.conf"):
        assert (server.home / name).stat().st_mode & 0o077 == 0
    assert server.login("relay") == NatsLogin(server.url, "relay", server.home.passwords("relay")["relay"])

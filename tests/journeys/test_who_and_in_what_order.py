"""Command ids, expected versions, races, reading one's own writes; tokens, roles and sites."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.house import RunningHouse
from tests.journeys.people import People, head, unique

NOTE = {"direction": "inbound", "channel": "telephone", "purpose": "progress", "summary": "asks how far it is"}


def test_the_same_command_id_gives_the_first_answer(people: People) -> None:
    key = unique("key")
    body = {"site": "sz", "channel": "email", "description": "No sound on the left side"}
    first = people.zhou.post("/intake/complaints", body, idempotency_key=key)
    again = people.zhou.post("/intake/complaints", body, idempotency_key=key)
    assert (first.status_code, again.status_code) == (201, 201) and first.json() == again.json()
    assert again.headers["idempotent-replay"] == "true" and "idempotent-replay" not in first.headers
    other = people.zhou.post("/intake/complaints", {**body, "description": "No sound at all"}, idempotency_key=key)
    assert (other.status_code, other.json()["rule"]) == (422, "G-IDEMPOTENCY")
    somebody_elses = people.chen.post("/intake/complaints", body, idempotency_key=key)
    assert somebody_elses.status_code == 201 and somebody_elses.json()["case_no"] != first.json()["case_no"]


def test_a_refused_command_may_be_sent_again(people: People) -> None:
    case, key = people.case_at("triaged"), unique("key")
    path, body = f"/capa/complaints/{case.id}/start-investigation", {"methods_planned": ["five_why"]}
    assert people.chen.post(path, body, idempotency_key=key).status_code == 409
    case.assign()
    assert people.chen.post(path, body, idempotency_key=key).status_code == 200


def test_many_at_once_with_one_command_id_are_one(people: People) -> None:
    case, key = people.case(), unique("key")
    path = f"/intake/complaints/{case.id}/contact-customer"
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: people.zhou.post(path, NOTE, idempotency_key=key), range(24)))
    assert {answer.status_code for answer in answers} == {200}
    assert len({answer.text for answer in answers}) == 1
    assert case.types().count("CustomerContacted") == 1


def test_an_expected_version_that_has_moved_on_is_told(people: People) -> None:
    case = people.case()
    path = f"/intake/complaints/{case.id}/contact-customer"
    assert people.zhou.post(path, NOTE, if_match='"1"').json()["version"] == 2
    stale = people.zhou.post(path, NOTE, if_match='"1"')
    assert stale.status_code == 412 and "version 2" in stale.json()["detail"]
    assert people.zhou.post(path, NOTE, if_match="seven").status_code == 422


@pytest.mark.parametrize(("if_match", "loser"), [('"{version}"', 412), (None, 409)])
def test_of_two_people_racing_one_wins_and_the_other_is_told(people: People, if_match: str | None, loser: int) -> None:
    for _ in range(5):
        case = people.case_at("triaged")
        version = case.sees()["version"]
        headers = {} if if_match is None else {"if_match": if_match.format(version=version)}

        def assign(who, headers=headers, case=case):
            body = {"owner": who.id, "department": "quality"}
            return who, who.post(f"/triage/complaints/{case.id}/assign", body, **headers)

        with ThreadPoolExecutor(2) as pool:
            answers = list(pool.map(assign, (people.chen, people.sun)))
        assert sorted(answer.status_code for _, answer in answers) == [200, loser]
        (winner,) = (who for who, answer in answers if answer.status_code == 200)
        assert case.sees(after_position=head(people.owner))["state"]["owner"] == winner.id
        assert case.types().count("Assigned") == 1


def test_one_reads_ones_own_writes(people: People) -> None:
    for _ in range(10):
        case = people.case()
        for path in ("/insight/complaints", "/intake/worklist", "/sla-watch/clocks"):
            found = people.owner.sees(path, limit=1_000, after_position=case.position)
            assert found["position"] >= case.position
            if path != "/sla-watch/clocks":
                assert case.id in {item["complaint_id"] for item in found["items"]}
        assert case.sees(after_position=case.position)["version"] == 1
    past = head(people.owner) + 1_000
    for path in ("/insight/complaints", "/intake/worklist", "/sla-watch/clocks", f"/audit/complaints/{case.id}"):
        answer = people.owner.get(path, after_position=past)
        assert (answer.status_code, answer.json()["field"]) == (422, "after_position")


def test_a_revoked_token_is_worthless_at_once(house: RunningHouse, people: People) -> None:
    leaver = house.person(unique("Leaver"), "customer_service")
    me = leaver.sees("/intake/me")
    assert me["person"] == leaver.id and me["roles"] == {"sz": ["customer_service"]}
    people.owner.does(f"/intake/people/{leaver.id}/revoke-token", token_id="t1")
    answer = leaver.get("/intake/me")
    assert answer.status_code == 401 and answer.headers["www-authenticate"] == "Bearer"
    assert answer.json()["detail"] == "this token has been revoked"
    assert leaver.post("/intake/complaints", {}).status_code == 401


def test_nobody_does_anything_without_a_token(house: RunningHouse, people: People) -> None:
    nobody = house.someone("", "ct_guessed")
    assert nobody.post("/intake/complaints", {}).status_code == 401
    for path in ("/insight/complaints", "/audit/facts", "/audit/head", "/intake/people", "/sla-watch/clocks"):
        assert nobody.get(path).status_code == 401


def test_a_role_that_is_missing_or_has_ended_is_told(house: RunningHouse, people: People) -> None:
    case = people.case()
    refused = people.wang.post(f"/intake/complaints/{case.id}/acknowledge", {"channel": "email"})
    assert refused.status_code == 403 and "customer_service" in refused.json()["detail"]
    temp = house.person(unique("Temp"), "customer_service")
    assert temp.post(f"/intake/complaints/{case.id}/acknowledge", {"channel": "email"}).status_code == 200
    ended = {"role": "customer_service", "site": "sz", "reason": "end of contract"}
    people.owner.does(f"/intake/people/{temp.id}/end-role", **ended)
    assert temp.post(f"/intake/complaints/{case.id}/acknowledge", {"channel": "email"}).status_code == 403
    assert people.zhou.post("/intake/people", {"name": "Mallory"}).status_code == 403


def test_roles_are_held_at_a_site_and_sites_must_be_known(house: RunningHouse, people: People) -> None:
    body = {"site": "nowhere", "channel": "email", "description": "Smells of burning"}
    unknown = people.zhou.post("/intake/complaints", body)
    assert unknown.status_code in (404, 422) and unknown.json()["field"] == "site"
    site = unique("dd")
    people.owner.does("/intake/sites", site=site, title="Dresden", zone="Europe/Berlin", language="en")
    assert people.zhou.post("/intake/complaints", {**body, "site": site}).status_code == 403
    local = house.person(unique("Local"), "customer_service", site=site)
    received = local.post("/intake/complaints", {**body, "site": site})
    assert received.status_code == 201 and received.json()["case_no"].startswith(site.upper())
    assert (
        people.zhou.post(
            f"/intake/complaints/{received.json()['complaint_id']}/acknowledge", {"channel": "email"}
        ).status_code
        == 403
    )

"""Webhooks: believed, written down, answered, and each delivery run once."""

from __future__ import annotations

import asyncio
import hmac
import itertools
import time
from typing import Any

import asyncpg
import httpx2
import pytest
from tests.api.conftest import Api
from tests.api.hooking import body_of, github, path_of, plain, publish, webhook, workflow

issue = {"action": "opened", "issue": {"title": "It is broken", "number": 7}}


async def ended(client: httpx2.AsyncClient, run: str, seconds: float = 60) -> dict[str, Any]:
    async with asyncio.timeout(seconds):
        while True:
            found = await client.get(f"/api/executions/{run}")
            if found.status_code == 200 and found.json()["execution"]["status"] in ("completed", "failed", "cancelled"):
                return found.json()["execution"]
            await asyncio.sleep(0.05)


async def runs(client: httpx2.AsyncClient) -> list[dict[str, Any]]:
    return (await client.get("/api/executions", params={"limit": 200})).json()["executions"]


async def output(client: httpx2.AsyncClient, run: str) -> Any:
    await ended(client, run)
    found = (await client.get("/api/workflows/executions", params={"id": run})).json()
    return found["execution"]["results"]["a"]


async def test_a_signed_delivery_starts_a_run_with_the_mapped_input(api: Api, owner: httpx2.AsyncClient) -> None:
    trigger = webhook(
        connector="github",
        events=["issues.opened"],
        input={"title": "{{ event.issue.title }}", "double": "{{ event.issue.number * 2 }}", "by": "{{ trigger.delivery }}"},
    )
    [placed] = await publish(owner, workflow(trigger))
    assert placed["secret"].startswith("whsec_")
    body = body_of(issue)
    answer = await api.client().post(path_of(placed), content=body, headers=github(placed["secret"], body, "d-1"))
    assert answer.status_code == 202, answer.text
    told = answer.json()
    assert (told["success"], told["status"], told["execution_id"]) == (True, "started", told["delivery"])
    assert await output(owner, told["execution_id"]) == {"title": "It is broken", "double": 14, "by": "d-1"}
    run = await ended(owner, told["execution_id"])
    assert run["trigger"] == "webhook"
    kept = (await owner.get(f"/api/deliveries/{told['delivery']}")).json()["delivery"]
    assert (kept["status"], kept["event"], kept["delivery"], kept["verdict"]) == ("done", "issues.opened", "d-1", "verified")
    assert kept["body"].encode() == body
    assert "x-hub-signature-256" not in kept["headers"]
    assert kept["headers"]["x-github-event"] == "issues"


async def test_the_same_delivery_answers_with_the_first_ones_run(api: Api, owner: httpx2.AsyncClient) -> None:
    [placed] = await publish(owner, workflow(webhook(connector="github")))
    body = body_of(issue)
    headers = github(placed["secret"], body, "twice")
    client = api.client()
    answers = await asyncio.gather(*(client.post(path_of(placed), content=body, headers=headers) for _ in range(12)))
    assert sorted(answer.status_code for answer in answers) == [200] * 11 + [202]
    assert len({answer.json()["execution_id"] for answer in answers}) == 1
    await ended(owner, answers[0].json()["execution_id"])
    assert len([run for run in await runs(owner) if run["trigger"] == "webhook"]) == 1


@pytest.mark.parametrize("wrong", ["signature", "body", "missing", "scheme"])
async def test_a_forgery_is_refused_counted_and_starts_nothing(api: Api, owner: httpx2.AsyncClient, wrong: str) -> None:
    [placed] = await publish(owner, workflow(webhook(connector="github")))
    body = body_of(issue)
    headers = github(placed["secret"], body, "f-1")
    match wrong:
        case "signature":
            headers = github("guessed", body, "f-1")
        case "body":
            body = body.replace(b"broken", b"hacked")
        case "missing":
            del headers["x-hub-signature-256"]
        case _:
            headers["x-hub-signature-256"] = headers["x-hub-signature-256"].replace("sha256=", "sha1=")
    answer = await api.client().post(path_of(placed), content=body, headers=headers)
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (401, "unauthenticated")
    async with asyncio.timeout(30):
        while not (shown := (await owner.get("/api/deliveries", params={"status": "refused"})).json()["deliveries"]):
            await asyncio.sleep(0.1)
    assert (shown[0]["verdict"], shown[0]["execution_id"]) == (
        "no-signature" if wrong in ("missing", "scheme") else "wrong-signature",
        None,
    )
    assert shown[0]["body"] == ""
    trigger = (await owner.get(f"/api/triggers/{placed['id']}")).json()["trigger"]
    assert trigger["refused"] == 1
    assert await runs(owner) == []


async def test_a_storm_of_forgeries_fills_no_disk(api: Api, owner: httpx2.AsyncClient) -> None:
    [placed] = await publish(owner, workflow(webhook(connector="github")))
    client = api.client()
    for _ in range(3):
        await asyncio.gather(
            *(client.post(path_of(placed), content=b"{}", headers=github("guessed", b"{}", f"{n}")) for n in range(50)),
        )
        await asyncio.sleep(0.6)
    async with asyncio.timeout(30):
        while (await owner.get(f"/api/triggers/{placed['id']}")).json()["trigger"]["refused"] != 150:
            await asyncio.sleep(0.1)
    shown = (await owner.get("/api/deliveries", params={"status": "refused", "limit": 200})).json()["deliveries"]
    assert len(shown) == 20


async def test_what_is_not_wanted_is_ignored_and_kept(api: Api, owner: httpx2.AsyncClient) -> None:
    trigger = webhook(connector="github", events=["issues"], filter="{{ event.issue.number > 10 }}")
    [placed] = await publish(owner, workflow(trigger))
    body, client = body_of(issue), api.client()
    for delivery, event in (("other", "push"), ("small", "issues")):
        answer = await client.post(path_of(placed), content=body, headers=github(placed["secret"], body, delivery, event))
        assert (answer.status_code, answer.json()["status"]) == (202, "ignored")
        assert "execution_id" not in answer.json()
    assert await runs(owner) == []
    listed = (await owner.get("/api/deliveries", params={"status": "ignored", "trigger": placed["id"]})).json()["deliveries"]
    assert [item["delivery"] for item in listed] == ["small", "other"]


async def test_an_input_that_fails_is_a_delivery_that_failed_and_can_be_replayed(api: Api, owner: httpx2.AsyncClient) -> None:
    [placed] = await publish(owner, workflow(webhook(connector="github", input={"x": "{{ event.nothing.here }}"})))
    body = body_of(issue)
    answer = await api.client().post(path_of(placed), content=body, headers=github(placed["secret"], body, "d"))
    assert (answer.status_code, answer.json()["status"]) == (202, "failed")
    kept = (await owner.get(f"/api/deliveries/{answer.json()['delivery']}")).json()["delivery"]
    assert kept["status"] == "failed"
    assert "event.nothing" in kept["error"]["detail"]
    trigger = (await owner.get(f"/api/triggers/{placed['id']}")).json()["trigger"]
    assert (trigger["state"], "event.nothing" in trigger["says"]) == ("failing", True)
    [again] = await publish(owner, workflow(webhook(connector="github", input={"x": "{{ trigger.replay_of }}"})))
    assert (again["url"], again.get("secret")) == (placed["url"], None)
    replayed = await owner.post(f"/api/deliveries/{kept['id']}/replay")
    assert replayed.status_code == 202, replayed.text
    assert await output(owner, replayed.json()["execution_id"]) == {"x": kept["id"]}
    shown = (await owner.get(f"/api/deliveries/{replayed.json()['delivery']}")).json()["delivery"]
    assert (shown["replay_of"], shown["status"]) == (kept["id"], "done")


async def test_a_sender_that_waits_hears_the_runs_outputs(api: Api, owner: httpx2.AsyncClient) -> None:
    [placed] = await publish(owner, workflow(webhook(scheme="hmac", respond="when_done"), value="{{ input.n + 1 }}"))
    body = body_of({"n": 41})
    answer = await api.client().post(path_of(placed), content=body, headers=plain(placed["secret"], body))
    assert (answer.status_code, answer.json()["status"], answer.json()["output"]) == (200, "completed", {"a": 42})


async def test_our_own_scheme_refuses_what_is_stale_and_what_is_replayed_starts_nothing_new(api: Api, owner: httpx2.AsyncClient) -> None:
    [placed] = await publish(owner, workflow(webhook()))
    body, client = body_of({"n": 1}), api.client()
    old = await client.post(path_of(placed), content=body, headers=plain(placed["secret"], body, at=1_700_000_000))
    assert old.status_code == 401
    headers = plain(placed["secret"], body)
    first, second = [await client.post(path_of(placed), content=body, headers=headers) for _ in range(2)]
    assert (first.status_code, second.status_code) == (202, 200)
    assert first.json()["execution_id"] == second.json()["execution_id"]


async def test_a_bearer_and_a_secret_address(api: Api, owner: httpx2.AsyncClient) -> None:
    placed = await publish(owner, workflow(webhook("b", scheme="bearer"), webhook("p", scheme="path")))
    bearer, path = placed
    assert path.get("secret") is None
    assert len(path_of(path).rpartition("/")[2]) >= 32
    client = api.client()
    assert (await client.post(path_of(bearer), json={}, headers={"Authorization": "Bearer wrong"})).status_code == 401
    assert (await client.post(path_of(bearer), json={}, headers={"Authorization": f"bearer {bearer['secret']}"})).status_code == 202
    assert (await client.post(path_of(path), json={})).status_code == 202
    assert (await client.post(path_of(path)[:-1], json={})).status_code == 404
    for role, seen in (("viewer", None), ("operator", path["url"])):
        shown = (await api.as_role(role).get(f"/api/triggers/{path['id']}")).json()["trigger"]
        assert shown.get("url") == seen, "who may start no runs is not told an address that does"


async def test_slacks_challenge_is_answered_once_it_is_signed(api: Api, owner: httpx2.AsyncClient) -> None:
    [placed] = await publish(owner, workflow(webhook(connector="slack", path="slack/events")))
    assert path_of(placed) == "/api/hooks/slack/events"
    vendors = "8f742231b10e8888abcd99yyyzzz85a5"
    rotated = await owner.post(f"/api/triggers/{placed['id']}/secret", json={"secret": vendors})
    assert (rotated.status_code, rotated.json()["secret"]) == (200, vendors)
    body, stamp = body_of({"type": "url_verification", "challenge": "3eZbrw1aB"}), str(int(time.time()))
    signed = "v0=" + hmac.digest(vendors.encode(), f"v0:{stamp}:".encode() + body, "sha256").hex()
    headers = {"content-type": "application/json", "x-slack-request-timestamp": stamp, "x-slack-signature": signed}
    answer = await api.client().post(path_of(placed), content=body, headers=headers)
    assert (answer.status_code, answer.text) == (200, "3eZbrw1aB")
    assert (await api.client().post(path_of(placed), content=body)).status_code == 401


async def test_a_rotated_secret_is_good_beside_the_former_one_and_then_alone(api: Api, owner: httpx2.AsyncClient) -> None:
    [placed] = await publish(owner, workflow(webhook(connector="github")))
    body, client = body_of(issue), api.client()

    async def status(secret: str, delivery: str) -> int:
        return (await client.post(path_of(placed), content=body, headers=github(secret, body, delivery))).status_code

    fresh = (await owner.post(f"/api/triggers/{placed['id']}/secret")).json()["secret"]
    assert (await status(placed["secret"], "1"), await status(fresh, "2")) == (202, 202)
    alone = (await owner.post(f"/api/triggers/{placed['id']}/secret", json={"overlap": "PT0S"})).json()["secret"]
    assert [await status(secret, str(n)) for n, secret in enumerate((placed["secret"], fresh, alone), 3)] == [401, 401, 202]


async def test_triggers_share_a_named_secret(api: Api, owner: httpx2.AsyncClient) -> None:
    [one] = await publish(owner, workflow(webhook(connector="github", secret="app"), id="one"))
    [two] = await publish(owner, workflow(webhook(connector="github", secret="app"), id="two"))
    assert (bool(one.get("secret")), two.get("secret")) == (True, None)
    body = body_of(issue)
    answer = await api.client().post(path_of(two), content=body, headers=github(one["secret"], body, "d"))
    assert answer.status_code == 202


async def test_only_a_published_and_switched_on_trigger_listens(api: Api, owner: httpx2.AsyncClient) -> None:
    document = workflow(webhook(connector="github", path="here"))
    assert (await owner.post("/api/workflows", json=document)).status_code in (200, 201)
    body, client = body_of(issue), api.client()
    assert (await client.post("/api/hooks/here", content=body)).status_code == 404
    [placed] = await publish(owner, document)

    async def status(delivery: str) -> int:
        return (await client.post("/api/hooks/here", content=body, headers=github(placed["secret"], body, delivery))).status_code

    async def gone(delivery: str) -> None:
        """Who is asked remembers for a second who listens."""
        async with asyncio.timeout(60):
            for n in itertools.count():
                if await status(f"{delivery}-{n}") == 404:
                    break
                await asyncio.sleep(0.1)

    assert await status("1") == 202
    off = await owner.patch(f"/api/triggers/{placed['id']}", json={"enabled": False})
    assert (off.status_code, off.json()["trigger"]["state"]) == (200, "off")
    assert await status("2") == 404
    await owner.patch(f"/api/triggers/{placed['id']}", json={"enabled": True})
    assert await status("3") == 202
    await publish(owner, workflow())
    await gone("4")
    [back] = await publish(owner, document)
    assert (back["id"], back.get("secret")) == (placed["id"], None)
    assert await status("5") == 202
    assert (await owner.delete("/api/workflows", params={"id": "w"})).status_code == 200
    await gone("6")
    assert (await owner.get("/api/triggers")).json()["triggers"] == []


async def test_a_path_belongs_to_one_trigger(owner: httpx2.AsyncClient) -> None:
    await publish(owner, workflow(webhook(path="orders"), id="one"))
    await owner.post("/api/workflows", json=workflow(webhook(path="orders"), id="two"))
    answer = await owner.post("/api/workflows/two/publish")
    assert (answer.status_code, answer.json()["type"].rpartition("/")[2]) == (409, "conflict")


@pytest.mark.parametrize(
    ("content", "content_type", "expected"),
    [
        (b"a=1&b=2", "application/x-www-form-urlencoded", {"a": "1", "b": "2"}),
        (b"payload=%7B%22a%22%3A1%7D", "application/x-www-form-urlencoded", {"a": 1}),
        ("grüß".encode(), "text/plain; charset=utf-8", "grüß"),
        (b"", "application/json", None),
        (b"[1, 2]", "application/json", [1, 2]),
    ],
)
async def test_forms_text_and_nothing_are_events_too(
    api: Api, owner: httpx2.AsyncClient, content: bytes, content_type: str, expected: object
) -> None:
    [placed] = await publish(owner, workflow(webhook(scheme="path", respond="when_done")))
    answer = await api.client().post(path_of(placed), content=content, headers={"content-type": content_type})
    assert answer.status_code == 200, answer.text
    assert answer.json()["output"]["a"] == expected


@pytest.mark.parametrize("content", [b"{not json", b'{"a": NaN}', b"\xff\xfe", b"[" * 5000])
async def test_a_body_that_cannot_be_read_is_a_problem(api: Api, owner: httpx2.AsyncClient, content: bytes) -> None:
    [placed] = await publish(owner, workflow(webhook(scheme="path")))
    answer = await api.client().post(path_of(placed), content=content, headers={"content-type": "application/json"})
    assert answer.status_code in (400, 422), answer.text
    large = await api.client().post(path_of(placed), content=b"1" * (4 * 1024 * 1024 + 1))
    assert large.status_code == 413


async def test_addresses_that_may_not_call_are_refused(api: Api, owner: httpx2.AsyncClient) -> None:
    placed = await publish(
        owner, workflow(webhook("far", scheme="path", allow=["192.0.2.0/24"]), webhook("near", scheme="path", allow=["127.0.0.0/8"]))
    )
    assert [(await api.client().post(path_of(one), json={})).status_code for one in placed] == [401, 202]


async def test_a_trigger_is_fired_by_hand(owner: httpx2.AsyncClient) -> None:
    [placed] = await publish(owner, workflow(webhook(connector="github", input="{{ event.x }}")))
    fired = await owner.post(f"/api/triggers/{placed['id']}/fire", json={"event": {"x": 3}})
    assert fired.status_code == 202
    assert await output(owner, fired.json()["execution_id"]) == 3


async def test_lists_go_page_by_page_and_find(api: Api, owner: httpx2.AsyncClient) -> None:
    [placed] = await publish(owner, workflow(webhook(connector="github")))
    client = api.client()
    for n in range(5):
        await client.post(path_of(placed), content=b"{}", headers=github(placed["secret"], b"{}", f"d-{n}"))
    first = (await owner.get("/api/deliveries", params={"limit": 3})).json()
    rest = (await owner.get("/api/deliveries", params={"limit": 3, "cursor": first["next"]})).json()
    assert [item["delivery"] for item in first["deliveries"] + rest["deliveries"]] == [f"d-{n}" for n in (4, 3, 2, 1, 0)]
    assert "next" not in rest or rest["next"] is None
    found = (await owner.get("/api/deliveries", params={"search": "d-3"})).json()["deliveries"]
    assert [item["delivery"] for item in found] == ["d-3"]
    assert (await owner.get("/api/deliveries", params={"search": "%"})).json()["deliveries"] == []
    for wrong in ({"cursor": "nonsense"}, {"status": "nonsense"}, {"trigger": "1"}, {"search": "\0"}):
        assert (await owner.get("/api/deliveries", params=wrong)).status_code in (400, 422), wrong


async def test_a_delivery_whose_process_died_before_its_run_began_is_found(api: Api, owner: httpx2.AsyncClient, dsn: str) -> None:
    [placed] = await publish(owner, workflow(webhook(connector="github", input="{{ event.action }}")))
    body = body_of(issue)
    delivery = "0198c5a0-0000-7000-8000-00000000abcd"
    link = await asyncpg.connect(dsn)
    try:
        # What is there when the process dies between the two commits.
        await link.execute(
            "insert into deliveries (workspace, id, trigger_id, delivery, headers, body, verdict, status, execution_id, due_at)"
            " values (1, $1, $2, 'lost', '{}', $3, 'verified', 'received', $1::uuid::text, now())",
            delivery, placed["id"], body,
        )  # fmt: skip
    finally:
        await link.close()
    assert await output(owner, delivery) == "opened"
    async with asyncio.timeout(30):
        while (await owner.get(f"/api/deliveries/{delivery}")).json()["delivery"]["status"] != "done":
            await asyncio.sleep(0.1)


async def test_secrets_of_triggers_are_never_read_back(owner: httpx2.AsyncClient) -> None:
    [placed] = await publish(owner, workflow(webhook(connector="github")))
    secret = placed["secret"]
    for path in (
        "/api/triggers", f"/api/triggers/{placed['id']}", "/api/deliveries", "/api/workflows/w/versions", "/api/workflows/w/versions/1",
        "/api/workflows/w/export", "/api/workflows?id=w",
    ):  # fmt: skip
        answer = await owner.get(path)
        assert answer.status_code == 200, (path, answer.text)
        assert secret not in answer.text, path
    again = await owner.post("/api/workflows/w/publish")
    assert secret not in again.text

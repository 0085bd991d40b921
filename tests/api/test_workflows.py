"""Workflows over HTTP: the kept routes for older and newer clients, revisions, checking and importing."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import httpx2
import pytest
from tests.api.conftest import Api

from tenuto.core.catalog import discover
from tenuto.core.documents.translate import translate
from tenuto.core.documents.validation import validate

fixtures = Path(__file__).parents[1] / "fixtures" / "definitions"

today: dict[str, Any] = {
    "id": "support",
    "name": "Support",
    "startNode": "shout",
    "nodes": [
        {"id": "shout", "type": "transform", "config": {"value": "{{ input.message.upper() }}"}, "position": {"x": 1, "y": 2}},
        {"id": "long", "type": "condition", "config": {"condition": "{{ len(nodes.shout.output) > 10 }}"}},
        {"id": "post", "type": "integration", "output_variable": "posted",
         "config": {"integration": "slack", "action": "send_message", "params": {"channel": "#a", "text": "{{ nodes.shout.output }}"}}},
        {"id": "end", "type": "end", "config": {"output": "short"}},
    ],
    "edges": [
        {"from": "shout", "to": "long"},
        {"from": "long", "port": "false", "to": "end"},
        {"from": "long", "port": "true", "to": "post"},
    ],
    "settings": {"tags": ["a"]},
}  # fmt: skip


def older(name: str) -> dict[str, Any]:
    return json.loads((fixtures / name).read_text())


async def made(client: httpx2.AsyncClient, document: dict[str, Any]) -> dict[str, Any]:
    answer = await client.post("/api/workflows", json=document)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def stored(client: httpx2.AsyncClient, id: str) -> dict[str, Any]:
    answer = await client.get("/api/workflows", params={"id": id})
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize("name", ["older-email-triage.json", "older-bare-condition.json"])
async def test_an_older_client_finds_what_it_wrote(owner: httpx2.AsyncClient, name: str) -> None:
    sent = older(name)
    assert set(await made(owner, sent)) == {"success", "workflow", "message", "revision", "version", "issues"}
    found = (await stored(owner, sent["id"]))["workflow"]
    for before, after in zip(sent["nodes"], found["nodes"], strict=True):
        assert after["id"] == before["id"]
        assert after["type"] == before["type"]
        assert after["nextNodes"] == before["nextNodes"]
        assert after.get("agent") == before.get("agent")
        for field in ("integrationType", "action", "outputVariable", "inputVariable", "transformation"):
            assert after["config"].get(field) == before["config"].get(field)
    assert [agent["id"] for agent in found["agents"]] == [agent["id"] for agent in sent["agents"]]
    assert (found["name"], found["startNode"]) == (sent["name"], sent["startNode"])
    assert found["created"]
    assert found["updated"]


@pytest.mark.parametrize("document", [today, older("older-email-triage.json"), older("older-bare-condition.json")])
async def test_an_answer_can_be_sent_back_and_run_as_it_is(owner: httpx2.AsyncClient, document: dict[str, Any]) -> None:
    await made(owner, document)
    first = await stored(owner, document["id"])
    again = await owner.put("/api/workflows", json=first["workflow"])
    assert again.status_code == 200, again.text
    assert again.json()["workflow"] == first["workflow"], "nothing changed, and nothing was written"
    assert again.json()["revision"] == first["revision"]
    report = validate(first["workflow"], discover())
    assert not report.errors, report.errors
    assert report.require().canonical == validate(document, discover()).require().canonical


async def test_today_s_shape_is_kept_whole(owner: httpx2.AsyncClient) -> None:
    await made(owner, today)
    found = (await stored(owner, "support"))["workflow"]
    assert found["edges"] == today["edges"]
    assert found["settings"] == today["settings"]
    assert found["nodes"][0]["position"] == {"x": 1, "y": 2}
    assert found["nodes"][1]["nextNodes"] == ["post", "end"], "the first of a condition is its true"
    assert found["nodes"][2]["config"]["integrationType"] == "slack"
    assert found["nodes"][2]["config"]["outputVariable"] == "posted"


async def test_an_older_client_links_a_node_anew(owner: httpx2.AsyncClient) -> None:
    await made(owner, today)
    workflow = (await stored(owner, "support"))["workflow"]
    workflow["nodes"][1]["nextNodes"] = ["end", "post"]
    changed = (await owner.put("/api/workflows", json=workflow)).json()["workflow"]
    ports = {edge["to"]: edge["port"] for edge in changed["edges"] if edge["from"] == "long"}
    assert ports == {"end": "true", "post": "false"}
    assert changed["nodes"][0]["position"] == {"x": 1, "y": 2}, "what older clients do not know stays"


async def test_an_older_client_sends_nodes_alone(owner: httpx2.AsyncClient) -> None:
    await made(owner, today)
    nodes = (await stored(owner, "support"))["workflow"]["nodes"][:1]
    nodes[0]["nextNodes"] = []
    changed = (await owner.put("/api/workflows", json={"id": "support", "nodes": nodes})).json()["workflow"]
    assert [node["id"] for node in changed["nodes"]] == ["shout"]
    assert changed["edges"] == []


async def test_a_newer_client_changes_edges_and_leaves_next_nodes_as_they_came(owner: httpx2.AsyncClient) -> None:
    await made(owner, today)
    workflow = (await stored(owner, "support"))["workflow"]
    workflow["edges"] = [edge for edge in workflow["edges"] if edge["to"] != "end"]
    changed = (await owner.put("/api/workflows", json=workflow)).json()["workflow"]
    assert [edge["to"] for edge in changed["edges"]] == ["long", "post"]
    assert changed["nodes"][1]["nextNodes"] == ["post"]


async def test_without_a_stored_one_to_compare_next_nodes_counts_and_says_so(owner: httpx2.AsyncClient) -> None:
    await made(owner, today)
    workflow = (await stored(owner, "support"))["workflow"]
    workflow["nodes"][0]["nextNodes"] = ["end"]
    translated = translate(workflow)
    assert [edge["to"] for edge in translated.document["edges"] if edge["from"] == "shout"] == ["end"]  # type: ignore[index]
    assert [(issue.pointer, issue.severity) for issue in translated.issues] == [("/edges/0", "warning")]


async def test_lists_those_changed_last_first(owner: httpx2.AsyncClient) -> None:
    for name in ("a", "b", "c"):
        await made(owner, today | {"id": name})
    await owner.put("/api/workflows", json={"id": "a", "name": "Other"})
    listed = (await owner.get("/api/workflows")).json()
    assert [item["id"] for item in listed["workflows"]] == ["a", "c", "b"]
    assert listed["total"] == 3
    assert listed["revisions"] == {"a": 2, "b": 1, "c": 1}
    page = (await owner.get("/api/workflows", params={"limit": 2})).json()
    rest = (await owner.get("/api/workflows", params={"limit": 2, "cursor": page["next"]})).json()
    assert [item["id"] for item in rest["workflows"]] == ["b"]
    assert rest.get("next") is None


async def test_a_stale_revision_loses_nothing(owner: httpx2.AsyncClient) -> None:
    assert (await made(owner, today))["revision"] == 1
    answer = await owner.put("/api/workflows", json={"id": "support", "name": "Mine", "revision": 1})
    assert (answer.json()["revision"], answer.headers["etag"]) == (2, '"2"')
    for stale in (
        await owner.put("/api/workflows", json={"id": "support", "name": "Theirs", "revision": 1}),
        await owner.put("/api/workflows", json={"id": "support", "name": "Theirs"}, headers={"If-Match": '"1"'}),
    ):
        assert stale.status_code == 409
        assert "revision 2" in stale.json()["error"]
    assert (await stored(owner, "support"))["workflow"]["name"] == "Mine"
    assert (await owner.put("/api/workflows", json={"id": "support", "name": "C"}, headers={"If-Match": 'W/"2"'})).status_code == 200
    assert (await owner.put("/api/workflows", json={"id": "support", "name": "D"}, headers={"If-Match": "*"})).status_code == 200
    assert (await owner.put("/api/workflows", json={"id": "support", "name": "E"})).json()["workflow"]["name"] == "E", "the last wins"
    assert (await owner.put("/api/workflows", json={"id": "support"}, headers={"If-Match": "nonsense"})).status_code == 400


@pytest.mark.parametrize("missing", ["name", "nodes", "startNode"])
async def test_a_required_field_is_missed_with_400(owner: httpx2.AsyncClient, missing: str) -> None:
    answer = await owner.post("/api/workflows", json={key: value for key, value in today.items() if key != missing})
    assert answer.status_code == 400
    assert missing in answer.json()["error"]
    assert answer.json()["success"] is False


refused: list[tuple[dict[str, Any], int, str | None]] = [
    ({"nodes": "x"}, 422, "wrong-type"),
    ({"nodes": [{"id": "a"}]}, 422, "missing-field"),
    ({"colour": "red"}, 422, "unknown-field"),
    ({"id": "x" * 129}, 422, None),
    ({"id": 7}, 422, None),
    ({"id": "a\0b"}, 422, None),
    ({"name": "a\0b"}, 422, None),
    (
        {"nodes": [{"id": "n", "type": "condition", "config": {"variable": "a", "operator": "like"}, "nextNodes": []}]},
        422,
        "unknown-operator",
    ),
]


@pytest.mark.parametrize(("change", "status", "code"), refused)
async def test_what_is_no_workflow_is_refused_with_its_place(
    owner: httpx2.AsyncClient, change: dict[str, Any], status: int, code: str | None
) -> None:
    answer = await owner.post("/api/workflows", json=today | change)
    assert answer.status_code == status, answer.text
    if code:
        assert code in [issue["code"] for issue in answer.json()["issues"]]


async def test_a_draft_may_be_unfinished_and_says_what_is_wrong(owner: httpx2.AsyncClient) -> None:
    unfinished: dict[str, Any] = {
        "name": "New",
        "startNode": "a",
        "nodes": [{"id": "a", "type": "integration", "config": {}}],
        "edges": [{"from": "a", "to": "b"}],
    }
    answer = await made(owner, unfinished)
    assert answer["workflow"]["id"].startswith("workflow-")
    assert {issue["pointer"] for issue in answer["issues"] if issue["severity"] == "error"} >= {"/edges/0/to"}
    assert (await stored(owner, answer["workflow"]["id"]))["issues"] == answer["issues"]


@pytest.mark.parametrize("id", ["a/b", "ü ?#&=%", "x" * 128, "../..", "executions"])
async def test_ids_of_any_form(owner: httpx2.AsyncClient, id: str) -> None:
    await made(owner, today | {"id": id})
    assert (await stored(owner, id))["workflow"]["id"] == id
    assert (await owner.delete("/api/workflows", params={"id": id})).json()["success"] is True


async def test_delete_and_use_the_id_again(owner: httpx2.AsyncClient) -> None:
    await made(owner, today)
    assert (await owner.post("/api/workflows", json=today)).status_code == 409
    assert (await owner.post("/api/workflows/support/publish")).json()["version"]["number"] == 1
    assert (await owner.delete("/api/workflows", params={"id": "support"})).status_code == 200
    assert (await owner.get("/api/workflows", params={"id": "support"})).status_code == 404
    assert (await owner.put("/api/workflows", json={"id": "support", "name": "x"})).status_code == 404
    assert (await owner.delete("/api/workflows", params={"id": "support"})).status_code == 404
    assert (await owner.delete("/api/workflows")).status_code == 400
    assert (await owner.get("/api/workflows")).json()["total"] == 0
    again = await made(owner, today)
    assert again["version"] is None
    changed = today | {"name": "Other"}
    await owner.put("/api/workflows", json=changed)
    assert (await owner.post("/api/workflows/support/publish")).json()["version"]["number"] == 2, "a number never means two things"


async def test_check_lists_everything_and_stores_nothing(owner: httpx2.AsyncClient) -> None:
    good = (await owner.post("/api/workflows/validate", json={"workflow": today})).json()
    assert good == {"success": True, "valid": True, "issues": []}
    text = "name: X\nstartNode: a\nnodes:\n  - {id: a, type: condition, config: {condition: '{{ nodes.b.output }}'}}\n  - {id: a, type: nope}\n"
    bad = (await owner.post("/api/workflows/validate", json={"text": text})).json()
    assert bad["valid"] is False
    assert {"unknown-node-type", "duplicate-node-id"} & {issue["code"] for issue in bad["issues"]}
    assert all(issue["line"] for issue in bad["issues"])
    assert (await owner.get("/api/workflows")).json()["total"] == 0
    assert (await owner.post("/api/workflows/validate", json={"text": "a: ["})).status_code == 400


async def test_import_is_data_and_makes_a_draft(owner: httpx2.AsyncClient, tmp_path: Path) -> None:
    text = "id: imported\nname: From a file\nstartNode: a\nnodes:\n  - {id: a, type: transform, config: {value: 'on'}}\n"
    answer = await owner.post("/api/workflows/import", json={"text": text})
    assert answer.status_code == 201, answer.text
    assert answer.json()["workflow"]["nodes"][0]["config"] == {"value": "on"}
    assert answer.json()["version"] is None
    assert (await owner.post("/api/workflows/import", json={"text": text})).status_code == 409
    assert (await owner.post("/api/workflows/import", json={"text": text, "id": "second"})).json()["workflow"]["id"] == "second"
    assert (await owner.post("/api/workflows/import", json={"workflow": older("older-bare-condition.json")})).status_code == 201
    canary = tmp_path / "canary"
    evil = f"name: !!python/object/apply:os.system ['touch {canary}']"
    assert (await owner.post("/api/workflows/import", json={"text": evil})).status_code == 400
    assert not canary.exists()
    assert (await owner.post("/api/workflows/import", json={})).status_code == 400
    assert (await owner.post("/api/workflows/import", json={"text": "[1]"})).status_code == 400


async def test_nobody_sees_or_changes_another_workspace_s(api: Api) -> None:
    owner, stranger = api.as_role("owner"), api.client(api.foreign)
    await made(owner, today)
    assert (await stranger.get("/api/workflows", params={"id": "support"})).status_code == 404
    assert (await stranger.put("/api/workflows", json={"id": "support", "name": "x"})).status_code == 404
    assert (await stranger.delete("/api/workflows", params={"id": "support"})).status_code == 404
    assert (await stranger.get("/api/workflows")).json()["total"] == 0
    await made(stranger, today | {"name": "Theirs"})
    assert (await stored(owner, "support"))["workflow"]["name"] == "Support"


async def test_roles(api: Api) -> None:
    viewer = api.as_role("viewer")
    assert (await viewer.get("/api/workflows")).status_code == 200
    assert (await viewer.post("/api/workflows", json=today)).status_code == 403
    assert (await api.as_role("operator").delete("/api/workflows", params={"id": "x"})).status_code == 403
    assert (await api.client().get("/api/workflows")).status_code == 401


def coded(code: str, **inputs: Any) -> dict[str, Any]:
    return {"id": "c", "name": "C", "startNode": "n", "nodes": [{"id": "n", "type": "code", "config": {"code": code, "inputs": inputs}}]}


async def test_what_is_wrong_in_code_is_told_with_its_line(owner: httpx2.AsyncClient) -> None:
    code = 'repo = await github.list_issues(owner="a", repo=name)\nfirst = github.create_issu(owner="a")\nlen(missing)'
    answer = (await owner.post("/api/workflows/validate", json={"workflow": coded(code, name="{{ input.message }}")})).json()
    assert answer["valid"] is False
    told = [(issue["pointer"], issue["code"], issue["line"], issue["column"], issue["node"]) for issue in answer["issues"]]
    assert told == [
        ("/nodes/0/config/code", "code-unresolved-attribute", 2, 9, "n"),
        ("/nodes/0/config/code", "code-unresolved-reference", 3, 5, "n"),
    ]
    assert "create_issu" in answer["issues"][0]["message"]
    draft = await made(owner, coded(code))
    assert [issue["line"] for issue in draft["issues"] if issue["severity"] == "error"] == [1, 2, 3]
    refused = await owner.post("/api/workflows/c/publish", json={})
    assert (refused.status_code, refused.json()["type"].rpartition("/")[2]) == (422, "invalid-definition")
    started = await owner.post("/api/workflow/execute", json={"workflow": coded("x = = 1"), "simulate": True})
    assert started.status_code == 422, started.text


async def test_right_code_is_valid_and_templates_in_it_are_none(owner: httpx2.AsyncClient) -> None:
    code = (
        "if text:\n    return '{{ not.a.template }}' + text\nawait asyncio.gather(http.request(url='https://x.example'), asyncio.sleep(1))"
    )
    answer = (await owner.post("/api/workflows/validate", json={"workflow": coded(code, text="{{ input.message }}")})).json()
    assert (answer["valid"], answer["issues"]) == (True, [])


async def test_in_a_file_the_line_is_that_of_the_file(owner: httpx2.AsyncClient) -> None:
    text = "name: C\nstartNode: n\nnodes:\n  - id: n\n    type: code\n    config:\n      code: |\n        a = 1\n        b = nothing\n"
    answer = (await owner.post("/api/workflows/validate", json={"text": text})).json()
    assert [(issue["line"], issue["column"]) for issue in answer["issues"]] == [(9, 13)]

"""Drafts: edited by operations, kept when wrong, told apart when two people write, taken back; and never what runs."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import asyncpg
import httpx2
import pytest
from tests.api.conftest import Api

from tenuto.core.documents.reader import read_document

flow: dict[str, Any] = {
    "id": "team/flow",
    "name": "Flow",
    "startNode": "shout",
    "nodes": [{"id": "shout", "type": "transform", "config": {"value": "{{ input.message.upper() }}"}}, {"id": "stop", "type": "end"}],
    "edges": [{"from": "shout", "to": "stop"}],
}
at = "/api/workflows/team%2Fflow"
draft = f"{at}/draft"


@pytest.fixture
async def client(owner: httpx2.AsyncClient) -> httpx2.AsyncClient:
    answer = await owner.post("/api/workflows/drafts", json={"id": "team/flow", "definition": flow})
    assert answer.status_code == 201, answer.text
    return owner


async def edit(client: httpx2.AsyncClient, rev: int, *ops: dict[str, Any]) -> httpx2.Response:
    return await client.patch(draft, json={"ops": ops}, headers={"If-Match": f'"{rev}"'})


async def test_a_draft_is_read_edited_and_told_apart_from_what_is_published(client: httpx2.AsyncClient) -> None:
    answer = await client.get(draft)
    found = answer.json()["draft"]
    assert (found["rev"], found["differs"], found["version"], found["issues"]) == (1, True, None, [])
    assert found["definition"] == flow
    assert found["by"]["label"] == "key:owner"
    assert answer.headers["etag"] == '"1"'
    assert (await client.post(f"{at}/publish")).status_code == 200
    assert (await client.get(draft)).json()["draft"]["differs"] is False
    changed = await edit(client, 1, {"path": "/nodes/shout/name", "after": "Shout"})
    assert changed.status_code == 200, changed.text
    assert changed.headers["etag"] == '"2"'
    found = changed.json()["draft"]
    assert (found["rev"], found["differs"], found["version"], found["base_version"]) == (2, True, 1, 1)
    assert found["definition"]["nodes"][0]["name"] == "Shout"
    again = (await edit(client, 2, {"path": "/nodes/shout/name", "after": "Shout"})).json()["draft"]
    assert again["rev"] == 2, "what changes nothing is no revision"
    older = (await client.get("/api/workflows", params={"id": "team/flow"})).json()
    assert older["workflow"]["nodes"][0]["name"] == "Shout", "older clients see the same draft"
    run = await client.post("/api/workflow/execute", json={"workflow_id": "team/flow", "message": "x"}, headers={"Prefer": "wait=30"})
    graph = (await client.get(f"/api/executions/{run.json()['execution']['id']}")).json()["execution"]["graph"]
    assert graph["nodes"][0]["name"] is None, "what runs is what was published"


async def test_who_edited_an_older_revision_is_told_what_changed_since(client: httpx2.AsyncClient, api: Api) -> None:
    ana = api.as_role("editor")
    assert (await edit(client, 1, {"path": "/name", "before": "Flow", "after": "Mine"})).status_code == 200
    assert (await ana.put("/api/workflows", json={"id": "team/flow", "description": "Older clients write too"})).status_code == 200
    late = await edit(ana, 1, {"path": "/name", "after": "Theirs"})
    assert late.status_code == 412
    told = late.json()
    assert told["type"].endswith("/outdated-revision")
    assert (told["success"], told["rev"], late.headers["etag"]) == (False, 3, '"3"')
    assert [(each["rev"], each["by"]["label"]) for each in told["since"]] == [(2, "key:owner"), (3, "key:editor")]
    assert told["since"][0]["ops"] == [{"path": "/name", "before": "Flow", "after": "Mine"}]
    assert told["since"][1]["ops"] == [{"path": "/description", "after": "Older clients write too"}]
    assert (await client.get(draft)).json()["draft"]["definition"]["name"] == "Mine", "nothing was overwritten"
    never = await edit(ana, 99, {"path": "/name", "after": "x"})
    assert (never.status_code, "since" in never.json()) == (412, False), "what is not known is not made up"
    for answer in (
        await client.put(draft, json={"definition": flow}, headers={"If-Match": '"1"'}),
        await client.delete(draft, headers={"If-Match": '"1"'}),
    ):
        assert answer.status_code == 412
    assert (await client.patch(draft, json={"ops": [{"path": "/name", "after": "x"}]})).status_code == 400, "a revision is needed"


async def test_of_many_at_once_each_revision_is_written_once(client: httpx2.AsyncClient) -> None:
    answers = await asyncio.gather(*(edit(client, 1, {"path": "/description", "after": str(each)}) for each in range(8)))
    assert sorted(answer.status_code for answer in answers) == [200] + [412] * 7


async def test_a_wrong_draft_is_kept_and_not_published(client: httpx2.AsyncClient) -> None:
    wrong = await edit(
        client, 1, {"path": "/startNode"}, {"path": "/nodes/stop/type", "after": "nonsense"}, {"path": "/nodes/shout/retry", "after": "often"},
        {"path": "/edges/shout/out/nobody", "after": {}},
    )  # fmt: skip
    assert wrong.status_code == 200, wrong.text
    found = wrong.json()["draft"]
    assert {issue["pointer"] for issue in found["issues"]} >= {"/nodes/1/type", "/nodes/0/retry", "/edges/1/to"}, found["issues"]
    refused = await client.post(f"{at}/publish")
    assert refused.status_code == 422
    assert refused.json()["type"].endswith("/invalid-definition")
    assert (await client.get("/api/workflows", params={"id": "team/flow"})).status_code == 200
    assert (await client.get("/api/workflows")).status_code == 200
    assert (await client.get(f"{at}/export")).status_code == 200
    assert (await client.post(f"{at}/validate")).json()["valid"] is False
    assert (await client.get(draft)).json()["draft"]["definition"]["nodes"][0]["retry"] == "often"


@pytest.mark.parametrize(
    ("body", "status", "at"),
    [
        ({"ops": []}, 422, "/ops"),
        ({"ops": [{"path": "/name", "afer": "x"}]}, 422, "/ops/0/afer"),
        ({"ops": [{"path": "/nodes/nobody/name", "after": "x"}]}, 422, "/ops/0/path"),
        ({"ops": [{"path": "/name", "before": "x", "after": "y"}]}, 409, "/ops/0/before"),
        ({"ops": [{"path": "/name", "after": ""}]}, 422, "/name"),
        ({"ops": [{"path": "/name"}]}, 422, "/name"),
        ({"ops": [{"path": "/name", "after": "a\0b"}]}, 422, "/name"),
        ({"ops": [{"path": "/nodes/stop/config/note", "after": "x" * 2_097_100}]}, 413, None),
    ],
)
async def test_bad_edits_are_refused_with_their_place(
    client: httpx2.AsyncClient, body: dict[str, Any], status: int, at: str | None
) -> None:
    answer = await client.patch(draft, json=body, headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.json().get("pointer")) == (status, at), answer.text[:500]
    assert (await client.get(draft)).json()["draft"]["rev"] == 1


async def test_an_empty_workflow_is_begun_and_ids_are_taken_once(owner: httpx2.AsyncClient) -> None:
    made = (await owner.post("/api/workflows/drafts")).json()["draft"]
    assert made["definition"] == {"id": made["id"], "name": "Untitled workflow", "nodes": [], "edges": []}
    assert made["issues"]
    assert (await owner.post("/api/workflows/drafts", json={"id": made["id"]})).status_code == 409
    assert (await owner.post("/api/workflows/drafts", json={"id": "a\0"})).status_code == 422
    assert (await owner.post("/api/workflows/drafts", json={"definition": {"nodes": []}})).json()["pointer"] == "/name"


async def test_the_drawing_is_kept_apart_from_what_runs_and_travels_with_it(client: httpx2.AsyncClient) -> None:
    first = (await client.post(f"{at}/publish")).json()["version"]
    layout = {
        "nodes": {"shout": {"x": 16, "y": 32}},
        "notes": {"n1": {"x": 0, "y": 0, "text": "# Why"}},
        "groups": {"g1": {"title": "All", "nodes": ["shout", "stop"]}},
    }
    drawn = (await edit(client, 1, {"path": "/layout", "after": layout})).json()["draft"]
    assert (drawn["differs"], drawn["issues"]) == (False, []), "moving cards changes nothing that runs"
    again = (await client.post(f"{at}/publish")).json()["version"]
    assert (again["number"], again["hash"]) == (1, first["hash"])
    assert (await client.get(f"{at}/versions/1")).json()["workflow"]["layout"] == layout
    text = (await client.get(f"{at}/export", params={"version": "1"})).text
    assert read_document(text)["layout"] == layout  # type: ignore[index, call-overload] - it is an object
    copy = await client.post("/api/workflows/import", json={"text": text, "id": "copy"})
    assert copy.status_code == 201, copy.text
    assert (await client.get("/api/workflows/copy/draft")).json()["draft"]["definition"]["layout"] == layout
    assert (await client.post("/api/workflows/copy/publish")).json()["version"]["hash"] == first["hash"]
    assert (await client.get(f"{at}/diff", params={"from": "1"})).json()["difference"]["same"] is True
    wrong = (await edit(client, 2, {"path": "/layout/nodes/shout/x", "after": "left"})).json()["draft"]
    assert [issue["pointer"] for issue in wrong["issues"]] == ["/layout/nodes/shout/x"]
    ran = await client.post("/api/workflow/execute", json={"workflow_id": "team/flow", "message": "x"})
    shown = (await client.get(f"/api/executions/{ran.json()['execution']['id']}")).json()["execution"]["graph"]
    assert shown["layout"] == layout, "a run is drawn as its version"
    run = {"workflow": {**flow, "layout": layout}, "message": "x"}
    assert (await client.post("/api/workflow/execute", json=run)).status_code == 202


async def test_places_in_nodes_become_the_drawing(client: httpx2.AsyncClient) -> None:
    placed = {**flow, "nodes": [{**flow["nodes"][0], "position": {"x": 1, "y": 2}}, flow["nodes"][1]]}
    found = (await client.put(draft, json={"definition": placed}, headers={"If-Match": '"1"'})).json()["draft"]["definition"]
    assert found["layout"] == {"nodes": {"shout": {"x": 1, "y": 2}}}
    assert "position" not in found["nodes"][0]
    older = (await client.get("/api/workflows", params={"id": "team/flow"})).json()["workflow"]
    assert older["nodes"][0]["position"] == {"x": 1, "y": 2}
    moved = [{**older["nodes"][0], "position": {"x": 5, "y": 6}}, older["nodes"][1]]
    assert (await client.put("/api/workflows", json={"id": "team/flow", "nodes": moved})).status_code == 200
    assert (await client.get(draft)).json()["draft"]["definition"]["layout"]["nodes"]["shout"] == {"x": 5, "y": 6}


async def test_what_was_edited_is_discarded_and_comes_back(client: httpx2.AsyncClient) -> None:
    assert (await client.delete(draft)).status_code == 409, "nothing was published"
    await client.post(f"{at}/publish", json={"note": "Begin"})
    await edit(client, 1, {"path": "/name", "after": "Edited"})
    gone = (await client.delete(draft, headers={"If-Match": '"2"'})).json()["draft"]
    assert (gone["definition"]["name"], gone["differs"], gone["rev"]) == ("Flow", False, 3)
    points = (await client.get(f"{at}/restore-points")).json()["points"]
    assert [(point["reason"], point["note"]) for point in points] == [("discard", None), ("publish", "Begin")]
    one = (await client.get(f"{at}/restore-points/{points[0]['number']}")).json()
    assert one["definition"]["name"] == "Edited"
    assert one["difference"]["other"][0]["pointer"] == "/name"
    back = (await client.post(f"{at}/restore-points/{points[0]['number']}/restore", headers={"If-Match": '"3"'})).json()["draft"]
    assert (back["definition"]["name"], back["rev"]) == ("Edited", 4)
    assert (await client.get(f"{at}/restore-points")).json()["points"][0]["reason"] == "restore"
    for number in (0, 99, 2**40, -1):
        assert (await client.get(f"{at}/restore-points/{number}")).status_code == 404
        assert (await client.post(f"{at}/restore-points/{number}/restore")).status_code == 404
    assert (await client.post(f"{at}/restore-points", json={"reason": "work"})).status_code == 422


async def test_ten_minutes_of_work_are_a_restore_point(client: httpx2.AsyncClient, dsn: str) -> None:
    await edit(client, 1, {"path": "/name", "after": "2"})
    await edit(client, 2, {"path": "/name", "after": "3"})
    assert len((await client.get(f"{at}/restore-points")).json()["points"]) == 1, "one at the beginning, then every ten minutes"
    link = await asyncpg.connect(dsn)
    await link.execute("update restore_points set at = at - $1::interval", timedelta(minutes=11))
    await link.close()
    await edit(client, 3, {"path": "/name", "after": "4"})
    points = (await client.get(f"{at}/restore-points")).json()["points"]
    assert [(point["rev"], point["reason"]) for point in points] == [(3, "work"), (1, "work")]
    made = await client.post(f"{at}/restore-points", json={"reason": "paste", "note": "before"})
    assert (made.status_code, made.json()["point"]["rev"]) == (201, 4)


async def test_only_so_many_restore_points_and_revisions_are_kept(client: httpx2.AsyncClient, dsn: str) -> None:
    for _ in range(52):
        assert (await client.post(f"{at}/restore-points")).status_code == 201
    points = (await client.get(f"{at}/restore-points")).json()["points"]
    assert [points[0]["number"], points[-1]["number"], len(points)] == [52, 3, 50]
    link = await asyncpg.connect(dsn)
    await link.execute("update workflows set draft_revision = 2000")
    await link.close()
    assert (await edit(client, 2000, {"path": "/name", "after": "x"})).status_code == 200
    assert (await edit(client, 1999, {"path": "/name", "after": "y"})).json().get("since") is None, "there is a gap"
    assert len((await edit(client, 2000, {"path": "/name", "after": "y"})).json()["since"]) == 1


async def test_drafts_are_a_workspace_s_own_and_written_by_those_who_may(client: httpx2.AsyncClient, api: Api) -> None:
    foreign, viewer, operator = api.client(api.foreign), api.as_role("viewer"), api.as_role("operator")
    assert (await viewer.get(draft)).status_code == 200
    calls = (
        ("PATCH", draft, {"ops": [{"path": "/name", "after": "x"}]}), ("PUT", draft, {"definition": flow}), ("DELETE", draft, None),
        ("POST", f"{at}/restore-points", {}), ("POST", f"{at}/restore-points/1/restore", None),
    )  # fmt: skip
    for method, path, body in calls:
        refused = await operator.request(method, path, json=body, headers={"If-Match": '"1"'})
        assert refused.status_code == 403, path
        unknown = await foreign.request(method, path, json=body, headers={"If-Match": '"1"'})
        assert unknown.status_code == 404, path
    for path in (draft, f"{at}/restore-points"):
        assert (await foreign.get(path)).status_code == 404
    await client.post(f"{at}/restore-points")
    await client.delete("/api/workflows", params={"id": "team/flow"})
    assert (await client.get(draft)).status_code == 404
    await client.post("/api/workflows/drafts", json={"id": "team/flow", "definition": flow})
    assert (await client.get(f"{at}/restore-points")).json()["points"] == [], "a deleted workflow's are gone"

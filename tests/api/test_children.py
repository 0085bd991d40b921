"""The runs of a run over HTTP: hidden from lists, listed under their parent, counted in its view, and deleted with it."""

from __future__ import annotations

import httpx2
import pytest
from pydantic import JsonValue
from tests.api.conftest import Api
from tests.api.runs import document, execute, value


def each(items: JsonValue, inner: dict[str, JsonValue]) -> dict[str, JsonValue]:
    body: JsonValue = {"startNode": inner["id"], "nodes": [inner]}
    return {"id": "each", "type": "map", "config": {"items": items, "body": body, "on_item_error": "continue"}}


mapping = document(each([1, 0, 2], value("a", "{{ 2 / item }}")))


async def test_children_are_listed_under_their_parent_only(owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, mapping, wait=30)
    listed = (await owner.get("/api/executions")).json()["executions"]
    assert [one["id"] for one in listed] == [run["id"]]
    assert (await owner.get("/api/workflows/executions")).json()["total"] == 1
    first = (await owner.get(f"/api/executions/{run['id']}/children", params={"limit": 2})).json()
    rest = (await owner.get(f"/api/executions/{run['id']}/children", params={"limit": 2, "cursor": first["next"]})).json()
    assert rest["next"] is None
    children = [*first["children"], *rest["children"]]
    assert [(child["node"], child["index"], child["status"]) for child in children] == [
        ("each", 0, "completed"), ("each", 1, "failed"), ("each", 2, "completed"),
    ]  # fmt: skip
    failed = (await owner.get(f"/api/executions/{run['id']}/children", params={"status": "failed", "node": "each"})).json()["children"]
    assert failed == [children[1]]
    assert (await owner.get(f"/api/executions/{run['id']}/children", params={"node": "other"})).json()["children"] == []
    whole = (await owner.get(f"/api/executions/{run['id']}")).json()["execution"]
    assert whole["children"]["each"] == {
        "attempt": 1, "total": 3, "pending": 0, "running": 0, "completed": 2, "failed": 1, "cancelled": 0,
    }  # fmt: skip
    child = (await owner.get(f"/api/executions/{children[1]['id']}")).json()["execution"]
    assert child["parent"] == {"id": run["id"], "node": "each", "index": 1}


async def test_ranges_say_how_many_items_are_in_each_state(api: Api, owner: httpx2.AsyncClient) -> None:
    items: JsonValue = [0 if number in {3, 777} else 1 for number in range(1_001)]
    run = await execute(owner, document(each(items, value("a", "{{ 2 / item }}"))), wait=120)
    answer = (await owner.get(f"/api/executions/{run['id']}/children/ranges", params={"node": "each"})).json()
    ranges = {one["first"]: one["counts"] for one in answer["ranges"]}
    assert (answer["attempt"], answer["total"], answer["size"], len(ranges)) == (1, 1_001, 10, 101)
    assert (ranges[0], ranges[10]) == ({"completed": 9, "failed": 1}, {"completed": 10})
    assert (ranges[770], ranges[1_000]) == ({"completed": 9, "failed": 1}, {"completed": 1})
    some = (
        await owner.get(f"/api/executions/{run['id']}/children", params={"node": "each", "first": 770, "limit": 10, "attempt": 1})
    ).json()
    assert [child["index"] for child in some["children"]] == [*range(770, 780)]
    assert (await owner.get(f"/api/executions/{run['id']}/children", params={"node": "each", "attempt": 2})).json()["children"] == []
    assert (await owner.get(f"/api/executions/{run['id']}/children/ranges", params={"node": "other"})).status_code == 404
    assert (await owner.get(f"/api/executions/{run['id']}/children/ranges")).status_code == 422
    assert (await api.client(api.foreign).get(f"/api/executions/{run['id']}/children/ranges", params={"node": "each"})).status_code == 404


async def test_children_go_with_their_parent_and_not_by_themselves(api: Api, owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, mapping, wait=30)
    child = (await owner.get(f"/api/executions/{run['id']}/children")).json()["children"][0]
    refused = await owner.delete(f"/api/executions/{child['id']}")
    assert (refused.status_code, "belongs to another" in refused.text) == (409, True)
    assert (await owner.delete(f"/api/executions/{run['id']}")).status_code == 200
    assert (await owner.get(f"/api/executions/{child['id']}")).status_code == 404
    pool = api.house.database.pool
    for table in ("executions", "execution_events", "child_groups"):
        assert await pool.fetchval(f"select count(*) from {table}") == 0, table


@pytest.mark.parametrize(
    ("params", "status"),
    [
        ({"cursor": "nonsense"}, 400),
        ({"status": "nonsense"}, 422),
        ({"limit": "x"}, 422),
        ({"first": "-1"}, 422),
        ({"first": str(2**31)}, 422),
        ({"attempt": "0"}, 422),
    ],
)
async def test_bad_questions_are_refused(owner: httpx2.AsyncClient, params: dict[str, str], status: int) -> None:
    run = await execute(owner, mapping, wait=30)
    assert (await owner.get(f"/api/executions/{run['id']}/children", params=params)).status_code == status


async def test_children_of_others_are_not_found(api: Api, owner: httpx2.AsyncClient) -> None:
    run = await execute(owner, mapping, wait=30)
    child = (await owner.get(f"/api/executions/{run['id']}/children")).json()["children"][0]
    stranger = api.client(api.foreign)
    assert (await stranger.get(f"/api/executions/{run['id']}/children")).status_code == 404
    assert (await stranger.get(f"/api/executions/{child['id']}")).status_code == 404

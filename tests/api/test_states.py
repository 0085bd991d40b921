"""What a workflow was: listed with who did it, compared without what is no difference, gone back to without losing anything."""

from __future__ import annotations

from pathlib import Path
from typing import Any

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
    "layout": {"nodes": {"shout": {"x": 1, "y": 2}, "stop": {"x": 300, "y": 2}}},
}
at = "/api/workflows/team%2Fflow"
examples = sorted((Path(__file__).parents[2] / "examples").rglob("*.yaml"))


@pytest.fixture
async def client(owner: httpx2.AsyncClient) -> httpx2.AsyncClient:
    answer = await owner.post("/api/workflows/drafts", json={"id": "team/flow", "definition": flow})
    assert answer.status_code == 201, answer.text
    return owner


async def edit(client: httpx2.AsyncClient, **after: object) -> int:
    rev: int = (await client.get(f"{at}/draft")).json()["draft"]["rev"]
    ops = [{"path": f"/{name}", "after": value} for name, value in after.items()]
    changed = await client.patch(f"{at}/draft", json={"ops": ops}, headers={"If-Match": f'"{rev}"'})
    assert changed.status_code == 200, changed.text
    return int(changed.json()["draft"]["rev"])


async def state(client: httpx2.AsyncClient, name: str) -> Any:
    return (await client.get(f"{at}/state?of={name}")).json()


async def test_versions_and_restore_points_are_one_list_with_who_made_them(client: httpx2.AsyncClient) -> None:
    await client.post(f"{at}/publish", json={"note": "Begin"})
    await edit(client, description="Two")
    await client.post(f"{at}/publish")
    states = (await client.get(f"{at}/states")).json()["states"]
    versions = [(each["state"], each["note"], each["current"]) for each in states if each["kind"] == "version"]
    assert versions == [("2", None, True), ("1", "Begin", False)]
    assert {each["by"]["label"] for each in states} == {"key:owner"}
    points = [(each["state"], each["reason"], each["note"]) for each in states if each["kind"] == "point"]
    assert points == [("p2", "publish", None), ("p1", "publish", "Begin")]
    assert [each["at"] for each in states] == sorted((each["at"] for each in states), reverse=True)
    assert (await state(client, "p1"))["definition"] == (await state(client, "1"))["definition"]
    assert (await state(client, "published"))["state"]["state"] == "2"


@pytest.mark.parametrize("path", examples, ids=lambda path: path.stem)
async def test_what_was_just_published_differs_from_the_draft_in_nothing(owner: httpx2.AsyncClient, path: Path) -> None:
    made = await owner.post("/api/workflows/drafts", json={"definition": read_document(path.read_text())})
    assert made.status_code == 201, made.text
    here = f"/api/workflows/{made.json()['draft']['id']}"
    published = await owner.post(f"{here}/publish")
    assert published.status_code == 200, published.text
    answers = [await owner.get(f"{here}/state?of={name}") for name in ("draft", "1")]
    draft, version = [answer.json().get("definition", answer.text) for answer in answers]
    assert {**draft, "layout": None} == {**version, "layout": None}


async def test_a_default_that_is_spelled_out_is_no_difference_and_what_cannot_be_read_stays(client: httpx2.AsyncClient) -> None:
    await client.post(f"{at}/publish")
    nodes = [{**flow["nodes"][0], "on_error": "fail", "join": "all", "retry": {"attempts": 1}}, flow["nodes"][1]]
    rev = (await client.get(f"{at}/draft")).json()["draft"]["rev"]
    spelled = {
        **flow,
        "nodes": nodes,
        "settings": {"priority": "normal"},
        "description": "",
        "edges": [{"from": "shout", "port": "out", "to": "stop"}],
    }
    answer = await client.put(f"{at}/draft", json={"definition": spelled}, headers={"If-Match": f'"{rev}"'})
    assert answer.status_code == 200, answer.text
    assert (await state(client, "draft"))["definition"] == (await state(client, "published"))["definition"]
    broken = {**flow, "nodes": [{**flow["nodes"][0], "retry": "often"}, flow["nodes"][1]], "settings": {"priority": "extreme"}}
    await client.put(f"{at}/draft", json={"definition": broken}, headers={"If-Match": f'"{rev + 1}"'})
    found = (await state(client, "draft"))["definition"]
    assert (found["nodes"][0]["retry"], found["settings"]) == ("often", {"priority": "extreme"})


async def test_an_older_version_becomes_the_draft_and_what_was_there_comes_back(client: httpx2.AsyncClient) -> None:
    await client.post(f"{at}/publish")
    await edit(client, name="Second")
    await client.post(f"{at}/publish")
    rev = await edit(client, name="Third")
    late = await client.post(f"{at}/versions/1/restore", headers={"If-Match": f'"{rev - 1}"'})
    assert (late.status_code, late.json()["rev"]) == (412, rev)
    taken = (await client.post(f"{at}/versions/1/restore", headers={"If-Match": f'"{rev}"'})).json()["draft"]
    assert (taken["definition"]["name"], taken["rev"], taken["base_version"], taken["version"]) == ("Flow", rev + 1, 1, 2)
    assert taken["definition"]["layout"] == flow["layout"]
    newest = (await client.get(f"{at}/restore-points")).json()["points"][0]
    assert newest["reason"] == "restore"
    back = (await client.post(f"{at}/restore-points/{newest['number']}/restore")).json()["draft"]
    assert back["definition"]["name"] == "Third"


@pytest.mark.parametrize(
    ("name", "status"),
    [("p9", 404), ("99", 404), ("published", 404), ("0", 400), ("x", 400), ("p", 400), ("p0", 400), ("-1", 400), ("x" * 21, 422)],
)
async def test_a_state_that_is_not_there_is_said(client: httpx2.AsyncClient, name: str, status: int) -> None:
    answer = await client.get(f"{at}/state?of={name}")
    assert (answer.status_code, answer.json()["success"]) == (status, False)


async def test_states_are_a_workspace_s_own_and_taken_back_by_those_who_may(client: httpx2.AsyncClient, api: Api) -> None:
    await client.post(f"{at}/publish")
    foreign, viewer = api.client(api.foreign), api.as_role("viewer")
    for path in (f"{at}/states", f"{at}/state?of=1", f"{at}/state?of=draft"):
        assert (await viewer.get(path)).status_code == 200, path
        assert (await foreign.get(path)).status_code == 404, path
    assert (await viewer.post(f"{at}/versions/1/restore")).status_code == 403
    assert (await foreign.post(f"{at}/versions/1/restore")).status_code == 404
    for number in ("0", "-1", str(2**40)):
        assert (await client.post(f"{at}/versions/{number}/restore")).status_code == 404
    assert (await client.post(f"{at}/versions/x/restore")).status_code == 422

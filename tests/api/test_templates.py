"""The gallery over HTTP: every template with its picture and its inputs, one whole, and none where there is none."""

from __future__ import annotations

from pathlib import Path

import pytest
from tests.api.conftest import Api, local

from tenuto.core.access import Role
from tenuto.core.catalog import discover
from tenuto.services.authoring.templates import Templates

folder = Path(__file__).parents[2] / "examples"


async def test_every_file_is_listed_with_its_picture_its_applications_and_its_inputs(api: Api) -> None:
    found = {each["id"]: each for each in (await api.as_role("viewer").get("/api/templates")).json()["templates"]}
    assert set(found) == {path.stem for path in folder.glob("*.yaml")}
    for template in found.values():
        ids = {node["id"] for node in template["graph"]["nodes"]}
        assert template["title"]
        assert template["description"]
        assert template["inputs"]
        assert len({(node["x"], node["y"]) for node in template["graph"]["nodes"]}) == len(ids), "two steps stand on one another"
        assert all({edge["source"], edge["target"]} <= ids for edge in template["graph"]["edges"])
    used = {name: [each["key"] for each in template["applications"]] for name, template in found.items()}
    assert found["support-triage"]["title"] == "Customer support triage"
    assert used["support-triage"] == ["github", "gmail", "slack"]
    assert used["document-questions"] == ["google_drive", "slack"], "agents' tools count"
    assert used["bulk-rows"] == ["hubspot", "slack"], "what a body calls counts"
    assert found["weekly-report"]["triggers"] == ["schedule"]


async def test_one_is_whole_and_runs_as_it_is_given(api: Api) -> None:
    client = api.as_role("operator")
    template = (await client.get("/api/templates/lead-routing")).json()["template"]
    body = {"workflow": template["definition"], "input": template["summary"]["inputs"][0]["input"], "simulate": True}
    answer = await client.post("/api/workflow/execute", params={"wait": 30}, json=body)
    assert answer.json()["execution"]["status"] == "completed", answer.text


async def test_one_is_taken_as_a_workflow_of_ones_own(api: Api) -> None:
    client = api.as_role("editor")
    template = (await client.get("/api/templates/invoice-approval")).json()["template"]
    made = await client.post("/api/workflows/import", json={"workflow": template["definition"]})
    assert made.status_code in {200, 201}, made.text
    assert made.json()["workflow"]["name"] == "Invoice approval"


@pytest.mark.parametrize("id", ["nothing", "..%2Finputs", "support-triage.yaml", "%2e%2e", "x" * 5000])
async def test_what_is_no_template_is_not_found(api: Api, id: str) -> None:
    answer = await api.as_role("viewer").get(f"/api/templates/{id}")
    assert answer.status_code in {404, 414}
    assert len(answer.text) < 1000


async def test_without_the_folder_the_gallery_is_empty(api: Api) -> None:
    assert await Templates(None, discover()).list(local(1)) == ()
    assert api.keys[Role.viewer]

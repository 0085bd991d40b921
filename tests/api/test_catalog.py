"""The catalog over HTTP: whole, tagged, and with the choices for a parameter."""

from __future__ import annotations

import jsonschema
from tests.api.conftest import Api

from tenuto.core.catalog import discover
from tenuto.core.language.schema import violations


async def test_everything_installed_is_described(api: Api) -> None:
    answer = await api.as_role("viewer").get("/api/catalog")
    found, installed = answer.json(), discover()
    assert found["success"] is True
    assert {kind["type"] for kind in found["kinds"]} == set(installed.kinds)
    assert {connector["key"] for connector in found["connectors"]} == set(installed.connectors)
    assert {provider["key"] for provider in found["providers"]} == set(installed.providers)
    for kind in found["kinds"]:
        assert kind["doc"]
        jsonschema.Draft202012Validator.check_schema(kind["config"])
    for connector in found["connectors"]:
        assert {action["key"] for action in connector["actions"]} == set(installed.connectors[connector["key"]].actions)
        for action in connector["actions"]:
            assert action["doc"]
            assert action["effect"] in ("pure", "read", "idempotent_write", "write")
            assert violations(action["example"], action["params"]) == ()
    condition = next(kind for kind in found["kinds"] if kind["type"] == "condition")
    assert condition["ports"] == ["true", "false"]
    assert next(item for item in found["providers"] if item["key"] == "lyzr")["credential"] == "LYZR_API_KEY"


async def test_who_has_it_already_is_told_so(api: Api) -> None:
    client = api.as_role("viewer")
    tag = (await client.get("/api/catalog")).headers["etag"]
    for header in (tag, f'"x", W/{tag}'):
        again = await client.get("/api/catalog", headers={"If-None-Match": header})
        assert (again.status_code, again.content, again.headers["etag"]) == (304, b"", tag)
    assert (await client.get("/api/catalog", headers={"If-None-Match": '"x"'})).status_code == 200


async def test_choices_come_from_examples_where_nothing_is_connected(api: Api) -> None:
    client = api.as_role("operator")
    found = (await client.get("/api/catalog/slack/send_message/options", params={"parameter": "channel"})).json()
    assert found["simulated"] is True
    assert found["options"]
    assert all(option["label"] and option["value"] for option in found["options"])


async def test_what_nothing_lists_is_not_found(api: Api) -> None:
    client, at = api.as_role("operator"), "/api/catalog/slack/send_message/options"
    assert (await client.get(at, params={"parameter": "text"})).status_code == 404
    assert (await client.get(at, params={"parameter": "nope"})).status_code == 404
    assert (await client.get("/api/catalog/slack/nope/options", params={"parameter": "x"})).status_code == 404
    assert (await client.get("/api/catalog/nope/nope/options", params={"parameter": "x"})).status_code == 404
    assert (await client.get(at)).status_code == 422
    assert (await client.get(at, params={"parameter": "channel", "params": "[1]"})).status_code == 400
    assert (await client.get(at, params={"parameter": "channel", "params": "{"})).status_code in (400, 422)
    assert (await api.as_role("viewer").get(at, params={"parameter": "channel"})).status_code == 403

"""`tenuto connectors`: an API's own document becomes an integration that workflows use, in real processes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from tests.cli.conftest import Command

shop = """
openapi: 3.1.0
info: {title: Pet shop, version: "1"}
servers: [{url: https://pets.example.com}]
components: {securitySchemes: {key: {type: http, scheme: bearer}}}
security: [{key: []}]
paths:
  /pets:
    post:
      operationId: createPet
      summary: Take in a pet.
      requestBody:
        required: true
        content: {application/json: {schema: {type: object, required: [name], properties: {name: {type: string, minLength: 1}}}}}
      responses:
        200: {description: it, content: {application/json: {schema: {type: object, properties: {id: {type: integer}, name: {type: string}}}}}}
  /photos:
    post:
      operationId: addPhoto
      requestBody: {required: true, content: {image/png: {}}}
"""
flow = """
name: Take in
startNode: pet
nodes:
  - {id: pet, type: integration, config: {integration: pets, action: create_pet, params: {name: "{{ input.name }}"}}}
"""


@pytest.fixture
def document(tmp_path: Path) -> Path:
    path = tmp_path / "shop.yaml"
    path.write_text(shop)
    return path


def test_a_document_becomes_an_integration_that_workflows_use(tenuto: Command, document: Path) -> None:
    added = tenuto("connectors", "add", document, "--key", "pets")
    assert (added.code, added.out.split(",")[0]) == (0, "pets: Pet shop at https://pets.example.com"), added.err
    assert "Left out: POST /photos. Its body is image/png" in added.err
    listed = {each["key"]: each for each in tenuto("connectors", "list", "--json").json["connectors"]}  # pyright: ignore
    assert (listed["pets"]["actions"], listed["pets"]["openapi"], listed["gmail"]["openapi"]) == (1, True, False)
    assert "create_pet" in tenuto("connectors", "show", "pets").out
    file = tenuto.folder / "flow.yaml"
    file.write_text(flow)
    assert tenuto("validate", file).code == 0
    ran = tenuto("simulate", file, "--input", json.dumps({"name": "Mia"}), "--json")
    assert (ran.code, ran.json["output"]["name"]) == (0, "Mia"), ran.err  # pyright: ignore
    wrong = tenuto.folder / "wrong.yaml"
    wrong.write_text(flow.replace("create_pet", "create_pat"))
    assert 'Did you mean "create_pet"?' in tenuto("validate", wrong).out
    assert tenuto("connectors", "remove", "pets").code == 0
    assert tenuto("validate", file).code == 1


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--key", "gmail"], "connector of Tenuto itself"),
        (["--key", "../evil"], "cannot be the key"),
        (["--key", "pets", "--auth", "cookie:x"], "no way to sign in"),
        (["--key", "pets", "--base-url", "http://pets.example.com"], "https"),
        (["--key", "pets", "--only", "nothing"], "None of its operations"),
    ],
)
def test_what_cannot_be_added_is_told_and_changes_nothing(tenuto: Command, document: Path, arguments: list[str], word: str) -> None:
    said = tenuto("connectors", "add", document, *arguments)
    assert said.code != 0
    assert word in said.err
    assert "Traceback" not in said.err
    assert not [*tenuto.folder.rglob("connectors/*.json")]


def test_one_that_is_there_is_kept_unless_it_is_to_be_replaced(tenuto: Command, document: Path) -> None:
    assert tenuto("connectors", "add", document, "--key", "pets").code == 0
    assert "--replace" in tenuto("connectors", "add", document, "--key", "pets").err
    assert tenuto("connectors", "add", document, "--key", "pets", "--replace", "--name", "Zoo").code == 0
    assert "Zoo" in tenuto("connectors", "list").out


def test_a_definition_that_was_damaged_is_named_with_its_file(tenuto: Command, document: Path) -> None:
    assert tenuto("connectors", "add", document, "--key", "pets").code == 0
    [file] = tenuto.folder.rglob("connectors/pets.json")
    file.write_text('{"key": "pets"')
    said = tenuto("connectors", "list")
    assert said.code != 0
    assert str(file) in said.err
    assert "tenuto connectors remove pets" in said.err
    assert tenuto("connectors", "remove", "pets").code == 0
    assert tenuto("connectors", "list").code == 0

"""The reference pages, made of the catalog and of the HTTP interface; nothing here is written by hand."""

from __future__ import annotations

import ast
import inspect
import json
from collections.abc import Sequence
from itertools import pairwise
from pathlib import Path
from typing import cast

import yaml
from pydantic import AliasChoices, BaseModel, JsonValue

from tenuto.agents.model.vendors import kinds
from tenuto.app import interface
from tenuto.core.catalog import Catalog, discover
from tenuto.core.connector import Action, Connector
from tenuto.core.node import NodeKind
from tenuto.core.vendor import ModelSettings
from tenuto.settings import Settings

_made = "Made by `make docs` from the definitions themselves.\n"


def reference(root: Path) -> dict[Path, str]:
    """Every derived reference, by file."""
    catalog = discover()
    folder = root / "docs" / "reference"
    return {
        root / "spec" / "openapi.json": json.dumps(interface().openapi(), indent=1, ensure_ascii=False) + "\n",
        folder / "nodes.md": nodes(catalog),
        folder / "connectors.md": connectors(catalog),
        folder / "agents.md": agents(catalog),
        folder / "settings.md": settings(),
    }


def nodes(catalog: Catalog) -> str:
    """The page of node kinds."""
    parts = ["# Node kinds", "", _made]
    for key, kind in catalog.kinds.items():
        parts += [f"## `{key}`", "", _doc(kind), "", f"Ports: {', '.join(f'`{port}`' for port in kind.ports_of(kind.example))}.", ""]
        parts += _fields(cast("dict[str, JsonValue]", _config(kind)))
        example = {"id": "example", "type": key, "config": dict(kind.example)}
        parts += ["", "```yaml", yaml.safe_dump(example, sort_keys=False, allow_unicode=True).rstrip(), "```", ""]
    return "\n".join(parts)


def connectors(catalog: Catalog) -> str:
    """The page of connectors and their actions."""
    parts = ["# Connectors", "", _made]
    for connector in catalog.connectors.values():
        parts += [f"## {connector.name} (`{connector.key}`)", "", connector.doc or f"Base URL: {connector.base_url}.", ""]
        for action in connector.actions.values():
            parts += _action(connector, action)
    return "\n".join(parts)


def agents(catalog: Catalog) -> str:
    """The page of agent providers."""
    rows = [
        f"| `{key}` | {provider.name} | {', '.join(f'`{vendor.credential}`' for vendor in provider.vendors()) or 'nothing'} |"
        for key, provider in catalog.providers.items()
    ]
    return "\n".join(["# Agent providers", "", _made, "| provider | name | needs |", "|---|---|---|", *rows, *_models(), ""])


def _models() -> Sequence[str]:
    """The vendors of the provider `model`, and how its agents' settings are written."""
    settings = ModelSettings.model_json_schema()["properties"]
    return [
        "",
        "## Vendors of `model`",
        "",
        "| `model: <vendor>:<name>` | vendor | key | base URL |",
        "|---|---|---|---|",
        *(
            f"| `{kind.key}` | {kind.name.removeprefix('the ')} | `{kind.credential}`{' (if the server wants one)' if kind.anywhere else ''} "
            f"| `{kind.base_setting}`{f', else {kind.base_url}' if kind.base_url else ''} |"
            for kind in kinds.values()
        ),
        "",
        "## `settings` of an agent of `model`",
        "",
        "| field | what it is |",
        "|---|---|",
        *(f"| `{name}` | {field['description']} |" for name, field in settings.items()),
    ]


def settings() -> str:
    """The page of settings: what is written below each field of `Settings`."""
    said = "They are read from the environment, then from `.env.local` and `.env` of the folder in which `tenuto` is started."
    rows = [f"| {_names(name)} | {_default(name)} | {text} |" for name, text in _written_below(Settings).items() if name != "environment"]
    return "\n".join(["# Settings", "", _made, said, "", "| variable | default | what it is |", "|---|---|---|", *rows, ""])


def _written_below(model: type[BaseModel]) -> dict[str, str]:
    body = cast("ast.ClassDef", ast.parse(inspect.getsource(model)).body[0]).body
    texts = {
        field.target.id: ast.literal_eval(text.value)
        for field, text in pairwise(body)
        if isinstance(field, ast.AnnAssign) and isinstance(field.target, ast.Name) and isinstance(text, ast.Expr)
    }
    return {name: texts[name] for name in model.model_fields}


def _names(field: str) -> str:
    alias = Settings.model_fields[field].validation_alias
    return " or ".join(f"`{name}`" for name in (alias.choices if isinstance(alias, AliasChoices) else [alias]))


def _default(field: str) -> str:
    default = Settings.model_fields[field].default
    return "" if default in (None, ()) else f"`{default}`"


def _action(connector: Connector, action: Action) -> list[str]:
    certain = "its effect can be looked up after a lost answer" if action.verify else "its effect cannot be looked up"
    effect = {"read": "reads", "write": f"writes; {certain}", "idempotent_write": "writes, once per key", "pure": "does nothing outside"}
    scopes = f" Scopes: {', '.join(f'`{scope}`' for scope in action.scopes)}." if action.scopes else ""
    return [
        f"### `{connector.key}.{action.key}`",
        "",
        f"{action.doc} It {effect[action.effect]}.{scopes}",
        "",
        *_fields(action.params.model_json_schema()),
        "",
    ]


def _fields(schema: dict[str, JsonValue]) -> list[str]:
    properties = cast("dict[str, dict[str, JsonValue]]", schema.get("properties") or {})
    required = cast("list[str]", schema.get("required") or [])
    if not properties:
        return ["No fields."]
    rows = [
        f"| `{name}`{' *' if name in required else ''} | {_kind(field)} | {str(field.get('description') or '').replace('|', '&#124;')} |"
        for name, field in properties.items()
    ]
    return ["| field | type | what it is |", "|---|---|---|", *rows]


def _kind(field: dict[str, JsonValue]) -> str:
    if "enum" in field:
        return ", ".join(f"`{value}`" for value in cast("list[JsonValue]", field["enum"]))
    options = cast("list[dict[str, JsonValue]]", field.get("anyOf") or [field])
    kinds = [str(option.get("format") or option.get("type") or "any") for option in options if option.get("type") != "null"]
    return " or ".join(dict.fromkeys(kinds)) or "any"


def _config(kind: type[NodeKind]) -> dict[str, JsonValue]:
    return cast("type[NodeKind]", kind.model_fields["config"].annotation).model_json_schema()


def _doc(kind: type[NodeKind]) -> str:
    return (kind.__doc__ or "").strip()

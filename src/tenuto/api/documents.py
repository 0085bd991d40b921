"""The description of the API for people: `/docs`, one page without a script, made of `/openapi.json`."""

from __future__ import annotations

from html import escape
from typing import cast

from fastapi import Request
from fastapi.responses import HTMLResponse, Response
from pydantic import JsonValue

from tenuto.api.routing import Router

router = Router(tag="Documentation")

_policy = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'"


@router.get(
    "/docs",
    permission=None,
    open_because="documentation, the same for everybody",
    response_class=Response,
    responses={200: {"description": "A page.", "content": {"text/html": {"schema": {"type": "string"}}}}},
)
async def documentation(request: Request) -> HTMLResponse:
    """Every route with its fields, its answers and the permission it needs."""
    return HTMLResponse(page(request.app.openapi()), headers={"Content-Security-Policy": _policy, "Cache-Control": "max-age=300"})


def page(described: dict[str, JsonValue]) -> str:
    """The whole page of an OpenAPI description."""
    info = _object(described["info"])
    parts: dict[str, list[str]] = {}
    for path, methods in _object(described["paths"]).items():
        for method, operation in _object(methods).items():
            shown = _object(operation)
            tag = str(cast("list[JsonValue]", shown.get("tags") or ["Other"])[0])
            parts.setdefault(tag, []).append(_operation(method.upper(), path, shown, described))
    sections = "".join(f"<h2>{escape(tag)}</h2>{''.join(items)}" for tag, items in parts.items())
    return _frame.format(
        title=escape(str(info["title"])), version=escape(str(info["version"])), about=escape(str(info["description"])), body=sections
    )


def _operation(method: str, path: str, operation: dict[str, JsonValue], described: dict[str, JsonValue]) -> str:
    needs = str(operation.get("x-permission") or "open")
    rows = [_parameter(_object(item)) for item in cast("list[JsonValue]", operation.get("parameters") or [])]
    rows += [_field(name, shape) for name, shape in _body(operation, described).items()]
    table = f"<table>{''.join(rows)}</table>" if rows else ""
    statuses = ", ".join(
        f"{status} {escape(str(_object(given).get('description', '')))}" for status, given in _object(operation["responses"]).items()
    )
    return (
        f"<details><summary><b>{method}</b> <code>{escape(path)}</code> <i>{escape(needs)}</i></summary>"
        f"<p>{escape(str(operation.get('description') or operation.get('summary') or ''))}</p>{table}<p class=s>{statuses}</p></details>"
    )


def _parameter(item: dict[str, JsonValue]) -> str:
    needed = " *" if item.get("required") else ""
    about = str(item.get("description") or _object(item.get("schema") or {}).get("description") or "")
    return f"<tr><td><code>{escape(str(item['name']))}{needed}</code><td>{escape(str(item['in']))}<td>{escape(about)}"


def _field(name: str, shape: JsonValue) -> str:
    given = _object(shape)
    kind = str(given.get("type") or "")
    return f"<tr><td><code>{escape(name)}</code><td>body {escape(kind)}<td>{escape(str(given.get('description') or ''))}"


def _body(operation: dict[str, JsonValue], described: dict[str, JsonValue]) -> dict[str, JsonValue]:
    content = _object(_object(operation.get("requestBody") or {}).get("content") or {})
    schema = _object(_object(next(iter(content.values()), None)).get("schema") or {})
    if isinstance(reference := schema.get("$ref"), str):
        schema = _object(_object(_object(described["components"])["schemas"])[reference.rpartition("/")[2]])
    return _object(schema.get("properties") or {})


def _object(value: JsonValue | None) -> dict[str, JsonValue]:
    return value if isinstance(value, dict) else {}


_frame = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title} API</title><style>
:root{{color-scheme:light dark}}body{{font:16px/1.5 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}}
summary{{cursor:pointer;padding:.3rem 0}}summary i{{opacity:.7;float:right}}table{{border-spacing:1rem .2rem;text-align:left}}
td{{vertical-align:top}}.s{{font-size:.875rem;opacity:.8}}b{{display:inline-block;min-width:4.5rem}}
</style><h1>{title} API {version}</h1><p>{about} As data: <a href="/openapi.json">/openapi.json</a>.</p>
<p>Send <code>Authorization: Bearer &lt;API key&gt;</code>. Every failure has the same shape: a sentence in <code>error</code>, a stable
<code>type</code>, and what to do in <code>fix</code>.</p>{body}</html>
"""

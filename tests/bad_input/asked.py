"""A bad workflow handed in at every door: checked, run, published and imported; and the command line as a program of its own."""

from __future__ import annotations

import asyncio
import json
import os
from pathlib import Path
from typing import NamedTuple

import httpx2
from pydantic import JsonValue
from tests import commands

Issue = dict[str, JsonValue]


async def issues_at_every_door(client: httpx2.AsyncClient, document: dict[str, JsonValue]) -> list[list[Issue]]:
    """What is said at each: nothing may start, be published or answer with anything but 422 and issues."""
    checked = await client.post("/api/workflows/validate", json={"workflow": document})
    assert checked.status_code == 200, checked.text
    assert checked.json()["valid"] is False
    run = await client.post("/api/workflow/execute", json={"workflow": document})
    assert run.status_code == 422, run.text
    kept = await client.post("/api/workflows", json={**document, "id": "bad"})
    assert kept.status_code == 200, kept.text
    published = await client.post("/api/workflows/bad/publish")
    assert published.status_code == 422, published.text
    imported = await client.post("/api/workflows/import", json={"text": json.dumps(document), "id": "worse"})
    assert imported.status_code == 201, imported.text
    assert (await client.get("/api/executions")).json()["executions"] == []
    return [errors(answer) for answer in (checked, run, kept, published, imported)]


def errors(answer: httpx2.Response) -> list[Issue]:
    return [issue for issue in answer.json()["issues"] if issue["severity"] == "error"]


def text(issue: Issue) -> str:
    """The sentence with its remedy."""
    return f"{issue['message']} {issue['fix']}"


class Said(NamedTuple):
    """How a command ended."""

    code: int | None
    out: str
    errors: str


async def tenuto(folder: Path, *arguments: str, **environment: str) -> Said:
    """The command line with only these settings; killed after a minute, which no command here needs."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    done = await asyncio.to_thread(commands.run, arguments, cwd=folder, env=kept | environment, timeout=60)
    said = Said(done.returncode, done.stdout, done.stderr)
    assert "Traceback" not in said.out + said.errors
    return said

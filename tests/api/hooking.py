"""Workflows with triggers, published; and deliveries signed as their senders do."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from typing import Any

import httpx2


def workflow(*triggers: dict[str, Any], id: str = "w", value: Any = "{{ input }}", **settings: Any) -> dict[str, Any]:
    """A workflow of one node that answers with its input."""
    return {
        "id": id,
        "name": "Hooked",
        "startNode": "a",
        "nodes": [{"id": "a", "type": "transform", "config": {"value": value}}],
        "triggers": list(triggers),
        "settings": settings,
    }


def webhook(id: str = "hook", **more: Any) -> dict[str, Any]:
    return {"id": id, "type": "webhook", **more}


async def publish(client: httpx2.AsyncClient, document: dict[str, Any]) -> list[dict[str, Any]]:
    """Store and publish; answers what was put in place."""
    made = await client.post("/api/workflows", json=document)
    if made.status_code == 409:
        made = await client.put("/api/workflows", json=document)
    assert made.status_code in (200, 201), made.text
    answer = await client.post(f"/api/workflows/{document['id']}/publish")
    assert answer.status_code == 200, answer.text
    return answer.json()["version"]["triggers"]


def github(secret: str, body: bytes, delivery: str, event: str = "issues") -> dict[str, str]:
    """The headers that GitHub sends."""
    return {
        "content-type": "application/json",
        "x-github-event": event,
        "x-github-delivery": delivery,
        "x-hub-signature-256": "sha256=" + hmac.digest(secret.encode(), body, "sha256").hex(),
    }


def plain(secret: str, body: bytes, *, at: float | None = None, **more: str) -> dict[str, str]:
    """The headers of our own scheme, `hmac`."""
    stamp = str(int(time.time() if at is None else at))
    signed = hmac.new(secret.encode(), f"{stamp}.".encode() + body, hashlib.sha256).hexdigest()
    headers = {"content-type": "application/json", "x-signature-timestamp": stamp, "x-signature": f"sha256={signed}"}
    return headers | {name.replace("_", "-"): value for name, value in more.items()}


def body_of(value: Any) -> bytes:
    return json.dumps(value).encode()


def path_of(placed: dict[str, Any]) -> str:
    """The address without the host."""
    return "/api/hooks/" + placed["url"].partition("/api/hooks/")[2]

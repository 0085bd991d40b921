"""The vendors' signed deliveries of shared/specs/webhook-examples: secret, body and headers, to the byte."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tenuto.core.signature import Incoming

vectors_file = Path(__file__).parents[3] / "shared" / "specs" / "webhook-examples" / "signature-test-vectors.json"
names = {"jira-admin-webhook": "jira"}
"""Our name of a vendor's scheme, where it is another."""


def vectors() -> list[dict[str, Any]]:
    return json.loads(vectors_file.read_text()) if vectors_file.exists() else []


def incoming(vector: dict[str, Any]) -> Incoming:
    headers = {name.lower(): value for name, value in vector["headers"].items()}
    return Incoming(headers, vector["body"].encode(), vector.get("method", "POST"), vector.get("uri", ""))


def sent(vector: dict[str, Any]) -> datetime:
    """When it says that it was sent."""
    if vector["vendor"] == "zendesk":
        return datetime(2026, 1, 1, tzinfo=UTC)
    return datetime.fromtimestamp(1531420618 if vector["vendor"] == "slack" else 1700000000, UTC)

"""Slack against the methods of its SDK."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from tests.connectors.conformance import Conformance
from tests.connectors.contracts.openapi import OpenApi
from tests.doubles.slack import Slack
from tests.doubles.vendors import VendorsDouble

from tenuto.connectors.slack import slack
from tenuto.core.values import JsonObject


def cases(_double: VendorsDouble) -> Generator[tuple[str, JsonObject], dict[str, Any], None]:
    yield "send_message", {"channel": "#support", "text": "t", "attachments": [{"text": "a"}]}
    yield "send_message", {"channel": "C00000000", "text": "t", "thread_ts": "1767605400.000100"}
    yield "create_channel", {"name": "new", "is_private": True, "description": "d"}
    yield "list_channels", {"limit": 5, "types": "public_channel, private_channel"}
    yield "get_messages", {"channel": "support", "limit": 2, "latest": "9999999999.0", "oldest": "1.0"}


conformance = Conformance(
    connector=slack,
    double=Slack,
    contract=OpenApi(("slack-web-sdk3.47.openapi3.json",)),
    cases=cases,
    blind={"create_channel": "a channel carries no mark; the name that is taken says that it is there, not who made it"},
)

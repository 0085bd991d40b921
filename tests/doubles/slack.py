"""A double of Slack's Web API: channels, messages and their pages; refusals as Slack makes them, with status 200.

From https://docs.slack.dev/reference/methods and https://docs.slack.dev/apis/web-api/rate-limits.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import UTC, datetime
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.vendor import Books, Fault, Json, Routes, Vendor


class Slack(Vendor):
    """A workspace; the channel #support is always there."""

    key = "slack"

    def __init__(self, books: Books, url: str) -> None:
        super().__init__(books, url)
        self.channels: list[Json] = [slack_channel("C00000000", "support")]
        self.messages: dict[str, list[Json]] = defaultdict(list)

    def routes(self) -> Routes:
        return [
            ("POST", "/chat.postMessage", self._post_message),
            ("POST", "/conversations.create", self._create_channel),
            ("POST", "/conversations.setPurpose", self._set_purpose),
            ("GET", "/conversations.list", self._list_channels),
            ("GET", "/conversations.history", self._history),
            ("GET", "/conversations.replies", self._history),
        ]

    def refuse(self, fault: Fault) -> Response:
        if fault.error:
            return _no(fault.error)
        match fault.kind:
            case "rate_limited":
                return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"retry-after": "30"})
            case "unauthorized":
                return _no("invalid_auth")
            case "forbidden":
                return _no("missing_scope", needed="chat:write", provided="channels:read")
            case "invalid":
                return _no("invalid_arguments")
            case _:
                return _no("fatal_error")

    async def _post_message(self, request: Request, sent: Any) -> Response:
        if "charset=utf-8" not in request.headers.get("content-type", ""):
            return _no("invalid_charset")
        channel = next((c for c in self.channels if sent["channel"] in (c["id"], "#" + c["name"], c["name"])), None)
        if channel is None:
            return _no("channel_not_found")
        ts = f"{datetime.now(UTC).timestamp():.6f}"
        message = {"type": "message", "ts": ts, "text": sent["text"], "bot_id": "B012AB3CD"}
        message |= {name: sent[name] for name in ("thread_ts", "metadata", "attachments") if name in sent}
        self.messages[channel["id"]].insert(0, message)
        self.books.effects[sent.get("metadata", {}).get("event_payload", {}).get("step", "")] += 1
        return JSONResponse({"ok": True, "channel": channel["id"], "ts": ts, "message": message})

    async def _create_channel(self, _request: Request, sent: Any) -> Response:
        if any(channel["name"] == sent["name"] for channel in self.channels):
            return _no("name_taken")
        channel = slack_channel(f"C{self.books.next():08d}", sent["name"], private=sent.get("is_private", False))
        self.channels.append(channel)
        self.books.effects[f"channel:{sent['name']}"] += 1
        return JSONResponse({"ok": True, "channel": channel})

    async def _set_purpose(self, _request: Request, sent: Any) -> Response:
        channel = next((channel for channel in self.channels if channel["id"] == sent["channel"]), None)
        if channel is None:
            return _no("channel_not_found")
        channel["purpose"]["value"] = sent["purpose"]
        return JSONResponse({"ok": True, "channel": channel})

    def _page(self, request: Request, name: str, items: list[Json]) -> Response:
        start = int(request.query_params.get("cursor") or "0")
        end = start + min(int(request.query_params.get("limit", "100")), self.books.page_max)
        following = str(end) if end < len(items) else ""
        return JSONResponse({"ok": True, name: items[start:end], "response_metadata": {"next_cursor": following}})

    async def _list_channels(self, request: Request, _sent: Any) -> Response:
        kinds, query = request.query_params.get("types", "public_channel").split(","), request.query_params
        channels = [
            channel
            for channel in self.channels
            if ("private_channel" if channel["is_private"] else "public_channel") in kinds
            and not (query.get("exclude_archived") == "true" and channel["is_archived"])
        ]
        return self._page(request, "channels", channels)

    async def _history(self, request: Request, _sent: Any) -> Response:
        query = request.query_params
        if query["channel"] not in {channel["id"] for channel in self.channels}:
            return _no("channel_not_found")
        oldest, latest, thread = float(query.get("oldest", "0")), float(query.get("latest", "9e12")), query.get("ts")
        messages = [
            {name: value for name, value in message.items() if name != "metadata" or query.get("include_all_metadata") == "true"}
            for message in self.messages[query["channel"]]
            if oldest < float(message["ts"]) < latest and (message.get("thread_ts") == thread or message["ts"] == thread)
        ]
        return self._page(request, "messages", messages)


def slack_channel(id: str, name: str, *, private: bool = False, archived: bool = False) -> Json:
    """A channel as Slack answers it."""
    return {
        "id": id, "name": name, "is_channel": True, "is_private": private, "is_archived": archived, "is_member": True, "num_members": 1,
        "topic": {"value": "", "creator": "", "last_set": 0}, "purpose": {"value": "", "creator": "", "last_set": 0}, "created": 1767605400,
    }  # fmt: skip


def _no(error: str, **more: Any) -> Response:
    return JSONResponse({"ok": False, "error": error} | more)

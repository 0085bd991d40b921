"""Slack's Web API: post, read and find messages, list and create channels."""

from __future__ import annotations

import re
from datetime import timedelta

from pydantic import JsonValue

from tenuto.connectors.slack.shapes import (
    Channel,
    ChannelFilter,
    ChannelPage,
    Channels,
    Created,
    Done,
    Marked,
    MessageFilter,
    MessagePage,
    Messages,
    NewChannel,
    NewMessage,
    Posted,
)
from tenuto.core.auth import OAuth2, schemes
from tenuto.core.connector import Answer, Calls, Connector, ErrorRule, QueryValue, Request, mark
from tenuto.core.errors import AuthRejected, InvalidOutput, Problem, RateLimited, Rejected, VendorFailed
from tenuto.core.limits import Limits, RateLimit

page_size = 200
event_type = "tenuto_step"
"""The type of the metadata event by which a posted message is found again."""
clock_slack = timedelta(minutes=5)
_json = {"content-type": "application/json; charset=utf-8"}
_id = re.compile(r"[CGD][A-Z0-9]{7,}")


def _refused(answer: Answer) -> bool:
    """Slack says no with status 200 and `ok: false`."""
    try:
        return isinstance(answer.json, dict) and answer.json.get("ok") is False
    except InvalidOutput:
        return False


_reconnect = "Connect Slack again."
slack = Connector(
    key="slack",
    name="Slack",
    doc="Messages and channels.",
    base_url="https://slack.com/api",
    auth=OAuth2(
        authorize_url="https://slack.com/oauth/v2/authorize",
        token_url="https://slack.com/api/oauth.v2.access",  # noqa: S106 - an address, not a password
        scopes=("chat:write", "channels:read", "groups:read", "channels:history", "groups:history", "channels:manage", "groups:write"),
        revoke_url="https://slack.com/api/auth.revoke",
        revoke_by="bearer",
        scope_separator=",",
        rotation="optional",
        pkce=False,  # switching it on makes the app a public client for good
        account=("team", "name"),
    ),
    webhook=schemes["slack"],
    limits=Limits(
        each_path=True,
        known=(
            RateLimit(60, 60, path="/chat.postMessage", burst=10),
            *(RateLimit(20, 60, path=f"/conversations.{method}") for method in ("list", "create", "setPurpose")),
            *(RateLimit(50, 60, path=f"/conversations.{method}") for method in ("history", "replies")),
        ),
    ),
    errors=(
        ErrorRule(
            when=_refused,
            message="error",
            kinds={
                **dict.fromkeys(("ratelimited", "rate_limited"), RateLimited),
                **dict.fromkeys(
                    ("not_authed", "invalid_auth", "account_inactive", "token_expired", "token_revoked", "missing_scope"), AuthRejected
                ),
                **dict.fromkeys(("fatal_error", "internal_error", "service_unavailable", "request_timeout"), VendorFailed),
            },
            fixes={
                **dict.fromkeys(("not_authed", "invalid_auth", "account_inactive", "token_expired", "token_revoked"), _reconnect),
                "missing_scope": "Connect Slack again and grant the scope that is missing; the raw answer names it.",
                "not_in_channel": "Invite the app to the channel: /invite @app.",
                "channel_not_found": "Check the channel; a private one is only found after the app was invited to it.",
                "is_archived": "Unarchive the channel or choose another.",
                "name_taken": "Choose another name, or use the channel that has it.",
            },
        ),
    ),
)


async def _channels(calls: Calls, types: str, limit: int, named: str | None = None) -> tuple[Channel, ...]:
    found: list[Channel] = []
    cursor: str | None = None
    kinds = ",".join(kind.strip() for kind in types.split(","))
    while cursor != "" and len(found) < limit:
        query: dict[str, QueryValue] = {"types": kinds, "limit": page_size, "exclude_archived": True, "cursor": cursor}
        page = await calls.send(Request(result=ChannelPage, method="GET", path="/conversations.list", query=query))
        found += [channel for channel in page.channels if named in (None, channel.name)]
        cursor = page.following
    return tuple(found[:limit])


async def _channel_id(calls: Calls, channel: str) -> str:
    """Reading takes ids only, posting takes names too."""
    if _id.fullmatch(channel):
        return channel
    found = await _channels(calls, "public_channel,private_channel", 1, channel.removeprefix("#"))
    if not found:
        raise Rejected(f"Slack has no channel {channel} that the app can see.", fix="Check the name, or invite the app: /invite @app.")
    return found[0].id


async def _messages(calls: Calls, path: str, query: dict[str, QueryValue], limit: int, marked: str | None = None) -> tuple[Marked, ...]:
    found: list[Marked] = []
    cursor: str | None = None
    size = page_size if marked else min(limit, page_size)
    while cursor != "" and len(found) < limit:
        ask = {**query, "limit": size, "cursor": cursor}
        page = await calls.send(Request(result=MessagePage, method="GET", path=path, query=ask))
        found += [message for message in page.messages if marked in (None, message.mark)]
        cursor = page.following
    return tuple(found[:limit])


async def _posted(calls: Calls, params: NewMessage, key: str) -> Posted | None:
    channel = await _channel_id(calls, params.channel)
    oldest = f"{(calls.now - clock_slack).timestamp():.6f}"
    query: dict[str, QueryValue] = {"channel": channel, "oldest": oldest, "include_all_metadata": True, "ts": params.thread_ts}
    path = "/conversations.replies" if params.thread_ts else "/conversations.history"
    found = await _messages(calls, path, query, 1, mark(key))
    return Posted(ts=found[0].ts, channel=channel, text=found[0].text, sent_at=found[0].sent_at) if found else None


@slack.action(effect="write", scopes=("chat:write",), verify=_posted)
def send_message(params: NewMessage, key: str) -> Request[Posted]:
    """Post a message to a channel or a thread."""
    body: dict[str, JsonValue] = {
        "channel": params.channel,
        "text": params.text,
        "metadata": {"event_type": event_type, "event_payload": {"step": mark(key)}},
    }
    if params.thread_ts:
        body["thread_ts"] = params.thread_ts
    if params.attachments:
        body["attachments"] = list(params.attachments)
    return Request(result=Posted, method="POST", path="/chat.postMessage", headers=_json, json=body)


# Without `verify`: a channel carries nothing of ours from its first moment on, and one of that name may have been there before.
@slack.action(effect="write", scopes=("channels:manage", "groups:write"))
async def create_channel(calls: Calls, params: NewChannel) -> Channel:
    """Create a channel."""
    body: dict[str, JsonValue] = {"name": params.name, "is_private": params.is_private}
    created = await calls.send(Request(result=Created, method="POST", path="/conversations.create", headers=_json, json=body))
    channel = created.channel
    if not params.description:
        return channel
    purpose: dict[str, JsonValue] = {"channel": channel.id, "purpose": params.description}
    try:
        await calls.send(Request(result=Done, method="POST", path="/conversations.setPurpose", headers=_json, json=purpose))
    except Problem as problem:
        # Trying the whole action again would only meet "name_taken".
        raise Rejected(
            f"The channel {channel.name} ({channel.id}) was created, but not described: {problem.data.detail}",
            fix="Describe it in Slack and skip this step; the channel is there.",
            raw=problem.data.raw,
        ) from problem
    return channel.model_copy(update={"description": params.description})


@slack.action(effect="read", scopes=("channels:read", "groups:read"))
async def list_channels(calls: Calls, params: ChannelFilter) -> Channels:
    """List channels."""
    channels = await _channels(calls, params.types, params.limit)
    return Channels(channels=channels, total=len(channels))


@slack.action(effect="read", scopes=("channels:history", "groups:history"))
async def get_messages(calls: Calls, params: MessageFilter) -> Messages:
    """Read a channel's latest messages."""
    channel = await _channel_id(calls, params.channel)
    query: dict[str, QueryValue] = {"channel": channel, "latest": params.latest, "oldest": params.oldest}
    messages = await _messages(calls, "/conversations.history", query, params.limit)
    return Messages(messages=messages, channel=params.channel, total=len(messages))

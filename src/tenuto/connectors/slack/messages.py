"""Slack's messages: posted, changed, deleted, scheduled, read in channels and in threads."""

from __future__ import annotations

from pydantic import Field, JsonValue

from tenuto.connectors.slack.shapes import InChannel, Message, MessageFilter, Messages, NewMessage, OneMessage, Posted
from tenuto.connectors.slack.vendor import (
    Missing,
    channel_id,
    clock_slack,
    event_type,
    json_headers,
    listed_messages,
    slack,
    written,
)
from tenuto.core.connector import Calls, QueryValue, Request, Result, mark, options, unique


class MessageChange(OneMessage):
    """A message's new text."""

    text: str = Field(description="What it is to say, in Slack's markup.", examples=["Solved"], max_length=40_000)
    attachments: tuple[dict[str, JsonValue], ...] | None = Field(
        default=None, description="Attachments as Slack defines them.", examples=[[{"text": "All is well."}]], max_length=100
    )


class ThreadFilter(OneMessage):
    """Which thread: that of any of its messages."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many messages at most.", examples=[100])


class Whisper(InChannel):
    """A message that one person sees."""

    user: str = Field(
        description="Id of the person, who is in the channel.", examples=["U024BE7LH"], min_length=1,
        json_schema_extra=options("list_users", "users"),
    )  # fmt: skip
    text: str = Field(description="What to say, in Slack's markup.", examples=["Only you see this"], min_length=1, max_length=40_000)


class Changed(Result):
    """A message as it is now."""

    ts: str = Field(description="Its id in the channel.", examples=["1767605400.000100"])
    channel: str = Field(description="Id of the channel.", examples=["C024BE91L"])
    text: str = Field(description="What it says.", examples=["Solved"])


class Deleted(Result):
    """A message that is no more."""

    ts: str = Field(description="The id it had.", examples=["1767605400.000100"])
    channel: str = Field(description="Id of the channel.", examples=["C024BE91L"])
    deleted: bool = Field(default=True, description="Always true.", examples=[True])


class Thread(Result):
    """A thread."""

    messages: tuple[Message, ...] = Field(description="Messages, oldest first; the first is what was answered to.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Whispered(Result):
    """A message that one person saw."""

    ts: str = Field(
        validation_alias="message_ts", description="Of no use but as a name.", examples=["1767605400.000100"], json_schema_extra=unique
    )


class Link(Result):
    """Where people read a message."""

    permalink: str = Field(description="Its address.", examples=["https://example.slack.com/archives/C024BE91L/p1767605400000100"])


class _Ts(Result):
    ts: str


async def _posted(calls: Calls, params: NewMessage, key: str) -> Posted | None:
    channel = await channel_id(calls, params.channel)
    oldest = f"{(calls.now - clock_slack).timestamp():.6f}"
    query: dict[str, QueryValue] = {"channel": channel, "oldest": oldest, "include_all_metadata": True, "ts": params.thread_ts}
    path = "/conversations.replies" if params.thread_ts else "/conversations.history"
    try:
        found = await listed_messages(calls, path, query, 1, lambda each: each.mark == mark(key))
    except Missing:
        return None
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
    return Request(result=Posted, method="POST", path="/chat.postMessage", headers=json_headers, json=body)


@slack.action(effect="read", scopes=("channels:history", "groups:history"))
async def get_messages(calls: Calls, params: MessageFilter) -> Messages:
    """Read a channel's latest messages."""
    channel = await channel_id(calls, params.channel)
    query: dict[str, QueryValue] = {"channel": channel, "latest": params.latest, "oldest": params.oldest}
    messages = await listed_messages(calls, "/conversations.history", query, params.limit)
    return Messages(messages=messages, channel=params.channel, total=len(messages))


@slack.action(effect="idempotent_write", scopes=("chat:write",))
async def update_message(calls: Calls, params: MessageChange) -> Changed:
    """Change a message that the app posted."""
    body: dict[str, JsonValue] = {"channel": await channel_id(calls, params.channel), "ts": params.ts, "text": params.text}
    if params.attachments is not None:
        body["attachments"] = list(params.attachments)
    return await calls.send(written(Changed, "chat.update", body))


async def _thread(calls: Calls, channel: str, ts: str, limit: int) -> tuple[Message, ...]:
    return await listed_messages(calls, "/conversations.replies", {"channel": channel, "ts": ts}, limit)


async def _gone(calls: Calls, params: OneMessage, key: str) -> Deleted | None:
    del key
    channel = await channel_id(calls, params.channel)
    try:
        there = any(each.ts == params.ts for each in await _thread(calls, channel, params.ts, 1000))
    except Missing:
        there = False
    return None if there else Deleted(ts=params.ts, channel=channel)


@slack.action(effect="write", scopes=("chat:write",), verify=_gone)
async def delete_message(calls: Calls, params: OneMessage) -> Deleted:
    """Delete a message that the app posted."""
    channel = await channel_id(calls, params.channel)
    await calls.send(written(_Ts, "chat.delete", {"channel": channel, "ts": params.ts}))
    return Deleted(ts=params.ts, channel=channel)


@slack.action(effect="read", scopes=("channels:history", "groups:history"))
async def get_thread(calls: Calls, params: ThreadFilter) -> Thread:
    """Read a thread."""
    messages = await _thread(calls, await channel_id(calls, params.channel), params.ts, params.limit)
    return Thread(messages=messages, total=len(messages))


# Without `verify`: nobody but the person can see whether it came.
@slack.action(effect="write", scopes=("chat:write",))
async def send_ephemeral(calls: Calls, params: Whisper) -> Whispered:
    """Show a message to one person of a channel."""
    body: dict[str, JsonValue] = {"channel": await channel_id(calls, params.channel), "user": params.user, "text": params.text}
    return await calls.send(written(Whispered, "chat.postEphemeral", body))


@slack.action(effect="read")
async def get_permalink(calls: Calls, params: OneMessage) -> Link:
    """Find the address where people read a message."""
    query: dict[str, QueryValue] = {"channel": await channel_id(calls, params.channel), "message_ts": params.ts}
    return await calls.send(Request(result=Link, method="GET", path="/chat.getPermalink", query=query))

"""Slack's channels: listed, created, described, joined, archived, and who is in them."""

from __future__ import annotations

from pydantic import Field, JsonValue

from tenuto.connectors.slack.shapes import Channel, ChannelFilter, Channels, Created, Done, InChannel, NewChannel, Opened, Page
from tenuto.connectors.slack.vendor import channel_id, json_headers, listed_channels, page_size, settle, slack, unless_already, written
from tenuto.core.connector import Calls, Params, QueryValue, Request, Result, options
from tenuto.core.errors import Problem, Rejected


class Invitation(InChannel):
    """Who is to come in."""

    users: tuple[str, ...] = Field(
        description="Ids of people of this workspace.", examples=[["U024BE7LH"]], min_length=1, max_length=100, strict=False,
        json_schema_extra=options("list_users", "users"),
    )  # fmt: skip


class People(Params):
    """With whom."""

    users: tuple[str, ...] = Field(
        description="Ids of people.", examples=[["U024BE7LH"]], min_length=1, max_length=8, strict=False,
        json_schema_extra=options("list_users", "users"),
    )  # fmt: skip


class Topic(InChannel):
    """A channel's topic."""

    topic: str = Field(description="What is talked of now.", examples=["Incident 42"], max_length=250)


class Purpose(InChannel):
    """A channel's description."""

    description: str = Field(description="What it is for.", examples=["All about incident 42"], max_length=250)


class MemberFilter(InChannel):
    """Which members."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.", examples=[100])


class Members(Result):
    """Who is in a channel."""

    members: tuple[str, ...] = Field(description="Ids of people and apps.", examples=[["U024BE7LH"]])
    total: int = Field(description="How many are in the list.", examples=[1])


class State(Result):
    """A channel, and that it is as it was to be."""

    channel: str = Field(description="Id of the channel.", examples=["C024BE91L"])
    ok: bool = Field(default=True, description="Always true.", examples=[True])


class Invited(State):
    """A channel, and who was invited."""

    invited: tuple[str, ...] = Field(description="Who was not in it before.", examples=[["U024BE7LH"]])


class _Found(Result):
    channel: Channel


class _MemberPage(Page):
    members: tuple[str, ...]


# Without `verify`: a channel carries nothing of ours from its first moment on, and one of that name may have been there before.
@slack.action(effect="write", scopes=("channels:manage", "groups:write"))
async def create_channel(calls: Calls, params: NewChannel) -> Channel:
    """Create a channel."""
    body: dict[str, JsonValue] = {"name": params.name, "is_private": params.is_private}
    created = await calls.send(Request(result=Created, method="POST", path="/conversations.create", headers=json_headers, json=body))
    channel = created.channel
    if not params.description:
        return channel
    purpose: dict[str, JsonValue] = {"channel": channel.id, "purpose": params.description}
    try:
        await calls.send(Request(result=Done, method="POST", path="/conversations.setPurpose", headers=json_headers, json=purpose))
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
    channels = await listed_channels(calls, params.types, params.limit)
    return Channels(channels=channels, total=len(channels))


@slack.action(effect="read", scopes=("channels:read", "groups:read"))
async def get_channel(calls: Calls, params: InChannel) -> Channel:
    """Read about a channel."""
    query: dict[str, QueryValue] = {"channel": await channel_id(calls, params.channel), "include_num_members": True}
    return (await calls.send(Request(result=_Found, method="GET", path="/conversations.info", query=query))).channel


async def _members(calls: Calls, channel: str, limit: int) -> tuple[str, ...]:
    found: list[str] = []
    cursor: str | None = None
    while cursor != "" and len(found) < limit:
        query: dict[str, QueryValue] = {"channel": channel, "limit": min(limit, page_size), "cursor": cursor}
        page = await calls.send(Request(result=_MemberPage, method="GET", path="/conversations.members", query=query))
        found += page.members
        cursor = page.following
    return tuple(found[:limit])


@slack.action(effect="read", scopes=("channels:read", "groups:read"))
async def list_members(calls: Calls, params: MemberFilter) -> Members:
    """List who is in a channel."""
    members = await _members(calls, await channel_id(calls, params.channel), params.limit)
    return Members(members=members, total=len(members))


@slack.action(effect="idempotent_write", scopes=("channels:manage", "groups:write"))
async def invite_to_channel(calls: Calls, params: Invitation) -> Invited:
    """Invite people to a channel; who is in it already stays."""
    channel = await channel_id(calls, params.channel)
    if await unless_already(calls, written(Done, "conversations.invite", {"channel": channel, "users": ",".join(params.users)})):
        return Invited(channel=channel, invited=params.users)
    # One who is in it already keeps all others out.
    there = await _members(calls, channel, 10_000)
    missing = tuple(user for user in params.users if user not in there)
    if missing:
        await settle(calls, "conversations.invite", {"channel": channel, "users": ",".join(missing)})
    return Invited(channel=channel, invited=missing)


@slack.action(effect="idempotent_write", scopes=("channels:join",))
async def join_channel(calls: Calls, params: InChannel) -> State:
    """Let the app join a public channel."""
    channel = await channel_id(calls, params.channel)
    await settle(calls, "conversations.join", {"channel": channel})
    return State(channel=channel)


@slack.action(effect="idempotent_write", scopes=("channels:manage", "groups:write"))
async def archive_channel(calls: Calls, params: InChannel) -> State:
    """Archive a channel."""
    channel = await channel_id(calls, params.channel)
    await settle(calls, "conversations.archive", {"channel": channel})
    return State(channel=channel)


@slack.action(effect="idempotent_write", scopes=("channels:manage", "groups:write"))
async def set_topic(calls: Calls, params: Topic) -> State:
    """Set a channel's topic."""
    channel = await channel_id(calls, params.channel)
    await settle(calls, "conversations.setTopic", {"channel": channel, "topic": params.topic})
    return State(channel=channel)


@slack.action(effect="idempotent_write", scopes=("channels:manage", "groups:write"))
async def set_description(calls: Calls, params: Purpose) -> State:
    """Say what a channel is for."""
    channel = await channel_id(calls, params.channel)
    await settle(calls, "conversations.setPurpose", {"channel": channel, "purpose": params.description})
    return State(channel=channel)


@slack.action(effect="idempotent_write", scopes=("im:write",))
async def open_conversation(calls: Calls, params: People) -> State:
    """Open the direct messages with a person, or with several."""
    opened = await calls.send(written(Opened, "conversations.open", {"users": ",".join(params.users)}))
    return State(channel=opened.id)

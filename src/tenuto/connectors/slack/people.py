"""Who is in a Slack workspace, and how messages are reacted to and pinned."""

from __future__ import annotations

from pydantic import AliasPath, Field, JsonValue

from tenuto.connectors.slack.shapes import OneMessage, Page
from tenuto.connectors.slack.vendor import channel_id, page_size, settle, slack
from tenuto.core.connector import Calls, Params, QueryValue, Request, Result, options, unique


class ByAddress(Params):
    """Whose address."""

    email: str = Field(description="Address of somebody of this workspace.", examples=["ada@example.com"], min_length=3, pattern="@")


class OneUser(Params):
    """Who."""

    user: str = Field(
        description="Id of the person.", examples=["U024BE7LH"], min_length=1, json_schema_extra=options("list_users", "users")
    )


class UserFilter(Params):
    """Which people."""

    limit: int = Field(default=100, ge=1, le=1000, description="How many at most.", examples=[100])
    include_bots: bool = Field(default=False, description="Whether apps and those who left are among them.", examples=[False])


class Reaction(OneMessage):
    """A reaction to a message."""

    emoji: str = Field(
        description="Name of an emoji, without colons.",
        examples=["thumbsup"],
        min_length=1,
        max_length=100,
        pattern=r"^[\w+'-]+(::skin-tone-\d)?$",
    )


class User(Result):
    """Somebody."""

    id: str = Field(description="Slack's id of them.", examples=["U024BE7LH"], json_schema_extra=unique)
    name: str = Field(description="Their handle.", examples=["ada"])
    real_name: str | None = Field(
        default=None, validation_alias=AliasPath("profile", "real_name"), description="Name.", examples=["Ada Lovelace"]
    )
    email: str | None = Field(
        default=None, validation_alias=AliasPath("profile", "email"), description="Address; other organisations may hide it.",
        examples=["ada@example.com"],
    )  # fmt: skip
    title: str | None = Field(
        default=None, validation_alias=AliasPath("profile", "title"), description="What they do.", examples=["Engineer"]
    )
    team_id: str | None = Field(default=None, description="Their workspace.", examples=["T024BE7LD"])
    is_stranger: bool = Field(
        default=False,
        description="Somebody of another organisation, with whom the app shares no channel (Slack Connect).",
        examples=[False],
    )
    is_bot: bool = Field(default=False, description="An app.", examples=[False])
    deleted: bool = Field(default=False, description="Whether they left.", examples=[False])
    tz: str | None = Field(default=None, description="Time zone.", examples=["Europe/London"])


class Users(Result):
    """People."""

    users: tuple[User, ...] = Field(description="People.")
    total: int = Field(description="How many are in the list.", examples=[1])


class Settled(Result):
    """A message, and that it is as it was to be."""

    channel: str = Field(description="Id of the channel.", examples=["C024BE91L"])
    ts: str = Field(description="The message.", examples=["1767605400.000100"])
    ok: bool = Field(default=True, description="Always true.", examples=[True])


class _Found(Result):
    user: User


class _UserPage(Page):
    members: tuple[User, ...]


@slack.action(effect="read", scopes=("users:read", "users:read.email"))
async def find_user_by_email(calls: Calls, params: ByAddress) -> User:
    """Find a person by their address."""
    return (await calls.send(Request(result=_Found, method="GET", path="/users.lookupByEmail", query={"email": params.email}))).user


@slack.action(effect="read", scopes=("users:read",))
async def get_user(calls: Calls, params: OneUser) -> User:
    """Read about a person."""
    return (await calls.send(Request(result=_Found, method="GET", path="/users.info", query={"user": params.user}))).user


@slack.action(effect="read", scopes=("users:read",))
async def list_users(calls: Calls, params: UserFilter) -> Users:
    """List the people of the workspace."""
    found: list[User] = []
    cursor: str | None = None
    while cursor != "" and len(found) < params.limit:
        query: dict[str, QueryValue] = {"limit": page_size, "cursor": cursor}
        page = await calls.send(Request(result=_UserPage, method="GET", path="/users.list", query=query))
        found += [each for each in page.members if params.include_bots or not (each.is_bot or each.deleted)]
        cursor = page.following
    users = tuple(found[: params.limit])
    return Users(users=users, total=len(users))


async def _settled(calls: Calls, method: str, params: OneMessage, **more: JsonValue) -> Settled:
    channel = await channel_id(calls, params.channel)
    await settle(calls, method, {"channel": channel, "timestamp": params.ts, **more})
    return Settled(channel=channel, ts=params.ts)


@slack.action(effect="idempotent_write", scopes=("reactions:write",))
async def add_reaction(calls: Calls, params: Reaction) -> Settled:
    """React to a message with an emoji."""
    return await _settled(calls, "reactions.add", params, name=params.emoji)


@slack.action(effect="idempotent_write", scopes=("reactions:write",))
async def remove_reaction(calls: Calls, params: Reaction) -> Settled:
    """Take the app's reaction to a message back."""
    return await _settled(calls, "reactions.remove", params, name=params.emoji)


@slack.action(effect="idempotent_write", scopes=("pins:write",))
async def pin_message(calls: Calls, params: OneMessage) -> Settled:
    """Pin a message to its channel."""
    return await _settled(calls, "pins.add", params)

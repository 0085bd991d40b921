"""Teams' channels: teams, channels, messages and answers; a message carries nothing of ours that people would not see."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.microsoft365.service import channel_read, channel_send, channels_create, channels_read, microsoft365, teams_read
from tenuto.connectors.microsoft365.teams_shapes import (
    Channel,
    ChannelMessages,
    Channels,
    Message,
    Messages,
    NewChannel,
    NewChannelMessage,
    NewChannelReply,
    NoParams,
    OfMessage,
    OfTeam,
    Teams,
)
from tenuto.core.connector import Calls, Request
from tenuto.core.errors import Rejected

_channels = "/teams/{team}/channels"
_messages = f"{_channels}/{{channel}}/messages"


@microsoft365.action(effect="read", scopes=(teams_read,))
def list_teams(params: NoParams) -> Request[Teams]:
    """List the teams that the account is a member of."""
    return Request(result=Teams, method="GET", path="/me/joinedTeams")


@microsoft365.action(effect="read", scopes=(channels_read,))
def list_channels(params: OfTeam) -> Request[Channels]:
    """List the channels of a team."""
    return Request(result=Channels, method="GET", path=_channels)


@microsoft365.action(effect="idempotent_write", scopes=(channels_create, channels_read))
async def create_channel(calls: Calls, params: NewChannel) -> Channel:
    """Make a channel; one of that name that is there already is taken."""
    if found := await _named(calls, params):
        return found
    body: dict[str, JsonValue] = {"displayName": params.name, "membershipType": "standard"}
    body |= {"description": params.description} if params.description else {}
    try:
        return await calls.send(Request(result=Channel, method="POST", path=_channels, fill={"team": params.team}, json=body))
    except Rejected:
        # Somebody was faster, or the answer to our first attempt was lost.
        if found := await _named(calls, params):
            return found
        raise


async def _named(calls: Calls, params: NewChannel) -> Channel | None:
    known = await calls.send(Request(result=Channels, method="GET", path=_channels, fill={"team": params.team}))
    return next((each for each in known.channels if each.name.lower() == params.name.lower()), None)


@microsoft365.action(effect="read", scopes=(channel_read,))
def list_channel_messages(params: ChannelMessages) -> Request[Messages]:
    """Read a channel's latest messages, without the answers."""
    return Request(result=Messages, method="GET", path=_messages, query={"$top": params.limit})


@microsoft365.action(effect="read", scopes=(channel_read,))
def list_channel_replies(params: OfMessage) -> Request[Messages]:
    """Read the answers to a channel's message."""
    return Request(result=Messages, method="GET", path=f"{_messages}/{{message}}/replies", query={"$top": params.limit})


@microsoft365.action(effect="write", scopes=(channel_send,))
def send_channel_message(params: NewChannelMessage) -> Request[Message]:
    """Post a message to a channel."""
    body: dict[str, JsonValue] = {"body": params.body, "importance": params.importance}
    body |= {"subject": params.subject} if params.subject else {}
    return Request(result=Message, method="POST", path=_messages, json=body)


@microsoft365.action(effect="write", scopes=(channel_send,))
def reply_in_channel(params: NewChannelReply) -> Request[Message]:
    """Answer a message of a channel."""
    return Request(result=Message, method="POST", path=f"{_messages}/{{message}}/replies", json={"body": params.body})

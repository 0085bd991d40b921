"""Teams' chats: those there are, one with somebody, and their messages."""

from __future__ import annotations

from pydantic import JsonValue

from tenuto.connectors.microsoft365.service import chat_read, chat_write, microsoft365, user_read
from tenuto.connectors.microsoft365.teams_shapes import Chat, ChatMessages, Chats, ListLimit, Message, Messages, NewChat, NewChatMessage
from tenuto.core.connector import Calls, Request, Result

_messages = "/chats/{chat}/messages"
_users = "https://graph.microsoft.com/v1.0/users"


class _Me(Result):
    id: str


@microsoft365.action(effect="read", scopes=(chat_read,))
def list_chats(params: ListLimit) -> Request[Chats]:
    """List the account's chats."""
    return Request(result=Chats, method="GET", path="/chats", query={"$top": params.limit})


@microsoft365.action(effect="idempotent_write", scopes=(chat_write, user_read))
async def open_chat(calls: Calls, params: NewChat) -> Chat:
    """Open a chat with somebody: of two people there is only one."""
    me = await calls.send(Request(result=_Me, method="GET", path="/me", query={"$select": "id"}))
    members: list[JsonValue] = [
        {"@odata.type": "#microsoft.graph.aadUserConversationMember", "roles": ["owner"], "user@odata.bind": f"{_users}('{who}')"}
        for who in (me.id, params.address.replace("'", "''"))
    ]
    return await calls.send(Request(result=Chat, method="POST", path="/chats", json={"chatType": "oneOnOne", "members": members}))


@microsoft365.action(effect="read", scopes=(chat_read,))
def list_chat_messages(params: ChatMessages) -> Request[Messages]:
    """Read a chat's latest messages."""
    return Request(result=Messages, method="GET", path=_messages, query={"$top": params.limit})


@microsoft365.action(effect="write", scopes=(chat_write,))
def send_chat_message(params: NewChatMessage) -> Request[Message]:
    """Post a message to a chat."""
    return Request(result=Message, method="POST", path=_messages, json={"body": params.body})

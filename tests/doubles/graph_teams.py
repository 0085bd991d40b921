"""Teams in Microsoft Graph's double: teams, channels and their messages with replies, chats and theirs.

From https://learn.microsoft.com/en-us/graph/api/ (user-list-joinedteams, channel-list, channel-post, channel-list-messages,
chatmessage-post, chatmessage-post-replies, chatmessage-list-replies, chat-list, chat-post, chat-list-messages, chat-post-messages,
chatmessage-get) and …/graph/api/resources/chatmessage. Ids of messages are times in milliseconds; a message may have 28 KB.
"""

from __future__ import annotations

import re
from typing import Any
from uuid import uuid4

from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from tests.doubles.graph_base import Home, Refusal, body_of, context, given, listed, many, now, paged, wrong
from tests.doubles.vendor import Json, Routes

writable = {"body", "subject", "importance", "attachments", "mentions", "hostedContents", "locale", "summary"}
known = writable | {
    "id", "createdDateTime", "lastModifiedDateTime", "lastEditedDateTime", "deletedDateTime", "etag", "from", "messageType", "replyToId",
    "channelIdentity", "chatId", "webUrl", "reactions", "eventDetail", "policyViolation",
}  # fmt: skip
_first = 1767225600000


class Teams:
    """One team with the channel General, and one chat of two; messages by the id of their channel or chat, the newest first."""

    def __init__(self, home: Home) -> None:
        self.home = home
        self.teams: list[Json] = [{"id": str(uuid4()), "displayName": "Engineering", "description": "The makers", "isArchived": False}]
        self.channels: dict[str, list[Json]] = {self.teams[0]["id"]: []}
        self.chats: list[Json] = []
        self.messages: dict[str, list[Json]] = {}
        self.general = self.add_channel("General")
        self.chat = self.add_chat("oneOnOne")

    def routes(self) -> Routes:
        """Whole paths; `/me` stands for `/users/{user}` too."""
        channel = "/teams/{team}/channels/{channel}"
        found: Routes = [
            ("GET", "/me/joinedTeams", self._joined),
            ("GET", "/users/{user}/joinedTeams", self._joined),
            ("GET", "/teams/{team}", self._team),
            ("GET", "/teams/{team}/channels", self._channels),
            ("POST", "/teams/{team}/channels", self._create_channel),
            ("GET", channel, self._channel),
            ("GET", "/me/chats", self._list_chats),
            ("GET", "/chats", self._list_chats),
            ("POST", "/chats", self._create_chat),
            ("GET", "/chats/{chat}", self._chat),
        ]
        for place in (f"{channel}/messages", "/chats/{chat}/messages"):
            found += [("GET", place, self._list), ("POST", place, self._post), ("GET", f"{place}/{{id}}", self._get)]
        replies = f"{channel}/messages/{{id}}/replies"
        return [*found, ("GET", replies, self._list_replies), ("POST", replies, self._reply)]

    def add_channel(self, name: str, kind: str = "standard", description: str | None = None) -> Json:
        """Put a channel into the team."""
        number = f"19:{uuid4().hex}@thread.tacv2"
        channel = {"id": number, "displayName": name, "description": description, "membershipType": kind, "createdDateTime": now()}
        self.channels[self.teams[0]["id"]].append(channel | {"webUrl": f"https://teams.microsoft.com/l/channel/{number}"})
        self.messages[number] = []
        return self.channels[self.teams[0]["id"]][-1]

    def add_chat(self, kind: str, topic: str | None = None) -> Json:
        """Put a chat there."""
        chat = {
            "id": f"19:{uuid4().hex}@thread.v2",
            "topic": topic,
            "chatType": kind,
            "createdDateTime": now(),
            "lastUpdatedDateTime": now(),
        }
        self.chats.insert(0, chat | {"webUrl": "https://teams.microsoft.com/l/chat/1", "tenantId": str(uuid4())})
        self.messages[self.chats[0]["id"]] = []
        return self.chats[0]

    def add_message(self, place: str, text: str, sender: str = "Grace Hopper", **more: Any) -> Json:
        """Put a message into a channel or chat, by its id."""
        user = {"id": str(uuid4()), "displayName": sender, "userIdentityType": "aadUser"}
        number = str(_first + self.home.books.next())
        message: Json = {
            "id": number, "replyToId": None, "etag": number, "messageType": "message", "createdDateTime": now(), "lastModifiedDateTime": now(),
            "lastEditedDateTime": None, "deletedDateTime": None, "subject": None, "summary": None, "importance": "normal", "locale": "en-us",
            "from": {"application": None, "device": None, "user": user}, "body": {"contentType": "text", "content": text},
            "attachments": [], "mentions": [], "reactions": [], "eventDetail": None, "policyViolation": None, "chatId": None,
            "channelIdentity": None, "webUrl": f"https://teams.microsoft.com/l/message/{number}", **more,
        }  # fmt: skip
        if place.endswith("@thread.tacv2"):
            team = next(team for team, channels in self.channels.items() if any(each["id"] == place for each in channels))
            message["channelIdentity"] = {"teamId": team, "channelId": place}
            resource = f"teams/{team}/channels/{place}/messages"
        else:
            message["chatId"], resource = place, f"chats/{place}/messages"
        self.messages[place].insert(0, message)
        self.home.changed("created", resource, message, "chatMessage")
        return message

    async def _joined(self, request: Request, _sent: Any) -> Response:
        return paged(self.teams, request, self.home.books, usual=100, most=999, what="teams")

    async def _team(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(self._one_team(request))

    async def _channels(self, request: Request, _sent: Any) -> Response:
        team = self._one_team(request)
        found = listed(list(self.channels[team["id"]]), request, {"id", "displayName", "membershipType", "description"})
        return JSONResponse({"@odata.context": f"{context}channels", "@odata.count": len(found), "value": found})

    async def _channel(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(self._one_channel(request))

    async def _create_channel(self, request: Request, sent: Any) -> Response:
        team = self._one_team(request)
        asked = given(sent, {"displayName", "description", "membershipType", "members"}, "channel")
        name, kind = str(asked.get("displayName") or ""), str(asked.get("membershipType") or "standard")
        if not 0 < len(name) <= 50 or re.search(r"[#%&*{}/\\:<>?+|'\"]", name):
            raise wrong("Channel name is not valid.")
        if any(each["displayName"].lower() == name.lower() for each in self.channels[team["id"]]):
            raise wrong("Channel name already existed, please use other name.", "NameAlreadyExists")
        if kind != "standard" and not asked.get("members"):
            raise wrong("A private or shared channel needs its owner in members.")
        made = self.add_channel(name, kind, asked.get("description"))
        self.home.happened(sent, f"channel:{made['id']}")
        return JSONResponse(made, 201)

    async def _list_chats(self, request: Request, _sent: Any) -> Response:
        found = listed(list(self.chats), request, {"id", "topic", "chatType", "lastUpdatedDateTime"})
        return paged(found, request, self.home.books, usual=20, most=50, what="chats")

    async def _chat(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(self._one_chat(request))

    async def _create_chat(self, _request: Request, sent: Any) -> Response:
        asked = given(sent, {"chatType", "topic", "members"}, "chat")
        kind, members = asked.get("chatType"), many(asked, "members")
        if kind not in ("oneOnOne", "group") or (kind == "oneOnOne" and (len(members) != 2 or asked.get("topic"))):
            raise wrong("Invalid chat type or members: a chat of two has two members and no topic.")
        for each in members:
            if not each.get("user@odata.bind") or each.get("@odata.type") != "#microsoft.graph.aadUserConversationMember":
                raise wrong("Bad Request: a member is an aadUserConversationMember with user@odata.bind.")
        # A chat of two is the one that there is.
        same = next((chat for chat in self.chats if kind == chat["chatType"] == "oneOnOne"), None)
        chat = same or self.add_chat(str(kind), asked.get("topic"))
        self.home.happened(sent, f"chat:{chat['id']}")
        return JSONResponse(chat, 201)

    async def _list(self, request: Request, _sent: Any) -> Response:
        place = self._place(request)
        if "$filter" in request.query_params and "chat" not in request.path_params:
            raise wrong("Filter is not supported.")
        found = [each for each in self.messages[place] if each["replyToId"] is None]
        return paged(listed(found, request, known), request, self.home.books, usual=20, most=50, what="messages")

    async def _get(self, request: Request, _sent: Any) -> Response:
        return JSONResponse(self._one_message(request))

    async def _post(self, request: Request, sent: Any) -> Response:
        return self._posted(request, sent, None)

    async def _list_replies(self, request: Request, _sent: Any) -> Response:
        above = self._one_message(request)["id"]
        found = [each for each in self.messages[self._place(request)] if each["replyToId"] == above]
        return paged(found, request, self.home.books, usual=20, most=50, what="replies")

    async def _reply(self, request: Request, sent: Any) -> Response:
        return self._posted(request, sent, self._one_message(request)["id"])

    def _posted(self, request: Request, sent: Any, above: str | None) -> Response:
        place = self._place(request)
        asked = given(sent, writable, "chatMessage")
        body = body_of(asked.get("body"))
        if not body["content"] and not asked.get("attachments"):
            raise wrong("Missing body content.")
        if len(body["content"].encode()) > 28_000:
            raise Refusal(413, "RequestEntityTooLarge", "Request message is too large.")
        if str(asked.get("importance", "normal")) not in ("normal", "high", "urgent"):
            raise wrong("Requested value was not found for 'microsoft.graph.chatMessageImportance'.", "RequestBodyRead")
        body["content"] = re.sub(r"(?is)<script.*?</script>", "", body["content"]) if body["contentType"] == "html" else body["content"]
        more = {name: value for name, value in asked.items() if name in ("subject", "importance", "attachments", "mentions")}
        made = self.add_message(place, "", self.home.name, **more, body=body, replyToId=above)
        self.home.happened(sent, f"message:{made['id']}")
        return JSONResponse({"@odata.context": f"{context}messages/$entity"} | made, 201)

    def _one_team(self, request: Request) -> Json:
        return self._found(self.teams, request.path_params["team"], "No team found with Group Id {}.")

    def _one_channel(self, request: Request) -> Json:
        return self._found(self.channels[self._one_team(request)["id"]], request.path_params["channel"], "Channel {} was not found.")

    def _one_chat(self, request: Request) -> Json:
        return self._found(self.chats, request.path_params["chat"], "Chat {} was not found.")

    def _one_message(self, request: Request) -> Json:
        return self._found(self.messages[self._place(request)], request.path_params["id"], "Message {} was not found.")

    def _place(self, request: Request) -> str:
        return (self._one_chat if "chat" in request.path_params else self._one_channel)(request)["id"]

    @staticmethod
    def _found(items: list[Json], id: str, text: str) -> Json:
        found = next((each for each in items if each["id"] == id), None)
        if found is None:
            raise Refusal(404, "NotFound", text.format(id))
        return found

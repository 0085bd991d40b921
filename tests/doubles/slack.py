"""A double of Slack's Web API: channels, messages, threads, people, reactions, files; refusals as Slack makes them, with status 200.

From https://docs.slack.dev/reference/methods (each method's page lists its errors), https://docs.slack.dev/apis/web-api/rate-limits,
https://docs.slack.dev/messaging/working-with-files (uploads in three steps) and https://docs.slack.dev/apis/slack-connect (people and
channels of other organisations). Methods that only read take GET or a form, all others JSON or a form.
"""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, cast

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
        """The newest first."""
        self.people: list[Json] = [
            slack_user("W012A3CDE", "ada", "ada@example.com"),
            slack_user("U0G9QF9C6", "grace", "grace@example.com"),
            slack_user("U0STRANGE", "mallory", "mallory@other.example", team="T0OTHER00"),
        ]
        self.members: dict[str, list[str]] = defaultdict(list, {"C00000000": ["W012A3CDE"]})
        self.scheduled: list[Json] = []
        self.ephemeral: list[Json] = []
        self.files: list[Json] = []
        """Beside what is shown each has its `content`, once it has been sent."""

    def routes(self) -> Routes:
        writes = {
            "chat.postMessage": self._post_message, "chat.update": self._update, "chat.delete": self._delete,
            "chat.scheduleMessage": self._schedule, "chat.deleteScheduledMessage": self._unschedule,
            "chat.postEphemeral": self._whisper, "conversations.create": self._create_channel,
            "conversations.setPurpose": self._set("purpose"), "conversations.setTopic": self._set("topic"),
            "conversations.invite": self._invite, "conversations.join": self._join, "conversations.archive": self._archive,
            "conversations.open": self._open, "reactions.add": self._react, "reactions.remove": self._unreact,
            "files.completeUploadExternal": self._complete, "pins.add": self._pin,
        }  # fmt: skip
        reads = {
            "conversations.list": self._list_channels, "conversations.history": self._history, "conversations.replies": self._replies,
            "conversations.info": self._channel_info, "conversations.members": self._list_members, "users.list": self._list_people,
            "users.info": self._person, "users.lookupByEmail": self._by_mail, "chat.scheduledMessages.list": self._list_scheduled,
            "chat.getPermalink": self._permalink, "files.getUploadURLExternal": self._upload_url, "auth.test": self._who,
        }  # fmt: skip
        routes: Routes = [("POST", f"/{method}", self._written(each)) for method, each in writes.items()]
        routes += [(verb, f"/{method}", self._read(each)) for method, each in reads.items() for verb in ("GET", "POST")]
        return [*routes, ("POST", "/upload/{file}", self._receive)]

    open = ("/upload/{file}",)

    def _written(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        async def enter(request: Request, sent: Any) -> Response:
            kind = request.headers.get("content-type", "")
            if "charset=" in kind and "charset=utf-8" not in kind.lower():
                return _no("invalid_charset")
            if not isinstance(sent, dict):
                return _no("json_not_object" if kind.startswith("application/json") else "invalid_form_data")
            return await endpoint(_plain(cast("Json", sent)))

        return enter

    def _read(self, endpoint: Callable[..., Any]) -> Callable[..., Any]:
        """JSON is not read by these methods: arguments that are sent so are missing."""

        async def enter(request: Request, sent: Any) -> Response:
            form = request.headers.get("content-type", "").startswith("application/x-www-form-urlencoded")
            return await endpoint({**request.query_params, **(sent if form else {})})

        return enter

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

    def _channel(self, wanted: str) -> Json | None:
        return next((each for each in self.channels if wanted in (each["id"], "#" + each["name"], each["name"])), None)

    def _message(self, sent: Json, ts: str) -> Json | None:
        return next((each for each in self.messages[sent["channel"]] if each["ts"] == ts), None)

    def _known(self, sent: Json) -> str:
        """The id of a channel, of the direct messages with a person, or nothing."""
        person = next((each for each in self.people if each["id"] == sent["channel"]), None)
        if person:
            return self._direct([person["id"]])["id"]
        channel = self._channel(sent["channel"])
        return channel["id"] if channel else ""

    async def _post_message(self, sent: Json) -> Response:
        channel = self._known(sent)
        if not channel:
            return _no("channel_not_found")
        if next(each for each in self.channels if each["id"] == channel)["is_archived"]:
            return _no("is_archived")
        if not any(sent.get(name) for name in ("text", "blocks", "attachments")):
            return _no("no_text")
        if len(sent.get("text", "")) > 40_000:
            return _no("msg_too_long")
        ts = self._stamp()
        message = {"type": "message", "ts": ts, "text": sent.get("text", ""), "bot_id": "B012AB3CD", "user": "U0BOT0000", "app_id": "A1"}
        message |= {name: sent[name] for name in ("thread_ts", "metadata", "attachments", "blocks") if sent.get(name)}
        self.messages[channel].insert(0, message)
        self.happened(sent, f"message:{ts}")
        return JSONResponse({"ok": True, "channel": channel, "ts": ts, "message": message})

    def _stamp(self) -> str:
        """Of a new message: later than all others."""
        last = max((float(each["ts"]) for messages in self.messages.values() for each in messages), default=0.0)
        return f"{max(datetime.now(UTC).timestamp(), last + 0.000_001):.6f}"

    async def _update(self, sent: Json) -> Response:
        message = self._message(sent, sent["ts"])
        if not self._channel(sent["channel"]):
            return _no("channel_not_found")
        if message is None:
            return _no("message_not_found")
        if message.get("bot_id") != "B012AB3CD":
            return _no("cant_update_message")
        message |= {name: sent[name] for name in ("text", "blocks", "attachments", "metadata") if name in sent}
        message["edited"] = {"user": "B012AB3CD", "ts": self._stamp()}
        self.happened(sent, f"update:{sent['ts']}")
        return JSONResponse({"ok": True, "channel": sent["channel"], "ts": sent["ts"], "text": message["text"], "message": message})

    async def _delete(self, sent: Json) -> Response:
        message = self._message(sent, sent["ts"])
        if message is None:
            return _no("message_not_found")
        if message.get("bot_id") != "B012AB3CD":
            return _no("cant_delete_message")
        self.messages[sent["channel"]].remove(message)
        self.happened(None, f"delete:{sent['ts']}")
        return JSONResponse({"ok": True, "channel": sent["channel"], "ts": sent["ts"]})

    async def _schedule(self, sent: Json) -> Response:
        channel, now = self._known(sent), datetime.now(UTC).timestamp()
        if not channel:
            return _no("channel_not_found")
        if int(sent["post_at"]) <= now:
            return _no("time_in_past")
        if int(sent["post_at"]) > now + 120 * 86_400:
            return _no("time_too_far")
        made: Json = {"id": f"Q{self.books.next():08d}", "channel_id": channel, "post_at": int(sent["post_at"]), "date_created": int(now)}
        self.scheduled.append(made | {"text": sent.get("text", "")})
        self.happened(sent, f"schedule:{made['id']}")
        answer: Json = {"ok": True, "channel": channel, "scheduled_message_id": made["id"], "post_at": made["post_at"]}
        return JSONResponse(answer | {"message": {"type": "delayed_message", "text": sent.get("text", "")}})

    async def _list_scheduled(self, sent: Json) -> Response:
        found = [each for each in self.scheduled if sent.get("channel") in (None, each["channel_id"])]
        return self._page(sent, "scheduled_messages", found)

    async def _unschedule(self, sent: Json) -> Response:
        kept = [each for each in self.scheduled if each["id"] != sent["scheduled_message_id"]]
        if len(kept) == len(self.scheduled):
            return _no("invalid_scheduled_message_id")
        self.scheduled = kept
        self.happened(None, f"unschedule:{sent['scheduled_message_id']}")
        return JSONResponse({"ok": True})

    async def _whisper(self, sent: Json) -> Response:
        channel = self._known(sent)
        if not channel:
            return _no("channel_not_found")
        if sent["user"] not in self.members[channel]:
            return _no("user_not_in_channel")
        self.ephemeral.append(sent)
        self.happened(sent, f"ephemeral:{sent['user']}")
        return JSONResponse({"ok": True, "message_ts": self._stamp()})

    async def _permalink(self, sent: Json) -> Response:
        if self._message(sent, sent.get("message_ts", "")) is None:
            return _no("message_not_found")
        link = f"https://tenuto.slack.com/archives/{sent['channel']}/p{sent['message_ts'].replace('.', '')}"
        return JSONResponse({"ok": True, "channel": sent["channel"], "permalink": link})

    async def _create_channel(self, sent: Json) -> Response:
        if any(channel["name"] == sent["name"] for channel in self.channels):
            return _no("name_taken")
        if not re.fullmatch(r"[\w-]{1,80}", sent["name"]) or sent["name"] != sent["name"].lower():
            return _no("invalid_name_specials")
        channel = slack_channel(f"C{self.books.next():08d}", sent["name"], private=bool(sent.get("is_private", False)))
        self.channels.append(channel)
        self.books.effects[f"channel:{sent['name']}"] += 1
        return JSONResponse({"ok": True, "channel": channel})

    def _set(self, field: str) -> Callable[..., Any]:
        async def change(sent: Json) -> Response:
            channel = self._by_id(sent)
            if channel is None:
                return _no("channel_not_found")
            if len(sent[field]) > 250:
                return _no("too_long")
            channel[field]["value"] = sent[field]
            return JSONResponse({"ok": True, "channel": channel})

        return change

    def _by_id(self, sent: Json) -> Json | None:
        return next((channel for channel in self.channels if channel["id"] == sent.get("channel")), None)

    async def _invite(self, sent: Json) -> Response:
        channel, asked = self._by_id(sent), sent["users"].split(",")
        if channel is None:
            return _no("channel_not_found")
        if unknown := [each for each in asked if each not in {one["id"] for one in self.people}]:
            return _no("user_not_found", errors=[{"ok": False, "error": "user_not_found", "user": unknown[0]}])
        if any(one["id"] in asked and one["team_id"] != "T0000000A" for one in self.people):
            # People of other organisations are invited by conversations.inviteShared.
            return _no("cant_invite")
        if there := [each for each in asked if each in self.members[channel["id"]]]:
            return _no("already_in_channel", errors=[{"ok": False, "error": "already_in_channel", "user": each} for each in there])
        self.members[channel["id"]] += asked
        self.happened(None, f"invite:{sent['users']}")
        return JSONResponse({"ok": True, "channel": channel})

    async def _join(self, sent: Json) -> Response:
        channel = self._by_id(sent)
        if channel is None or channel["is_private"]:
            return _no("channel_not_found" if channel is None else "method_not_supported_for_channel_type")
        if channel["is_archived"]:
            return _no("is_archived")
        warning = {"warning": "already_in_channel"} if channel["is_member"] else {}
        channel["is_member"] = True
        return JSONResponse({"ok": True, "channel": channel} | warning)

    async def _archive(self, sent: Json) -> Response:
        channel = self._by_id(sent)
        if channel is None:
            return _no("channel_not_found")
        if channel["is_archived"]:
            return _no("already_archived")
        channel["is_archived"] = True
        self.happened(None, f"archive:{channel['id']}")
        return JSONResponse({"ok": True})

    def _direct(self, people: list[str]) -> Json:
        known = next((each for each in self.channels if each.get("is_im") and self.members[each["id"]] == sorted(people)), None)
        if known is None:
            known = slack_channel(f"D{self.books.next():08d}", "", private=True) | {"is_im": True, "user": people[0]}
            self.channels.append(known)
            self.members[known["id"]] = sorted(people)
        return known

    async def _open(self, sent: Json) -> Response:
        people = sent.get("users", "").split(",")
        if any(each not in {one["id"] for one in self.people} for each in people):
            return _no("user_not_found")
        channel = self._direct(people)
        return JSONResponse({"ok": True, "channel": channel if sent.get("return_im") else {"id": channel["id"]}})

    async def _channel_info(self, sent: Json) -> Response:
        channel = self._by_id(sent)
        return JSONResponse({"ok": True, "channel": channel}) if channel else _no("channel_not_found")

    async def _list_members(self, sent: Json) -> Response:
        channel = self._by_id(sent)
        return self._page(sent, "members", self.members[channel["id"]]) if channel else _no("channel_not_found")

    async def _list_people(self, sent: Json) -> Response:
        return self._page(sent, "members", [each for each in self.people if each["team_id"] == "T0000000A"])

    async def _person(self, sent: Json) -> Response:
        found = next((each for each in self.people if each["id"] == sent.get("user")), None)
        return JSONResponse({"ok": True, "user": found}) if found else _no("user_not_found")

    async def _by_mail(self, sent: Json) -> Response:
        """People of other organisations are not found by their address."""
        address = str(sent.get("email", "")).lower()
        found = next((each for each in self.people if each["profile"]["email"] == address and each["team_id"] == "T0000000A"), None)
        return JSONResponse({"ok": True, "user": found}) if found else _no("users_not_found")

    async def _react(self, sent: Json) -> Response:
        message = self._message(sent, sent["timestamp"])
        if message is None:
            return _no("message_not_found")
        if not re.fullmatch(r"[\w+'-]+(::skin-tone-\d)?", sent["name"]):
            return _no("invalid_name")
        given = message.setdefault("reactions", [])
        if any(each["name"] == sent["name"] for each in given):
            return _no("already_reacted")
        given.append({"name": sent["name"], "users": ["U0BOT0000"], "count": 1})
        self.happened(None, f"react:{sent['name']}")
        return JSONResponse({"ok": True})

    async def _unreact(self, sent: Json) -> Response:
        message = self._message(sent, sent["timestamp"])
        if message is None:
            return _no("message_not_found")
        given = message.get("reactions", [])
        kept = [each for each in given if each["name"] != sent["name"]]
        if len(kept) == len(given):
            return _no("no_reaction")
        message["reactions"] = kept
        self.happened(None, f"unreact:{sent['name']}")
        return JSONResponse({"ok": True})

    async def _pin(self, sent: Json) -> Response:
        message = self._message(sent, sent["timestamp"])
        if message is None:
            return _no("message_not_found")
        if message.get("pinned_to"):
            return _no("already_pinned")
        message["pinned_to"] = [sent["channel"]]
        self.happened(None, f"pin:{sent['timestamp']}")
        return JSONResponse({"ok": True})

    async def _upload_url(self, sent: Json) -> Response:
        if not sent.get("filename") or not str(sent.get("length", "")).isdigit() or int(sent["length"]) < 1:
            return _no("invalid_arguments")
        file = f"F{self.books.next():08d}"
        self.files.append({"id": file, "name": sent["filename"], "size": int(sent["length"])})
        return JSONResponse({"ok": True, "upload_url": f"{self.url}/upload/{file}", "file_id": file})

    async def _receive(self, request: Request, _sent: Any) -> Response:
        """The signed address asks for no token, and is told none."""
        file = next((each for each in self.files if each["id"] == request.path_params["file"]), None)
        content = await request.body()
        if file is None or len(content) != file["size"] or "authorization" in request.headers:
            return Response("upload failed", 400, media_type="text/plain")
        file["content"] = content
        return Response(f"OK - {len(content)}", media_type="text/plain")

    async def _complete(self, sent: Json) -> Response:
        asked = [each["id"] for each in sent.get("files", [])]
        found = [each for each in self.files if each["id"] in asked and "content" in each]
        if len(found) != len(asked):
            return _no("file_not_found")
        channel = self._by_id({"channel": sent.get("channel_id")})
        if sent.get("channel_id") and channel is None:
            return _no("channel_not_found" if sent["channel_id"][0] in "CDG" else "invalid_channel")
        for each in found:
            titles = {one["id"]: one.get("title") for one in sent["files"]}
            link = f"https://tenuto.slack.com/files/U0BOT0000/{each['id']}/{each['name']}"
            each |= {"title": titles[each["id"]] or each["name"], "permalink": link, "channels": [channel["id"]] if channel else []}
            if channel:
                message = {"type": "message", "subtype": "file_share", "ts": self._stamp(), "text": sent.get("initial_comment", "")}
                message |= {"bot_id": "B012AB3CD", "files": [{"id": each["id"]}]}
                self.messages[channel["id"]].insert(0, message | ({"thread_ts": sent["thread_ts"]} if sent.get("thread_ts") else {}))
            self.happened(None, f"file:{each['name']}")
        shown = [{name: value for name, value in each.items() if name != "content"} for each in found]
        return JSONResponse({"ok": True, "files": shown})

    async def _who(self, _sent: Json) -> Response:
        who = {"team": "Tenuto", "team_id": "T0000000A", "user": "tenuto", "user_id": "U0BOT0000", "bot_id": "B012AB3CD"}
        return JSONResponse({"ok": True, "url": "https://tenuto.slack.com/"} | who)

    def _page(self, sent: Json, name: str, items: list[Any]) -> Response:
        start = int(sent.get("cursor") or "0")
        end = start + min(int(sent.get("limit") or "100"), self.books.page_max)
        following = str(end) if end < len(items) else ""
        return JSONResponse({"ok": True, name: items[start:end], "response_metadata": {"next_cursor": following}})

    async def _list_channels(self, sent: Json) -> Response:
        kinds = sent.get("types", "public_channel").split(",")
        channels = [
            channel
            for channel in self.channels
            if ("im" if channel.get("is_im") else "private_channel" if channel["is_private"] else "public_channel") in kinds
            and not (sent.get("exclude_archived") == "true" and channel["is_archived"])
        ]
        return self._page(sent, "channels", channels)

    async def _history(self, sent: Json) -> Response:
        """Without what was said in threads."""
        if sent["channel"] not in {channel["id"] for channel in self.channels}:
            return _no("channel_not_found")
        oldest, latest = float(sent.get("oldest") or "0"), float(sent.get("latest") or "9e12")
        found = [
            each
            for each in self.messages[sent["channel"]]
            if oldest < float(each["ts"]) < latest and each.get("thread_ts", each["ts"]) == each["ts"]
        ]
        return self._page(sent, "messages", self._shown(found, sent))

    async def _replies(self, sent: Json) -> Response:
        """The whole thread of a message, whichever of the thread it is."""
        if sent["channel"] not in {channel["id"] for channel in self.channels}:
            return _no("channel_not_found")
        whole = self.messages[sent["channel"]]
        first = next((each.get("thread_ts", each["ts"]) for each in whole if each["ts"] == sent.get("ts")), sent.get("ts"))
        found = [each for each in reversed(whole) if first in (each["ts"], each.get("thread_ts"))]
        if not found:
            return _no("thread_not_found")
        oldest, latest = float(sent.get("oldest") or "0"), float(sent.get("latest") or "9e12")
        return self._page(sent, "messages", self._shown([each for each in found if oldest < float(each["ts"]) < latest], sent))

    def _shown(self, messages: list[Json], sent: Json) -> list[Json]:
        told = sent.get("include_all_metadata") == "true"
        return [{name: value for name, value in each.items() if name != "metadata" or told} for each in messages]


def slack_channel(id: str, name: str, *, private: bool = False, archived: bool = False) -> Json:
    """A channel as Slack answers it."""
    return {
        "id": id, "name": name, "is_channel": True, "is_private": private, "is_archived": archived, "is_member": True, "num_members": 1,
        "topic": {"value": "", "creator": "", "last_set": 0}, "purpose": {"value": "", "creator": "", "last_set": 0}, "created": 1767605400,
    }  # fmt: skip


def slack_user(id: str, name: str, email: str, *, team: str = "T0000000A") -> Json:
    """A person as Slack answers them; one of another team is a stranger."""
    profile = {"email": email, "real_name": name.title(), "display_name": name, "title": "", "phone": ""}
    found: Json = {
        "id": id,
        "team_id": team,
        "name": name,
        "real_name": name.title(),
        "deleted": False,
        "is_bot": False,
        "tz": "Europe/London",
    }
    return found | {"profile": profile, "is_admin": False} | ({"is_stranger": True} if team != "T0000000A" else {})


def _plain(sent: Json) -> Json:
    """A form's lists and objects are JSON within it."""
    return {
        name: json.loads(value) if isinstance(value, str) and name in ("blocks", "attachments", "metadata", "files") else value
        for name, value in sent.items()
    }


def _no(error: str, **more: Any) -> Response:
    return JSONResponse({"ok": False, "error": error} | more)

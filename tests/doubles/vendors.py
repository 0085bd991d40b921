"""Doubles of Gmail, Slack and GitHub: one real HTTP server on loopback with the documented answers, refusals and pages.

In a test: `async with vendors_double() as double`, base URLs in `double.bases`, the token is `token`. As a process:
`python -m tests.doubles.vendors --port N` prints its URL as its first line; `POST /__double__/faults` takes a `Fault`,
`GET /__double__/effects` answers what happened, by the marker that the request carried.
An effect is counted when it is applied, so that an answer lost afterwards (`drop_after`) leaves a trace here.
"""

from __future__ import annotations

import argparse
import asyncio
import contextlib
import email
import email.policy
import json
import re
import signal
from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections import Counter, defaultdict
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from typing import Any, Literal, cast
from urllib.parse import urlencode

from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route
from tests.doubles import Wire, loopback, served

from tenuto.core.values import Frozen

token = "token-of-the-double-0123456789"
Json = dict[str, Any]
Kind = Literal[
    "rate_limited", "secondary_limit", "unauthorized", "forbidden", "invalid", "server_error", "unavailable",
    "html", "malformed", "drop_before", "drop_after",
]  # fmt: skip


class Fault(Frozen):
    """What goes wrong with the next requests of a vendor whose path contains `path`; `error` is Slack's own word."""

    vendor: Literal["gmail", "slack", "github"]
    kind: Kind
    path: str = ""
    times: int = 1
    error: str = ""


class Call(Frozen):
    """A request as it arrived."""

    vendor: str
    method: str
    path: str
    query: dict[str, str]
    headers: dict[str, str]
    body: Any = None


@dataclass
class VendorsDouble:
    """State of the three vendors, readable and writable by tests."""

    url: str
    calls: list[Call] = field(default_factory=list)
    faults: list[tuple[Fault, int]] = field(default_factory=list)
    effects: Counter[str] = field(default_factory=Counter)
    page_max: int = 100
    rewrites_message_id: bool = False
    unindexed: bool = False
    """Gmail's search does not know the latest mail yet."""
    mails: list[Json] = field(default_factory=list)
    channels: list[Json] = field(default_factory=list)
    messages: dict[str, list[Json]] = field(default_factory=lambda: defaultdict(list))
    issues: list[Json] = field(default_factory=list)
    commits: list[Json] = field(default_factory=list)
    repositories: list[Json] = field(default_factory=list)
    branches: set[str] = field(default_factory=lambda: {"main", "fix-tuesdays"})
    serial: int = 0

    @property
    def bases(self) -> Mapping[str, str]:
        """Base URLs by connector key."""
        return {name: f"{self.url}/{name}" for name in ("gmail", "slack", "github")}

    def fail(self, vendor: Literal["gmail", "slack", "github"], kind: Kind, *, path: str = "", times: int = 1, error: str = "") -> None:
        """Let the next requests go wrong."""
        self.faults.append((Fault(vendor=vendor, kind=kind, path=path, times=times, error=error), times))

    def fault(self, vendor: str, path: str) -> Fault | None:
        """The fault of this request, used up by it."""
        for index, (fault, left) in enumerate(self.faults):
            if fault.vendor == vendor and fault.path in path and left:
                self.faults[index] = (fault, left - 1)
                return fault
        return None

    def next(self) -> int:
        """A new number."""
        self.serial += 1
        return self.serial

    def receive_mail(self, content: str, *, labels: tuple[str, ...] = ("INBOX", "UNREAD")) -> str:
        """Put a mail (RFC 5322) into the mailbox."""
        return _stored_mail(self, content.encode(), labels)

    def add_issue(self, title: str, *, pull: bool = False, body: str | None = None, **more: Any) -> Json:
        """Open an issue or pull request."""
        number = self.next()
        place = "pull" if pull else "issues"
        html = f"https://github.com/octocat/hello-world/{place}/{number}"
        now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        issue: Json = {
            "id": 10_000 + number, "number": number, "title": title, "body": body, "state": "open", "labels": [], "assignees": [],
            "user": {"login": "octocat"}, "html_url": html, "created_at": now, "updated_at": now, "draft": False, **more,
        }  # fmt: skip
        if pull:
            issue["pull_request"] = {"html_url": html}
        self.issues.insert(0, issue)
        return issue


# Gmail


def _google(status: int, message: str, reason: str) -> Response:
    errors = [{"message": message, "domain": "usageLimits", "reason": reason}]
    return JSONResponse({"error": {"code": status, "message": message, "errors": errors, "status": "X"}}, status)


def _gmail_fault(fault: Fault) -> Response:
    match fault.kind:
        case "unauthorized":
            return _google(401, "Invalid Credentials", "authError")
        case "forbidden":
            return _google(403, "Insufficient Permission: Request had insufficient authentication scopes.", "insufficientPermissions")
        case "invalid":
            return _google(400, "Invalid To header", "invalidArgument")
        case "rate_limited":
            at = (datetime.now(UTC) + timedelta(seconds=90)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
            return _google(403, f"User-rate limit exceeded.  Retry after {at}", "userRateLimitExceeded")
        case _:
            return _google(500, "Backend Error", "backendError")


def _stored_mail(double: VendorsDouble, content: bytes, labels: tuple[str, ...]) -> str:
    mail = email.message_from_bytes(content, policy=email.policy.SMTP)
    number = double.next()
    headers = [{"name": name, "value": str(value)} for name, value in mail.items()]
    if "SENT" in labels:
        double.effects[str(mail["Message-ID"]).strip("<>")] += 1
        if double.rewrites_message_id:
            headers = [h | {"name": "X-Google-Original-Message-ID"} if h["name"] == "Message-ID" else h for h in headers]
            headers.append({"name": "Message-ID", "value": f"<gmail-{number}@mail.gmail.com>"})
    stored = {
        "id": f"{number:016x}", "threadId": f"{number:016x}", "labelIds": list(labels), "snippet": "…", "sizeEstimate": len(content),
        "internalDate": str(int(datetime.now(UTC).timestamp() * 1000)), "payload": _part(mail) | {"headers": headers},
    }  # fmt: skip
    double.mails.insert(0, stored)
    return str(stored["id"])


def _part(mail: EmailMessage) -> Json:
    kind, headers = mail.get_content_type(), [{"name": name, "value": str(value)} for name, value in mail.items()]
    facts: Json = {"mimeType": kind, "filename": mail.get_filename() or "", "headers": headers}
    if mail.is_multipart():
        return facts | {"body": {"size": 0}, "parts": [_part(cast("EmailMessage", part)) for part in mail.iter_parts()]}
    data = cast("bytes", mail.get_payload(decode=True))
    return facts | {"body": {"size": len(data), "data": urlsafe_b64encode(data).decode()}}


def _header(mail: Json, name: str) -> str:
    return next((h["value"] for h in mail["payload"]["headers"] if h["name"].lower() == name.lower()), "")


def _fits(double: VendorsDouble, mail: Json, query: str) -> bool:
    for name, quoted, plain in re.findall(r'(\w+):(?:"([^"]*)"|(\S+))', query):
        value = quoted or plain
        if name == "rfc822msgid" and (double.unindexed or _header(mail, "Message-ID").strip("<>") != value):
            return False
        if name in ("from", "subject") and value.lower() not in _header(mail, name).lower():
            return False
    words = re.sub(r'(\w+):(?:"[^"]*"|\S+)', "", query).split()
    return all(word.lower() in json.dumps(mail["payload"]["headers"]).lower() for word in words)


async def _gmail_list(double: VendorsDouble, request: Request, _sent: Any) -> Response:
    wanted, query = set(request.query_params.getlist("labelIds")), request.query_params.get("q", "")
    found = [mail for mail in double.mails if wanted <= set(mail["labelIds"]) and _fits(double, mail, query)]
    start = int(request.query_params.get("pageToken", "0"))
    size = min(int(request.query_params.get("maxResults", "100")), double.page_max)
    answer: Json = {"resultSizeEstimate": len(found)}
    if found:
        answer["messages"] = [{"id": mail["id"], "threadId": mail["threadId"]} for mail in found[start : start + size]]
    if start + size < len(found):
        answer["nextPageToken"] = str(start + size)
    return JSONResponse(answer)


async def _gmail_get(double: VendorsDouble, request: Request, _sent: Any) -> Response:
    mail = next((mail for mail in double.mails if mail["id"] == request.path_params["id"]), None)
    if mail is None:
        return _google(404, "Requested entity was not found.", "notFound")
    if request.query_params.get("format") == "metadata":
        names = {name.lower() for name in request.query_params.getlist("metadataHeaders")}
        headers = [h for h in mail["payload"]["headers"] if h["name"].lower() in names]
        return JSONResponse(mail | {"payload": {"mimeType": mail["payload"]["mimeType"], "headers": headers}})
    return JSONResponse(mail)


async def _gmail_send(double: VendorsDouble, _request: Request, sent: Any) -> Response:
    content = urlsafe_b64decode(sent["raw"])
    mail = email.message_from_bytes(content, policy=email.policy.SMTP)
    if not mail["To"]:
        return _google(400, "Recipient address required", "invalidArgument")
    number = _stored_mail(double, content, ("SENT",))
    return JSONResponse({"id": number, "threadId": number, "labelIds": ["SENT"]})


# Slack


def _slack_no(error: str, **more: Any) -> Response:
    return JSONResponse({"ok": False, "error": error} | more)


def _slack_fault(fault: Fault) -> Response:
    if fault.error:
        return _slack_no(fault.error)
    match fault.kind:
        case "rate_limited":
            return JSONResponse({"ok": False, "error": "ratelimited"}, 429, {"retry-after": "30"})
        case "unauthorized":
            return _slack_no("invalid_auth")
        case "forbidden":
            return _slack_no("missing_scope", needed="chat:write", provided="channels:read")
        case "invalid":
            return _slack_no("invalid_arguments")
        case _:
            return _slack_no("fatal_error")


async def _post_message(double: VendorsDouble, request: Request, sent: Any) -> Response:
    if "charset=utf-8" not in request.headers.get("content-type", ""):
        return _slack_no("invalid_charset")
    channel = next((c for c in double.channels if sent["channel"] in (c["id"], "#" + c["name"], c["name"])), None)
    if channel is None:
        return _slack_no("channel_not_found")
    ts = f"{datetime.now(UTC).timestamp():.6f}"
    message = {"type": "message", "ts": ts, "text": sent["text"], "bot_id": "B012AB3CD"}
    message |= {name: sent[name] for name in ("thread_ts", "metadata", "attachments") if name in sent}
    double.messages[channel["id"]].insert(0, message)
    double.effects[sent.get("metadata", {}).get("event_payload", {}).get("step", "")] += 1
    return JSONResponse({"ok": True, "channel": channel["id"], "ts": ts, "message": message})


async def _create_channel(double: VendorsDouble, _request: Request, sent: Any) -> Response:
    if any(channel["name"] == sent["name"] for channel in double.channels):
        return _slack_no("name_taken")
    channel = slack_channel(f"C{double.next():08d}", sent["name"], private=sent.get("is_private", False))
    double.channels.append(channel)
    double.effects[f"channel:{sent['name']}"] += 1
    return JSONResponse({"ok": True, "channel": channel})


def slack_channel(id: str, name: str, *, private: bool = False, archived: bool = False) -> Json:
    """A channel as Slack answers it."""
    return {
        "id": id, "name": name, "is_channel": True, "is_private": private, "is_archived": archived, "is_member": True, "num_members": 1,
        "topic": {"value": "", "creator": "", "last_set": 0}, "purpose": {"value": "", "creator": "", "last_set": 0}, "created": 1767605400,
    }  # fmt: skip


async def _set_purpose(double: VendorsDouble, _request: Request, sent: Any) -> Response:
    channel = next((channel for channel in double.channels if channel["id"] == sent["channel"]), None)
    if channel is None:
        return _slack_no("channel_not_found")
    channel["purpose"]["value"] = sent["purpose"]
    return JSONResponse({"ok": True, "channel": channel})


def _slack_page(double: VendorsDouble, request: Request, name: str, items: list[Json]) -> Response:
    start = int(request.query_params.get("cursor") or "0")
    end = start + min(int(request.query_params.get("limit", "100")), double.page_max)
    following = str(end) if end < len(items) else ""
    return JSONResponse({"ok": True, name: items[start:end], "response_metadata": {"next_cursor": following}})


async def _list_channels(double: VendorsDouble, request: Request, _sent: Any) -> Response:
    kinds, query = request.query_params.get("types", "public_channel").split(","), request.query_params
    channels = [
        channel
        for channel in double.channels
        if ("private_channel" if channel["is_private"] else "public_channel") in kinds
        and not (query.get("exclude_archived") == "true" and channel["is_archived"])
    ]
    return _slack_page(double, request, "channels", channels)


async def _history(double: VendorsDouble, request: Request, _sent: Any) -> Response:
    query = request.query_params
    if query["channel"] not in {channel["id"] for channel in double.channels}:
        return _slack_no("channel_not_found")
    oldest, latest, thread = float(query.get("oldest", "0")), float(query.get("latest", "9e12")), query.get("ts")
    messages = [
        {name: value for name, value in message.items() if name != "metadata" or query.get("include_all_metadata") == "true"}
        for message in double.messages[query["channel"]]
        if oldest < float(message["ts"]) < latest and (message.get("thread_ts") == thread or message["ts"] == thread)
    ]
    return _slack_page(double, request, "messages", messages)


# GitHub


def _github_no(status: int, message: str, headers: Mapping[str, str] | None = None, **more: Any) -> Response:
    return JSONResponse({"message": message, "documentation_url": "https://docs.github.com/rest"} | more, status, headers)


def _github_fault(fault: Fault) -> Response:
    match fault.kind:
        case "rate_limited":
            reset = int(datetime.now(UTC).timestamp()) + 120
            headers = {"x-ratelimit-limit": "5000", "x-ratelimit-remaining": "0", "x-ratelimit-reset": str(reset)}
            return _github_no(403, "API rate limit exceeded for user ID 1.", headers)
        case "secondary_limit":
            return _github_no(403, "You have exceeded a secondary rate limit. Please wait a few minutes before you try again.")
        case "unauthorized":
            return _github_no(401, "Bad credentials")
        case "forbidden":
            return _github_no(403, "Resource not accessible by integration", {"x-ratelimit-remaining": "4999"})
        case "invalid":
            errors = [{"resource": "Issue", "field": "title", "code": "missing_field"}]
            return _github_no(422, "Validation Failed", errors=errors)
        case "unavailable":
            return _github_no(503, "Service unavailable")
        case _:
            return _github_no(502, "Server Error")


def _github_page(double: VendorsDouble, request: Request, items: list[Json]) -> Response:
    query = dict(request.query_params)
    size, page = min(int(query.get("per_page", "30")), double.page_max), int(query.get("page", "1"))
    following = urlencode(query | {"page": str(page + 1)})
    headers = {"link": f'<{request.url.replace(query=following)}>; rel="next"'} if page * size < len(items) else {}
    return JSONResponse(items[(page - 1) * size : page * size], headers=headers)


def _applied(double: VendorsDouble, body: str | None) -> None:
    for marker in re.findall(r"<!-- tenuto:(\w+) -->", body or ""):
        double.effects[marker] += 1


async def _create_issue(double: VendorsDouble, request: Request, sent: Any) -> Response:
    if request.path_params["repo"] != "hello-world":
        return _github_no(404, "Not Found")
    _applied(double, sent.get("body"))
    labels = [{"name": label} for label in sent.get("labels", [])]
    assignees = [{"login": login} for login in sent.get("assignees", [])]
    return JSONResponse(double.add_issue(sent["title"], body=sent.get("body"), labels=labels, assignees=assignees), 201)


async def _list_issues(double: VendorsDouble, request: Request, _sent: Any) -> Response:
    state, labels = request.query_params.get("state", "open"), [x for x in request.query_params.get("labels", "").split(",") if x]
    since = request.query_params.get("since", "")
    found = [
        issue
        for issue in double.issues
        if state in ("all", issue["state"]) and issue["updated_at"] >= since and {x["name"] for x in issue["labels"]} >= set(labels)
    ]
    return _github_page(double, request, found)


async def _create_pull(double: VendorsDouble, _request: Request, sent: Any) -> Response:
    open_heads = {issue.get("head", {}).get("ref") for issue in double.issues if issue["state"] == "open"}
    if sent["head"] in open_heads:
        return _github_no(422, "Validation Failed", errors=[{"message": f"A pull request already exists for octocat:{sent['head']}."}])
    if sent["head"] not in double.branches:
        return _github_no(422, "Validation Failed", errors=[{"resource": "PullRequest", "field": "head", "code": "invalid"}])
    _applied(double, sent.get("body"))
    ends = {name: {"ref": sent[name], "label": f"octocat:{sent[name]}"} for name in ("head", "base")}
    return JSONResponse(double.add_issue(sent["title"], pull=True, body=sent.get("body"), **ends), 201)


async def _list_pulls(double: VendorsDouble, request: Request, _sent: Any) -> Response:
    head = request.query_params.get("head")
    pulls = [issue for issue in double.issues if "pull_request" in issue and head in (None, issue["head"]["label"])]
    return _github_page(double, request, pulls)


async def _list_commits(double: VendorsDouble, request: Request, _sent: Any) -> Response:
    branch = request.query_params.get("sha", "main")
    if branch not in double.branches:
        return _github_no(404, "Not Found")
    return _github_page(double, request, double.commits)


async def _list_repositories(double: VendorsDouble, request: Request, _sent: Any) -> Response:
    return _github_page(double, request, double.repositories)


Endpoint = Callable[[VendorsDouble, Request, Any], Awaitable[Response]]
_mail = "/gmail/gmail/v1/users/me/messages"
_repo = "/github/repos/{owner}/{repo}"
_routes: list[tuple[str, str, Endpoint]] = [
    ("GET", _mail, _gmail_list),
    ("GET", _mail + "/{id}", _gmail_get),
    ("POST", _mail + "/send", _gmail_send),
    ("POST", "/slack/chat.postMessage", _post_message),
    ("POST", "/slack/conversations.create", _create_channel),
    ("POST", "/slack/conversations.setPurpose", _set_purpose),
    ("GET", "/slack/conversations.list", _list_channels),
    ("GET", "/slack/conversations.history", _history),
    ("GET", "/slack/conversations.replies", _history),
    ("POST", _repo + "/issues", _create_issue),
    ("GET", _repo + "/issues", _list_issues),
    ("POST", _repo + "/pulls", _create_pull),
    ("GET", _repo + "/pulls", _list_pulls),
    ("GET", _repo + "/commits", _list_commits),
    ("GET", "/github/orgs/{org}/repos", _list_repositories),
    ("GET", "/github/users/{user}/repos", _list_repositories),
    ("GET", "/github/user/repos", _list_repositories),
]
_refusals: Mapping[str, Callable[[Fault], Response]] = {"gmail": _gmail_fault, "slack": _slack_fault, "github": _github_fault}


def vendors_app(double: VendorsDouble) -> Starlette:
    """The ASGI application over a double's state."""

    def route(method: str, path: str, endpoint: Endpoint) -> Route:
        vendor = path.split("/")[1]

        async def enter(request: Request) -> Response:
            content = await request.body()
            sent = json.loads(content) if content else None
            headers = {name: value for name, value in request.headers.items() if name != "authorization"}
            query = dict(request.query_params)
            double.calls.append(Call(vendor=vendor, method=request.method, path=request.url.path, query=query, headers=headers, body=sent))
            fault = double.fault(vendor, request.url.path)
            if request.headers.get("authorization") != f"Bearer {token}":
                fault = Fault(vendor=cast("Any", vendor), kind="unauthorized")
            match fault.kind if fault else None:
                case None:
                    return await endpoint(double, request, sent)
                case "drop_before":
                    return Wire([], cut=True)
                case "drop_after":
                    await endpoint(double, request, sent)
                    return Wire([], cut=True)
                case "html" | "malformed" as kind:
                    await endpoint(double, request, sent)
                    return Response("<h1>Hello</h1>" if kind == "html" else '{"id": ', media_type="text/html")
                case _:
                    return _refusals[vendor](cast("Fault", fault))

        return Route(path, enter, methods=[method])

    async def fail(request: Request) -> Response:
        fault = Fault.model_validate_json(await request.body())
        double.faults.append((fault, fault.times))
        return JSONResponse({})

    async def effects(_request: Request) -> Response:
        return JSONResponse(dict(double.effects))

    routes = [route(*each) for each in _routes]
    routes += [Route("/__double__/faults", fail, methods=["POST"]), Route("/__double__/effects", effects)]
    return Starlette(routes=routes)


@contextlib.asynccontextmanager
async def vendors_double(port: int = 0) -> AsyncGenerator[VendorsDouble]:
    """A running double on 127.0.0.1; port 0 takes a free one."""
    bound = loopback(port)
    double = VendorsDouble(f"http://127.0.0.1:{bound.getsockname()[1]}")
    double.channels.append(slack_channel("C00000000", "support"))
    async with served(vendors_app(double), bound, lambda: None):
        yield double


async def _main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.doubles.vendors", description="Doubles of Gmail, Slack and GitHub on 127.0.0.1.")
    parser.add_argument("--port", type=int, default=0, help="0 takes a free one")
    ended = asyncio.Event()
    for sign in (signal.SIGINT, signal.SIGTERM):
        asyncio.get_running_loop().add_signal_handler(sign, ended.set)
    async with vendors_double(cast("int", parser.parse_args().port)) as double:
        print(double.url, flush=True)
        await ended.wait()


if __name__ == "__main__":
    asyncio.run(_main())
